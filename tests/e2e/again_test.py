#!/usr/bin/env python3
"""Second starts: who has the lock is named, who is killed gives it back, and nothing is started twice, whatever happens at the same time."""
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fake_cluster import FakeCluster
from start_test import WORKFLOW
from workspace import OSAC


class Again(FakeCluster):
    def setUp(self):
        super().setUp()
        self.write("night.osa", WORKFLOW)

    def wait_for_a_file(self):
        self.write("site.yaml", "start: {files: [over]}\n")

    def waiting(self):
        return self.jobs("osac-start-")

    def submit(self, *words, **more):
        return self.osac("submit", "night.osa", "--night", "2024-01-10", *words, **more)

    def start(self, *words):
        return subprocess.Popen([OSAC, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, **self.environment})

    def test_a_killed_owner_gives_the_lock_back_at_once(self):
        self.write("hold", "")
        owner = self.start("run", "night.osa", "--night", "2024-01-10", "--quiet")
        end = time.monotonic() + 120
        while not self.exists("starts"):
            self.assertLess(time.monotonic(), end, "it did not start")
            time.sleep(0.02)
        told = self.osac("run", "night.osa", "--night", "2024-01-10", code=5).stderr
        self.assertRegex(told, rf"osac: another osac \(pid {owner.pid} on \S+, since 20..-..-..T\S+\) is using this folder\nhelp: wait until it has ended")
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
        owner.stderr.close()
        (self.folder / "hold").unlink()
        self.osac("run", "night.osa", "--night", "2024-01-10")

    def test_runs_at_once_make_each_element_once(self):
        for attempt in range(4):
            night = f"2024-01-{10 + attempt}"
            (self.folder / "starts").unlink(missing_ok=True)
            starts = [self.start("run", "night.osa", "--night", night, "--wait", "--quiet") for _ in range(3)]
            self.assertEqual([(start.wait(timeout=300), start.stderr.close())[0] for start in starts], [0] * 3)
            self.assertEqual(sorted(self.read("starts").split()), ["0", "1", "2"])

    def test_submissions_at_once_submit_each_job_once(self):
        starts = [self.start("submit", "night.osa", "--night", "2024-01-10") for _ in range(3)]
        said = [(start.communicate(timeout=300)[1], start.returncode) for start in starts]
        self.assertEqual([code for _, code in said], [0] * 3)
        self.assertEqual(sum("nothing to submit" in text for text, _ in said), 2)
        names = list(self.jobs().values())
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len([name for name in names if name.endswith("-gate")]), 1)

    def test_now_does_not_wait(self):
        self.write("site.yaml", "start: {files: [over], max_queued: 0}\n")
        self.assertNotIn("in the queue", self.submit().stderr)
        self.write("over", "")
        subprocess.run(["sbatch", "--job-name=other"], env={**os.environ, **self.environment}, check=True, capture_output=True)
        self.assertIn("waits already: at most 0 jobs of yours in the queue: there is 1", self.submit().stderr)
        self.assertIn("submitted as ", self.submit("--now").stderr)
        self.assertEqual(self.waiting(), {})

    def test_answers_that_do_not_come_double_nothing(self):
        self.wait_for_a_file()
        for fault in ("unheard", "killed"):
            with self.subTest(fault):
                number = len(self.calls("sbatch")) + 1
                self.faults(f"{number} {fault}")
                self.submit(code=-signal.SIGKILL if fault == "killed" else 0)
                self.assertEqual(len(self.waiting()), 1)
                if fault == "killed":
                    self.assertIn("waits already", self.submit().stderr)
                    self.assertEqual(len(self.waiting()), 1)
                self.osac("cancel")

    def test_many_starts_at_once_give_one_job(self):
        self.wait_for_a_file()
        starts = [self.start("submit", "night.osa", "--night", "2024-01-10") for _ in range(5)]
        self.assertEqual([(start.wait(timeout=300), start.stderr.close())[0] for start in starts], [0] * 5)
        self.assertEqual(len(self.waiting()), 1)


if __name__ == "__main__":
    unittest.main()
