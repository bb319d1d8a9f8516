#!/usr/bin/env python3
"""`osac submit` on a real Slurm, under faults: every element runs once, none is forgotten, whatever dies meanwhile."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from cluster import Cluster, missing
from workspace import OSAC, SKIPPED, Workspace

# Each element leaves a line each time it runs: what ran twice shows.
CHAINS = """
workflow chains
param count : int = 6
dimension item : int from 0 ..< count
dataset first for item = "made/first.{item}.txt"
dataset second for item = "made/second.{item}.txt"
dataset all_of_them = "made/all.txt"
task one for item {
    out first
    run "echo one {item} >> {ran}; echo {item} > {first}"
}
task two for item {
    in first
    out second
    cpus 2
    run "echo two {item} >> {ran}; cat {first} > {second}"
}
task collect {
    in parts = all second
    out all_of_them
    run "echo collect >> {ran}; cat {parts} > {all_of_them}"
}
goal all_of_them
"""


class Submitting(Workspace):
    cluster = None
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(nodes=2, settings=cls.settings)
        cls.cluster.up()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.down()

    def setUp(self):
        super().setUp()
        self.cluster.run("scancel", "-u", self.cluster.user)
        self.cluster.wait_idle()
        self.before = {job for job, *_ in self.cluster.jobs()}
        self.write("chains.osa", CHAINS.replace("{ran}", str(self.folder / "ran")))
        self.write("ran", "")

    def call(self, *words, code=0, env=None, timeout=300, folder=None):
        return self.cluster.run(OSAC, *words, code=code, env=env or {}, cwd=folder or self.folder, timeout=timeout)

    def submit(self, *words, **more):
        return self.call("submit", "chains.osa", *words, **more)

    def jobs(self):
        """Of this test: (element, state, name, reason)."""
        return [job for job in self.cluster.jobs() if job[0] not in self.before and job[2].startswith("osac-")]

    def wait(self, seconds=200):
        self.cluster.wait_idle(seconds)

    def check_made(self, count=6, folder=None):
        """Each element ran once."""
        folder = folder or self.folder
        log = "".join(path.read_text() for path in sorted(folder.glob(".osa/chains/slurm/*/out/*")))
        wanted = sorted([f"{task} {i}" for task in ("one", "two") for i in range(count)] + ["collect"])
        self.assertEqual(sorted((folder / "ran").read_text().splitlines()), wanted, log)
        self.assertEqual((folder / "made/all.txt").read_text(), "".join(f"{i}\n" for i in range(count)))

    def check_once(self, count=6):
        """And no job is in the queue twice, cancelled ones apart."""
        self.check_made(count)
        found = {}
        for job, state, name, _ in self.jobs():
            if state != "CANCELLED":
                found.setdefault(name, set()).add(job)
        indices = [[job.split("_")[-1] for job in jobs] for jobs in found.values()]
        self.assertEqual([sorted(one) for one in indices if len(set(one)) != len(one)], [])

    def fresh(self, name):
        """Another folder with the same workflow."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "chains.osa").write_text(CHAINS.replace("{ran}", str(folder / "ran")))
        (folder / "ran").touch()
        return folder


class Plain(Submitting):
    def test_it_runs_to_its_end_by_itself(self):
        done = self.submit("--json")
        told = json.loads(done.stdout)
        self.assertEqual((told["elements"], told["live"], told["later"]), (13, 0, 0))
        self.wait()
        self.check_once()
        self.assertTrue((self.folder / told["folder"] / "osa-step").exists() or not list((self.folder / told["folder"] / "journal").iterdir()))
        again = self.submit()
        self.assertIn("there is nothing to submit", again.stderr)
        self.check_once()

    def test_a_simulation_says_all_and_does_nothing(self):
        out = self.submit("--simulate", "--begin", "now+1hour", "--partition", "main").stdout
        self.assertIn("sbatch --job-name=gate", out)
        self.assertIn("--begin=now+1hour", out)
        self.assertIn("scontrol release <gate>", out)
        self.assertFalse(self.exists(".osa"))
        self.assertEqual(self.jobs(), [])

    def test_the_first_jobs_begin_when_they_are_told_to(self):
        self.submit("--begin", "now+20")
        self.assertEqual(self.read("ran"), "")
        gate = [job for job in self.jobs() if job[2].endswith("-gate")]
        self.assertEqual([job[3] for job in gate], ["BeginTime"])
        self.wait()
        self.check_once()

    def test_killed_anywhere_and_started_again_nothing_is_doubled_or_forgotten(self):
        calls = len(re.findall("^sbatch", self.submit("--simulate", "--count", "14").stdout, re.M))
        points = ["submission-filled", "submission-lines", "submission-submitted", "submission-release", "submission-released"]
        points += [f"submission-{place}:{number}" for number in range(1, calls + 1) for place in ("intent", "answer")]
        outcomes = {}

        def round_of(point):
            folder = self.fresh(point)
            killed = self.submit("--count", "14", code=None, env={"OSAC_FAILPOINT": point}, folder=folder)
            again = self.submit("--count", "14", code=None, folder=folder)
            outcomes[point] = (killed.returncode != 0, again.returncode, killed.stderr + again.stderr)
        threads = [threading.Thread(target=round_of, args=[point]) for point in points]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.wait()
        self.assertEqual({point: text for point, (was_killed, code, text) in outcomes.items() if not was_killed or code != 0}, {})
        self.assertEqual(len(outcomes), len(points))
        for point in points:
            with self.subTest(point):
                self.check_made(14, self.folder / point)
        names = [(name, job.split("_")[-1] if "_" in job else "") for job, state, name, _ in self.jobs() if state != "CANCELLED"]
        self.assertEqual(sorted({name for name in names if names.count(name) > 1}), [])

    def test_a_refusal_is_told_and_leaves_nothing(self):
        done = self.submit("--partition", "nowhere", code=1)
        self.assertIn("invalid partition specified: nowhere", done.stderr)
        self.assertEqual({state for _, state, _, _ in self.jobs()} - {"CANCELLED"}, set())
        self.submit()
        self.wait()
        self.check_once()

    def test_a_gate_that_slurm_holds_again_is_released_by_the_next_command(self):
        self.submit("--begin", "now+1hour")
        gate = next(job for job, _, name, _ in self.jobs() if name.endswith("-gate"))
        self.cluster.run("scontrol", "uhold", gate)
        self.cluster.run("scontrol", "update", f"JobId={gate}", "StartTime=now")
        done = self.submit()
        self.assertIn("is held again by Slurm", done.stderr)
        self.wait()
        self.check_once()

    def test_what_was_begun_for_another_plan_is_withdrawn(self):
        killed = self.submit(code=None, env={"OSAC_FAILPOINT": "submission-answer:3"})
        self.assertNotEqual(killed.returncode, 0)
        done = self.submit("--count", "7")
        self.assertIn("withdrawing it", done.stderr)
        self.wait()
        self.check_once(7)


