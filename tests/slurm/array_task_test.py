#!/usr/bin/env python3
"""An array task on a real Slurm that goes wrong: requeued, on a node that is lost, cancelled, out of time, submitted twice. Its product is
published once, by the attempt that counts; records say what happened."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from cluster import Cluster, missing
from submitted import Submitted
from workspace import OSAC, SKIPPED, Workspace

# the first element waits until it is told to go on, wherever it runs
PATIENT = """
workflow patient
dataset one = "made/one.txt"
dataset two = "made/two.txt"
task first {
    out one
    run "echo $$ >> started.txt; until test -e go.txt; do sleep 0.1; done; echo $$ > {one}"
    memory 100 MiB
    time 10 min
}
task second {
    in  one
    out two
    run "cp {one} {two}"
    memory 1 GiB
    time 10 min
}
goal two
"""


def records(folder, kind):
    """Of all journals of a folder of scripts, in the order of their claims."""
    found = []
    for path in sorted((folder / "journal").glob("run-slurm-*.j1")):
        for line in path.read_text().splitlines():
            record = json.loads(line.split(" ", 2)[2])
            if record["kind"] == kind:
                found.append(record)
    return found


class Step(Workspace):
    """Without Slurm: what osa-step finds of the past."""

    def compile(self):
        self.osac("compile", "--target", "slurm", "-o", "jobs", "--fuse", "off", "w.osa")
        self.jobs = self.folder / "jobs"

    def step(self, array, code=0):
        done = subprocess.run([self.jobs / "osa-step", "jobs", str(array), "0", "20261121T000000-00000001"], cwd=self.folder, text=True, capture_output=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_an_element_whose_parents_make_what_they_made_is_not_run_again(self):
        self.write("w.osa", """
workflow w
dataset raw = external "raw.txt"
dataset one = "made/one.txt"
dataset two = "made/two.txt"
task first { in raw  out one  run "head -n 1 {raw} > {one}" }
task second { in one  out two  run "echo run >> runs.txt; cp {one} {two}" }
goal two
""")
        self.write("raw.txt", "same\nold\n")
        self.osac("run", "w.osa")
        self.write("raw.txt", "same\nnew and longer\n")
        self.compile()
        self.step(0)
        self.step(1)
        self.assertEqual(self.read("runs.txt"), "run\n")
        first, second = records(self.jobs, "end")
        self.assertEqual((second["element"], second["outcome"]), ("second", "succeeded"))
        self.assertNotEqual(second["execution"], first["execution"])  # the record is that of the time when it was made
        # one that is not as it was made is made again
        self.compile_again("same\nnewer\n")
        self.write("made/two.txt", "spoilt\n")
        self.step(0)
        self.step(1)
        self.assertEqual((self.read("runs.txt"), self.read("made/two.txt")), ("run\nrun\n", "same\n"))

    def test_programs_are_asked_for_their_versions_once_a_host(self):
        self.write("w.osa", """
