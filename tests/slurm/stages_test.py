#!/usr/bin/env python3
"""Stages on Slurm: what depends on a made table is submitted by a small job as soon as the table is there, key by key."""
import unittest

from submitted import Submitted, skip_without_slurm

# find writes a row for each word of raw/RUN; cut makes a file of each; add puts those of a run together. The second run's table waits for {at}/go.
PEAKS = """
workflow peaks
param at : text
table runs = csv "runs.csv" { run : int }
dimension run : int from runs.run
dataset raw for run = external "raw/{run}.txt"
dataset candidates for run = "found/{run}.csv"
table found for run = csv candidates { peak : int  word : text }
dimension peak : int in run from found.peak
dataset part for peak = "part/{run}.{peak}.txt"
dataset total for run = "total/{run}.txt"
task find for run {
    in raw
    out candidates
    run "if test {run} = 1808; then until test -e {at}/go; do sleep 0.1; done; fi; test ! -e {at}/bad.{run}; echo peak,word > {candidates}; n=0; for w in $(cat {raw}); do n=$((n + 1)); echo $n,$w >> {candidates}; done"
}
task cut for peak { in candidates  out part run "echo {word} > {part}" }
task add for run { in parts = all part  out total run "cat {parts} > {total}" }
goal total
"""


class Stages(Submitted):
    def setUp(self):
        super().setUp()
        self.write("peaks.osa", PEAKS)
        self.write("runs.csv", "run\n1807\n1808\n")
        self.write("raw/1807.txt", "a b\n")
        self.write("raw/1808.txt", "c\n")
        self.write("at/nothing", "")
        self.words = ["peaks.osa", "--at", str(self.folder / "at")]

    def test_a_key_goes_on_while_another_one_waits(self):
        self.osac("submit", *self.words)
        self.until(lambda: self.exists("total/1807.txt"), what="the first run's total")
        self.assertFalse(self.exists("found/1808.csv"))
        self.write("at/go", "")
        said = self.wait("peaks")
        self.assertEqual([self.read(f"total/{run}.txt").split() for run in (1807, 1808)], [["a", "b"], ["c"]])
        self.assertIn("peaks: 7 made, 0 up to date", said)
        self.assertGreaterEqual(len(self.submissions("peaks")), 3)
        self.assertEqual(self.made(self.osac("run", *self.words)), 0)

    def test_a_maker_that_fails_is_the_root_cause_of_what_was_not_planned(self):
        self.write("at/go", "")
        self.write("at/bad.1807", "")
        self.osac("submit", *self.words)
        said = self.wait("peaks")
        self.assertIn("failed: find[run=1807]: exit code 1", said)
        self.assertIn("could not be planned because of it", said)
        self.assertEqual(self.read("total/1808.txt").split(), ["c"])
        self.assertFalse(self.exists("total/1807.txt"))


if __name__ == "__main__":
    skip_without_slurm()
    unittest.main(verbosity=1)
