#!/usr/bin/env python3
"""osac simulate: what would be made and submitted, as a table, with totals, cost and start conditions; nothing is changed."""
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from fake_cluster import FakeCluster
from status_test import RUNS, WORKFLOW


LATE = '''workflow late
table runs = csv "runs.csv" { run : int }
dimension run : int from runs.run
dataset level for run = "level/{run}.json" as json { cut : int }
dataset clean for run = "clean/{level.cut}/{run}"
task find for run {
    out level
    run "echo '{{\\"cut\\": 4}}' > {level}"
}
task clean_run for run {
    in  level
    out clean
    run "cat {level} > {clean}"
}
goal clean
'''


class Simulate(FakeCluster):
    def setUp(self):
        super().setUp()
        self.write("night.osa", WORKFLOW)
        self.write("runs.csv", RUNS)

    def files(self):
        return {str(path.relative_to(self.folder)): path.stat().st_mtime_ns for path in self.folder.rglob("*") if path.relative_to(self.folder).parts[0] != "fake"}

    def simulate(self, *words, workflow="night.osa", **more):
        before = self.files()
        done = self.osac("simulate", workflow, *words, **more)
        self.assertEqual(self.files(), before)
        return done

    def rows(self, text):
        return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()]

    def test_before_anything_was_made(self):
        done = self.simulate(env={"PATH": os.environ["PATH"]})
        self.assertEqual(done.stderr, "")
        self.assertIn("8 elements: 0 up to date, 8 to be made\n", done.stdout)
        self.assertNotIn("sbatch", done.stdout)
        told = json.loads(self.simulate("--json").stdout)
        self.assertEqual((told["elements"], told["up_to_date"], told["to_be_made"], told["slurm"], told["start"]), (8, 0, 8, None, []))
        self.assertEqual([row["state"] for row in told["rows"]], ["to be made"] * 3)

    def test_what_is_there_and_what_was_tried(self):
        self.write("broken.8.1", "")
        self.osac("run", "night.osa", code=1)
        told = json.loads(self.simulate("--json").stdout)
        self.assertEqual({row["key"]: (row["state"], row["tries"], row["exits"]) for row in told["rows"]},
                         {"7": ("up to date", 1, []), "8": ("to be made", 2, ["exit code 1"]), "all": ("to be made", 0, [])})
        self.assertEqual((told["up_to_date"], told["to_be_made"]), (5, 3))
        text = self.simulate().stdout
        self.assertIn("up to date", text)
        self.assertIn("66% 1 failed", text)
        (self.folder / "broken.8.1").unlink()
        self.osac("run", "night.osa")
        told = json.loads(self.simulate("--target", "slurm", "--json").stdout)
        self.assertEqual((told["to_be_made"], told["slurm"]["elements"], told["slurm"]["sbatch_calls"]), (0, 0, 0))
        self.assertIn("8 elements: 8 up to date, 0 to be made\nthere is nothing to submit\n", self.simulate("--target", "slurm").stdout)

    def test_what_it_costs_on_slurm_and_whether_it_may_start(self):
        self.write("site.yaml", "slurm: {max_submit: 100, max_running: 2}\nstart: {files: [over], max_queued: 10}\n")
        done = self.simulate()
        self.assertIn("8 elements in 8 array tasks of 3 arrays\n4 calls of sbatch, 2 lines for scontrol\n0 false waits\n", done.stdout)
        self.assertIn("start condition does not hold: the file `over` is there: it is not\n"
                      "start condition holds: at most 10 jobs of yours in the queue: there are 0\n", done.stdout)
        told = json.loads(self.simulate("--json").stdout)
        self.assertEqual({key: told["slurm"][key] for key in ("array_tasks", "arrays", "sbatch_calls", "queue_unknown")},
                         {"array_tasks": 8, "arrays": 3, "sbatch_calls": 5, "queue_unknown": None})
        self.assertEqual([one["holds"] for one in told["start"]], [False, True])
        self.assertEqual(self.calls("sbatch"), [])

    def test_slurm_that_does_not_answer_is_said(self):
        self.write("site.yaml", "slurm: {max_submit: 100}\n")
        (self.slurm / "down").write_text("1")
        done = self.simulate()
        self.assertIn("note: what is in the queue is not known: Slurm does not answer: slurm_load_jobs: error: Unable to contact slurm controller", done.stderr)
        self.assertIn("3 arrays", done.stdout)
        done = self.simulate(env={"PATH": str(self.folder / "nowhere")})
        self.assertIn("note: what is in the queue is not known: there is no `squeue` here", done.stderr)

    def test_what_is_on_its_way_is_not_submitted_again(self):
        self.osac("submit", "night.osa")
        told = json.loads(self.simulate("--target", "slurm", "--json").stdout)
        self.assertEqual((told["to_be_made"], told["on_their_way"], told["slurm"]["elements"]), (0, 8, 0))
        self.assertIn("0 to be made, 8 on their way", self.simulate("--target", "slurm").stdout)

    def test_what_is_not_planned_yet(self):
        self.write("late.osa", LATE)
        self.write("runs.csv", "run\n7\n8\n")
        text = self.simulate(workflow="late.osa").stdout
        self.assertEqual([row[1:] for row in self.rows(text)[1:3]], [["to be made", "-", "not planned yet"]] * 2)
        self.assertIn("2 elements: 0 up to date, 2 to be made\nnot planned yet: ", text)
        self.osac("run", "late.osa")
        told = json.loads(self.simulate("--json", workflow="late.osa").stdout)
        self.assertEqual([row["state"] for row in told["rows"]], ["up to date", "up to date"])

    def test_what_is_not_planned_yet_of_an_implied_key(self):
        nights = LATE.replace("{ run : int }", "{ run : int  night : int }").replace("from runs.run", "from runs.run implies night")
        self.write("late.osa", nights.replace("dimension run", "dimension night : int from runs.night\ndimension run"))
        self.write("runs.csv", "run,night\n7,1\n8,2\n9,2\n")
        text = self.simulate("--by", "night", workflow="late.osa").stdout
        self.assertEqual([row[-1] for row in self.rows(text)[1:3]], ["not planned yet"] * 2)

    def test_rows_of_another_dimension(self):
        self.assertIn("subrun", self.simulate("--by", "subrun").stdout)
        self.assertIn("no task stands on a dimension `ruun`", self.simulate("--by", "ruun", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