workflow w
dataset one = "made/one.txt"
dataset two = "made/two.txt"
task first { out one  version "echo asked >> asked.txt; echo Maker 3"  run "echo 1 > {one}" }
task second { in one  out two  version "echo asked >> asked.txt; echo Maker 3"  run "cp {one} {two}" }
goal two
""")
        self.compile()
        self.step(0)
        self.step(1)
        self.assertEqual([record["version"] for record in records(self.jobs, "end")], ["Maker 3", "Maker 3"])
        self.assertEqual(self.read("asked.txt"), "asked\n")
        self.assertEqual(records(self.jobs, "execution-start")[0]["site"], "this machine")

    def compile_again(self, raw):
        shutil.rmtree(self.jobs)
        self.write("raw.txt", raw)
        self.compile()

    def test_records_of_earlier_submissions_are_where_the_folder_says(self):
        self.write("w.osa", PATIENT)
        self.write("go.txt", "")
        self.compile()
        self.step(0)
        (self.folder / "before").mkdir()
        (self.jobs / "journal/run-slurm-0.0.1.j1").rename(self.folder / "before/run-slurm-7.0.1.j1")
        self.assertIn("first has no end on record", self.step(1, 79))
        (self.folder / "before/journal").mkdir()
        (self.folder / "before/run-slurm-7.0.1.j1").rename(self.folder / "before/journal/run-slurm-7.0.1.j1")
        settings = json.loads(self.read("jobs/settings"))
        settings["earlier"] = [{"folder": "../before", "array": 7}]
        self.write("jobs/settings", json.dumps(settings, separators=(",", ":")) + "\n")
        self.step(1)
        self.assertTrue(self.exists("made/two.txt"))


class Faults(Workspace):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(nodes=2, accounting=False, settings={"SlurmdTimeout": 6})
        # a requeued job may start again only when its credential has expired
        cls.cluster.settings["AuthInfo"] = f"socket={cls.cluster.folder}/run/munge.sock,cred_expire=5"
        cls.cluster.up()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.down()

    def setUp(self):
        super().setUp()
        self.write("patient.osa", PATIENT)
        self.write("site.yaml", "grace: 1 s\n")
        self.osac("compile", "--target", "slurm", "-o", "jobs", "--fuse", "off", "--site", "site.yaml", "patient.osa")
        self.jobs = self.folder / "jobs"

    def change(self, name, before, after):
        text = self.read(f"jobs/{name}")
        self.assertIn(before, text)
        self.write(f"jobs/{name}", text.replace(before, after))

    def submit(self):
        """Gives the number of the job of `first`."""
        return self.cluster.run("jobs/submit.sh", cwd=self.folder).stdout.split()[-2]

    def starts(self):
        return self.read("started.txt").split() if self.exists("started.txt") else []

    def wait_for_start(self, count=1, seconds=60):
        self.assertTrue(self.cluster.until(lambda: len(self.starts()) >= count, seconds), f"started {self.starts()}, {self.cluster.jobs()}")

    def log(self):
        return "".join(path.read_text() for path in sorted((self.jobs / "out").iterdir()))

    def outcomes(self):
        return [(record["element"], record["attempt"], record["outcome"]) for record in records(self.jobs, "end")]

    def check_whole(self):
        self.assertEqual(self.read("made/one.txt"), self.read("made/two.txt"))
        self.assertFalse([path for path in (self.folder / ".osa/patient").rglob("*") if "scratch/" in str(path) and ".failed" not in str(path) and path.is_file()])

    def test_a_requeued_job_takes_over(self):
        self.change("01-first.sbatch", "--no-requeue", "--requeue")
        job = self.submit()
        self.wait_for_start()
        self.cluster.run("scontrol", "requeue", f"{job}_0")
        self.wait_for_start(2)
        self.write("go.txt", "")
        self.cluster.wait_idle()
        self.check_whole()
        self.assertEqual(len(list((self.jobs / "journal").glob("run-slurm-0.0.*.j1"))), 2)
        self.assertEqual(self.outcomes()[-2:], [("first", self.outcomes()[-2][1], "succeeded"), ("second", 1, "succeeded")])

    def test_the_copy_on_a_lost_node_publishes_nothing(self):
        self.change("01-first.sbatch", "--no-requeue", "--requeue")
        job = self.submit()
        self.wait_for_start()
        lost = self.cluster.run("squeue", "-h", "-t", "R", "-o", "%N").stdout.strip()
        self.cluster.kill(f"slurmd-{lost}")  # what runs there goes on
        try:
            self.assertTrue(self.cluster.until(lambda: any(one[0].startswith(job) and one[1] == "PENDING" for one in self.cluster.jobs()), 60))
            self.wait_for_start(2)
            self.write("go.txt", "")
            fenced = lambda: ("first", 1, "lost") in self.outcomes()
            self.assertTrue(self.cluster.until(fenced, 30), self.outcomes())
            self.cluster.wait_idle()
            self.check_whole()
            self.assertEqual(self.read("made/one.txt").strip(), self.starts()[1])
            self.assertEqual([one for one in self.outcomes() if one[2] == "succeeded"], [("first", 1, "succeeded"), ("second", 1, "succeeded")])
            self.assertIn("another attempt of this array task has taken over", self.log())
        finally:
            self.cluster.daemons.pop(f"slurmd-{lost}")
            self.cluster.start_node(lost)
            self.assertTrue(self.cluster.until(self.cluster.are_nodes_up, 60))

    def test_what_was_taken_for_lost_publishes_nothing(self):
        self.submit()
        self.wait_for_start()
        for path in (self.jobs / "journal").iterdir():  # as closing the submission does
            path.unlink()
        self.write("go.txt", "")
        self.cluster.wait_idle()
        self.assertFalse(self.exists("made/one.txt"))
        self.assertIn("it was taken for lost", self.log())

    def test_what_a_person_cancels_ends_whole_and_says_so(self):
        job = self.submit()
        self.wait_for_start()
        self.cluster.run("scancel", job)
        self.cluster.wait_idle()
        self.assertTrue(self.cluster.until(lambda: self.outcomes() == [("first", 1, "cancelled")], 20), self.outcomes())
        self.assertEqual(self.cluster.leftovers(), [])
        self.assertFalse(self.exists("made"))
        ends = [record["exit"] for record in records(self.jobs, "execution-end")]
        self.assertEqual(ends, [1])

    def test_what_slurm_ends_for_its_time_has_timed_out(self):
        settings = json.loads(self.read("jobs/settings"))
        settings["limits"][0][4] = 60 * 10**9
        self.write("jobs/settings", json.dumps(settings, separators=(",", ":")) + "\n")
        self.change("01-first.sbatch", "--time=0-00:12:00", "--time=1")
        self.submit()
        self.wait_for_start()
        self.assertTrue(self.cluster.until(lambda: self.outcomes() == [("first", 1, "timed-out")], 90), self.outcomes())
        self.cluster.wait_idle()
        self.assertFalse(self.exists("made"))

    def test_submitted_twice_by_hand_it_runs_once(self):
        self.submit()
        self.wait_for_start()
        again = self.submit()
        self.assertTrue(self.cluster.until(lambda: any(one[0].startswith(again) and one[1] == "FAILED" for one in self.cluster.jobs()), 60))
        self.assertIn("claimed by job", self.log())
        self.write("go.txt", "")
        self.cluster.wait_idle()
        self.check_whole()
        self.assertEqual(len(self.starts()), 1)
        self.assertEqual([one for one in self.outcomes() if one[0] == "first"], [("first", 1, "succeeded")])


KILLED = """
workflow w
dimension i : int from 1 .. 4
dataset a for i = "made/a.{i}.txt"
dataset b for i = "made/b.{i}.txt"
dataset some    = "made/some.txt"
dataset every   = "made/every.txt"
task first for i { out a  run "if test {i} = 2; then sleep 0.3; kill -9 $PPID; fi; echo {i} > {a}" }
task second for i { in a  out b  run "cp {a} {b}" }
task overview { in parts = all b survivors  out some  run "cat {parts} > {some}" }
task whole { in parts = all b  out every  run "cat {parts} > {every}" }
goal some, every
"""


RETRIED = """
workflow w
dimension i : int from 1 .. 4
dataset a for i = "made/a.{i}.txt"
dataset b for i = "made/b.{i}.txt"
dataset some    = "made/some.txt"
task first for i {
    out a
    run "if test {i} = 2 && mkdir tried; then exit 4; fi; if test {i} = 3; then exit 4; fi; echo {i} > {a}"
    memory 100 MiB
    retry 1 on exit with memory * 2
}
task second for i { in a  out b  run "cp {a} {b}" }
task overview { in parts = all b survivors  out some  run "echo run >> runs.txt; cat {parts} > {some}" }
goal some
"""


class Gone(Submitted):
    def test_survivors_are_those_of_the_last_attempt(self):
        """One passes at the second attempt, which is another submission's; one never does. Who takes survivors waits for both, and runs once."""
        self.write("w.osa", RETRIED)
        self.osac("submit", "w.osa", "--fuse", "off")
        self.assertIn("failed: first[i=3]: exit code 4", self.wait("w"))
        self.assertEqual(self.read("made/some.txt").split(), ["1", "2", "4"])
        self.assertEqual(self.read("runs.txt"), "run\n")

    def test_survivors_of_what_was_killed_outright_come_with_the_next_submission(self):
        self.write("w.osa", KILLED)  # its second `first` takes osa-step along: nobody is left to record that
        self.osac("submit", "w.osa", "--fuse", "off")
        said = self.wait("w")
        self.assertIn("failed: first[i=2]: its job", said)
        self.assertEqual(self.read("made/some.txt").split(), ["1", "3", "4"])
        self.assertFalse(self.exists("made/every.txt"))


if __name__ == "__main__":
    if not os.path.exists(os.path.join(os.path.dirname(OSAC), "osa-step")):
        print("SKIPPED: osa-step is not beside osac")
        sys.exit(SKIPPED)
    reason = missing()
    if reason:
        print(f"no Slurm here, {reason}: only osa-step is tested")
        del Faults, Gone, Submitted
    unittest.main(verbosity=1, argv=[sys.argv[0], *sys.argv[1:]])
