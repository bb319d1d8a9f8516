#!/usr/bin/env python3
"""Start conditions, waiting for them on Slurm (a fake one) and here, and lateness."""
import datetime
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fake_cluster import FakeCluster
from workspace import OSAC

WORKFLOW = '''workflow night
param night : date
param who : text = "me"
dimension i : int from 0 ..< 3
dataset a for i = "made/{night:%Y%m%d}.{i}"
dataset b = "made/{night:%Y%m%d}"
task make for i {
    out a
    run "echo {i} >> starts; while test -e hold; do sleep 0.05; done; test ! -e broken.{i} && echo {who} > {a}"
}
task join {
    in  all_a = all a
    out b
    run "cat {all_a} > {b}"
}
goal b
'''
TELL = "notify: [{on: [failed, late], command: [sh, -c, 'cat > told.$OSAC_EVENT']}]\n"


class Start(FakeCluster):
    def setUp(self):
        super().setUp()
        self.write("night.osa", WORKFLOW)

    def site(self, start, more=""):
        self.write("site.yaml", f"start: {start}\n{more}")

    def submit(self, *words, **more):
        return self.osac("submit", "night.osa", "--night", "2024-01-10", *words, **more)

    def waiting(self):
        return self.jobs("osac-start-")

    def record(self):
        """The folder of the one record."""
        (found,) = self.folder.glob(".osa/night/start/*/record")
        return found.parent

    def try_again(self, job, code=0):
        """What the job does when its time has come."""
        self.set_state(job, "RUNNING")
        folder = self.record()
        done = subprocess.run(["sh", str(folder / "again.sbatch"), str(self.folder), str(folder), OSAC], stdin=subprocess.DEVNULL, timeout=300,
                              env={**os.environ, **self.environment, "SLURM_JOB_ID": str(job), "SBATCH_PARTITION": "nowhere", "SLURM_JOB_NAME": "x"})
        self.assertEqual(done.returncode, code, (folder / "out/service.log").read_text())
        self.set_state(job, "COMPLETED")
        return (folder / "out/service.log").read_text()

    def test_one_job_waits_and_starts_it_once_the_file_is_there(self):
        self.site('{files: ["over/{night:%Y%m%d} {who}"], retry_every: 5 min}')
        before = int(time.time())
        said = self.submit("--who", "a b'c%", "--json")
        self.assertIn("night (night=2024-01-10,who=a b'c%) waits: the file `over/20240110 a b'c%` is there: it is not; job 100 tries again at ",
                      said.stderr)
        self.assertEqual([one["job"] for one in json.loads(said.stdout)["waiting"]], [100])
        (call,) = self.calls("sbatch")
        begin = next(int(word.removeprefix("--begin=uts")) for word in call.split() if word.startswith("--begin"))
        self.assertGreaterEqual(begin, before + 300)
        # a second start, and another night
        self.assertIn("waits already: ", self.submit("--who", "a b'c%").stderr)
        self.assertEqual(len(self.waiting()), 1)
        self.assertIn("waits to start (night=2024-01-10,who=a b'c%): the file ", self.osac("status").stdout)
        self.assertEqual(json.loads(self.osac("status", "--json").stdout)["waiting"][0]["job"], 100)
        shown = self.osac("plan", "night.osa", "--night", "2024-01-10", "--who", "a b'c%").stdout
        self.assertIn("start condition does not hold: the file `over/20240110 a b'c%` is there: it is not\n", shown)
        # still not there: another job, since this one ends
        self.assertIn(" waits: the file ", self.try_again(100))
        (job,) = self.waiting()
        self.write("over/20240110 a b'c%", "")
        self.assertIn("submitted as ", self.try_again(job))
        self.assertEqual(self.waiting(), {})
        self.assertEqual(len([name for name in self.jobs().values() if name.endswith("-gate")]), 1)
        self.assertNotIn("waits to start", self.osac("status").stdout)
        # it is on its way: whoever starts it now starts nothing
        count = len(self.calls("sbatch"))
        self.assertIn("nothing to submit", self.submit("--who", "a b'c%").stderr)
        self.assertEqual(len(self.calls("sbatch")), count)

    def test_cancel_takes_what_waits_away(self):
        self.site("{files: [over]}")
        self.submit()
        self.osac("submit", "night.osa", "--night", "2024-01-11")
        self.assertEqual(len(self.waiting()), 2)
        self.assertIn("cancelled 2 commands that waited to start", self.osac("cancel").stderr)
        self.assertEqual((self.waiting(), list(self.folder.glob(".osa/night/start/*/record"))), ({}, []))

    def test_who_waits_too_long_is_told_of_once_and_gives_up(self):
        self.site("{files: [over], give_up_after: 1 s}", TELL)
        self.submit("--due", "2024-01-11T12:00")
        told = json.loads(self.read("told.late"))
        self.assertEqual((told["event"], told["due"], told["remarks"]),
                         ("late", "2024-01-11T12:00:00.000Z", ["it has not started: the file `over` is there: it is not"]))
        (self.folder / "told.late").unlink()
        self.assertIn("was not started: since ", self.try_again(*self.waiting(), code=75))
        self.assertFalse(self.exists("told.late"))
        self.assertIn("the file `over` is there: it is not", json.loads(self.read("told.failed"))["not_started"])
        self.assertEqual((self.waiting(), list(self.folder.glob(".osa/night/start/*/record"))), ({}, []))
        self.assertIn("is no time", self.submit("--due", "noon", code=2).stderr)

    def test_a_window_of_the_day_goes_over_midnight(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = (f"{(now.hour + hours) % 24:02}:00" for hours in (2, 4))
        self.site(f'{{not_before: "{begin}", not_after: "{end}"}}')
        told = self.osac("run", "night.osa", "--night", "2024-01-10", code=75).stderr
        self.assertRegex(told, f"osac: night is not started: not before {begin}, not after {end} UTC: it is ..:..(:..)? UTC\nhelp: --wait waits for it")
        self.site(f'{{not_before: "{end}", not_after: "{begin}"}}')
        self.osac("run", "night.osa", "--night", "2024-01-10")

    def test_a_run_waits_here(self):
        self.site("{files: [over], retry_every: 1 s}")
        run = subprocess.Popen([OSAC, "run", "night.osa", "--night", "2024-01-10", "--wait"], cwd=self.folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, **self.environment})
        told = run.stderr.readline()
        self.assertIn("waiting: the file `over` is there: it is not; looking again at ", told)
        self.write("over", "")
        told = run.communicate(timeout=300)[1]
        self.assertEqual(run.returncode, 0, told)
        self.assertIn(" 4 made, ", told)
        os.unlink(self.folder / "over")
        self.osac("run", "night.osa", "--night", "2024-01-10", "--now")

    def test_names_of_files_that_cannot_be(self):
        for pattern, what in (("{nihgt}", "there is no value of a parameter `nihgt`\nhelp: did you mean `night`?"), ("{night", "`{` stands alone"),
                              ("{night:%Q}", "`%Q` is no conversion")):
            self.site(f'{{files: ["{pattern}"]}}')
            self.assertIn(f"start condition `{pattern}`: {what}", self.submit(code=2).stderr)

    def test_a_run_that_is_late_tells_once_with_what_is_missing(self):
        self.write("site.yaml", "cpus: 1\n" + TELL)
        self.write("hold", "")
        self.write("broken.0", "")
        told = self.folder / "told.late"

        def release():
            while not told.exists():
                time.sleep(0.05)
            (self.folder / "hold").unlink()
        threading.Thread(target=release, daemon=True).start()
        self.osac("run", "night.osa", "--night", "2024-01-10", "--due", "2024-01-11T12:00", code=1)
        late = json.loads(told.read_text())
        self.assertEqual((late["event"], late["elements"], late["done"], late["failures"]), ("late", 4, 0, []))
        told.unlink()
        for name in ("told.failed", "broken.0"):
            (self.folder / name).unlink()
        self.osac("run", "night.osa", "--night", "2024-01-10", "--due", "2199-01-01T00:00")
        self.osac("run", "night.osa", "--night", "2024-01-10", "--due", "2024-01-11T12:00")  # all is there: nothing is late
        self.assertFalse(told.exists())


if __name__ == "__main__":
    unittest.main()