class Faults(Submitting):
    def test_a_stalled_controller_takes_each_job_once(self):
        # its clients give up before it wakes
        self.cluster.run("scontrol", "setdebug", "error")
        stop = threading.Event()

        def stall():
            time.sleep(0.15)
            self.cluster.kill("slurmctld", signal.SIGSTOP)
            time.sleep(8)
            self.cluster.kill("slurmctld", signal.SIGCONT)
            stop.set()
        thread = threading.Thread(target=stall)
        thread.start()
        self.submit(timeout=200)
        thread.join()
        self.assertTrue(stop.is_set())
        self.wait()
        self.check_once()

    def test_a_controller_that_is_down_is_told_and_the_same_command_goes_on(self):
        self.cluster.stop("slurmctld", 30)
        try:
            done = subprocess.Popen([OSAC, "submit", "chains.osa"], cwd=self.folder, env=self.cluster.environment, stderr=subprocess.PIPE, text=True)
            self.assertIn("Slurm does not answer", self.told(done, "waiting"))
            done.kill()
            done.communicate()
        finally:
            self.cluster.start_controller()
        self.assertTrue(self.cluster.until(self.cluster.are_nodes_up, 60))
        self.submit()
        self.wait()
        self.check_once()

    def told(self, process, word):
        text = ""
        for line in process.stderr:
            text += line
            if word in line:
                break
        return text

    def test_a_controller_killed_after_it_has_accepted_loses_nothing(self):
        for delay in (0.2, 3):
            with self.subTest(delay):
                folder = self.fresh(str(delay))
                process = subprocess.Popen([OSAC, "submit", "chains.osa"], cwd=folder, env=self.cluster.environment, stderr=subprocess.PIPE, text=True)
                self.told(process, "all in")
                time.sleep(delay)
                self.cluster.kill("slurmctld")
                self.assertTrue(self.cluster.until(lambda: not pathlib.Path(f"/proc/{self.cluster.pid('slurmctld')}").exists(), 10))
                self.cluster.start_controller()
                _, told = process.communicate(timeout=200)
                self.assertEqual(process.returncode, 0, told)
                self.wait()
                self.check_made(folder=folder)


class Limited(Submitting):
    """A user may have few jobs in the queue."""
    settings = {"AccountingStorageEnforce": "associations,limits", "MaxArraySize": 1001}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster.run("sacctmgr", "-i", "modify", "user", cls.cluster.user, "set", "maxsubmitjobs=12", code=None)

    def test_windows_bring_all_through(self):
        self.write("site.yaml", "slurm:\n  max_submit: 12\n")
        self.submit("--count", "20")
        most = 0
        end = time.monotonic() + 240
        while time.monotonic() < end:
            live = [job for job in self.cluster.jobs() if job[1] in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING")]
            most = max(most, len(live))
            if not live:
                break
            time.sleep(0.5)
        self.assertLessEqual(most, 12)
        self.check_made(20)

    def test_a_limit_that_the_site_file_does_not_know_is_trouble_for_now(self):
        done = self.submit("--count", "20", code=75)
        self.assertIn("max_submit", done.stderr)
        self.assertEqual({state for _, state, _, _ in self.jobs()} - {"CANCELLED"}, set())


class Large(Submitting):
    settings = {"AccountingStorageType": "accounting_storage/none", "AccountingStorageHost": "", "AccountingStoragePort": "",
                "AccountingStoragePass": "", "AccountingStoreFlags": ""}

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(nodes=2, cpus=8, accounting=False)
        cls.cluster.up()

    def test_more_elements_than_an_array_may_have_and_no_accounts(self):
        self.write("many.osa", 'workflow many\ndimension item : int from 0 ..< 5000\ndataset made for item = "made/{item}"\n'
                               'task make for item {\n    out made\n    time 1 min\n    run "echo {item} > {made}"\n}\ngoal made\n')
        done = self.call("submit", "many.osa", "--bundle", "3 min", "--json")
        told = json.loads(done.stdout)
        self.assertEqual((told["elements"], told["arrays"]), (5000, 2))
        self.wait(300)
        self.assertEqual(len(list((self.folder / "made").iterdir())), 5000)


if __name__ == "__main__":
    if not os.path.exists(os.path.join(os.path.dirname(OSAC), "osa-step")):
        print("SKIPPED: osa-step is not beside osac")
        sys.exit(SKIPPED)
    reason = missing()
    if reason:
        print(f"SKIPPED: no Slurm here, {reason}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=1, argv=[sys.argv[0], *sys.argv[1:]])
