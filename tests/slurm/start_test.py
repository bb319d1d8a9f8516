#!/usr/bin/env python3
"""Start conditions, lateness and throttled arrays on a real Slurm."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from submitted import Submitted, skip_without_slurm

WORKFLOW = '''workflow night
param night : date
dimension i : int from 0 ..< 6
dataset a for i = "made/{night:%Y%m%d}.{i}"
dataset b = "made/{night:%Y%m%d}"
task make for i {
    out a
    time 10 min
    run "mkdir running/{i}; ls running | wc -l >> seen; while test -e hold; do sleep 0.1; done; sleep 0.3; rmdir running/{i}; echo {i} > {a}"
}
task join {
    in  all_a = all a
    out b
    time 10 min
    run "cat {all_a} > {b}"
}
goal b
'''
TELL = "notify: [{on: [failed, late], command: [sh, -c, 'cat >> told.$OSAC_EVENT']}]\n"


class Start(Submitted):
    def setUp(self):
        super().setUp()
        self.write("night.osa", WORKFLOW)
        (self.folder / "running").mkdir()

    def submit(self, *words):
        return self.osac("submit", "night.osa", "--night", "2024-01-10", *words)

    def told(self):
        path = self.folder / "told.late"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def test_a_night_starts_by_itself_once_its_file_is_there(self):
        self.write("site.yaml", 'start: {files: ["over {night:%Y%m%d}"], max_queued: 1000, retry_every: 1 s}\n' + TELL)
        self.assertIn("(night=2024-01-10) waits: the file `over 20240110` is there: it is not; job ", self.submit().stderr)
        (folder,) = self.folder.glob(".osa/night/start/*")
        self.assertEqual(sum(name.startswith("osac-start-night-") for name in self.live()), 1)
        self.assertIn("waits to start (night=2024-01-10)", self.osac("status").stdout)
        log = folder / "out/service.log"
        self.until(lambda: log.exists() and " waits: " in log.read_text(), what="another try")
        self.write("over 20240110", "")
        self.until(lambda: list(self.folder.glob(".osa/night/slurm/*")), what="the submission")
        self.wait("night")
        self.assertEqual(self.read("made/20240110"), "0\n1\n2\n3\n4\n5\n")
        self.assertFalse((folder / "record").exists())
        self.assertFalse(self.exists("told.failed"))

    def test_a_time_of_day_is_waited_for_by_slurm(self):
        self.write("site.yaml", 'start: {files: [over]}\n')
        self.submit()
        (job,) = [job for job, state, name, _ in self.cluster.jobs() if name.startswith("osac-start-") and state == "PENDING"]
        shown = self.cluster.run("scontrol", "show", "job", job).stdout
        begin = json.loads((next(self.folder.glob(".osa/night/start/*/record"))).read_text())["next_try"] // 10**9
        text = self.cluster.run("date", "-d", f"@{begin + 1}", "+%Y-%m-%dT%H:%M:%S").stdout.strip()
        self.assertIn(f"StartTime={text}", shown)
        self.assertIn("cancelled 1 command that waited to start", self.osac("cancel").stderr)
        self.until(lambda: not self.live())

    def test_what_is_late_is_told_once_and_its_job_goes_with_the_last_one(self):
        self.write("site.yaml", TELL)
        self.write("hold", "")
        self.submit("--due", "2024-01-11T12:00")
        self.until(self.told, what="the word that it is late")
        late = self.told()[0]
        self.assertEqual((late["due"], late["elements"], late["done"], late["failures"]), ("2024-01-11T12:00:00.000Z", 7, 0, []))
        (self.folder / "hold").unlink()
        self.wait("night")
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(self.read("made/20240110"), "0\n1\n2\n3\n4\n5\n")
        (self.folder / "made/20240110").unlink()
        self.submit("--due", "2199-01-01T00:00")
        self.wait("night")  # nothing is in the queue any more
        self.assertEqual((len(self.told()), self.exists("made/20240110")), (1, True))

    def test_no_more_of_an_array_run_at_once_than_may(self):
        self.submit("--max-running", "2")
        self.assertIn("\n#SBATCH --array=0-5%2\n", self.read(".osa/night/slurm/0001/01-make.sbatch"))
        self.wait("night")
        seen = [int(line) for line in self.read("seen").split()]
        self.assertEqual(len(seen), 6)
        self.assertLessEqual(max(seen), 2)


if __name__ == "__main__":
    skip_without_slurm()
    unittest.main()
