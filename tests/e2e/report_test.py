#!/usr/bin/env python3
"""osac report: what tasks took, as a table, CSV, JSON and a plot."""
import csv
import io
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

WORKFLOW = '''workflow night
dimension i : int from 0 ..< 4
dataset a for i = "a.{i}"
dataset b       = "b"
task make for i {
    out a
    memory 64 MiB
    run "test ! -e broken.{i} && sleep 0.2 && echo {i} > {a}"
}
task sum {
    in  parts = all a
    out b
    run "cat {parts} > {b}"
}
goal b
'''


class Report(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", WORKFLOW)
        self.write("broken.2", "")
        self.osac("run", "night.osa", code=1)
        (self.folder / "broken.2").unlink()
        self.osac("run", "night.osa")

    def rows(self, *words):
        return {row["task"]: row for row in csv.DictReader(io.StringIO(self.osac("report", "--format", "csv", *words).stdout))}

    def test_of_the_last_execution_of_one_and_of_all(self):
        self.assertEqual({task: row["attempts"] for task, row in self.rows().items()}, {"make": "1", "sum": "1"})
        before = self.rows("last~1")
        self.assertEqual((before["make"]["attempts"], before["make"]["succeeded"], before["make"]["other"]), ("4", "3", "1"))
        everything = self.rows("--all")
        self.assertEqual({task: row["attempts"] for task, row in everything.items()}, {"make": "5", "sum": "1"})
        make = everything["make"]
        self.assertGreaterEqual(float(make["time_median_s"]), 0.2)
        self.assertLessEqual(float(make["time_median_s"]), float(make["time_max_s"]))
        self.assertEqual(make["memory_given_B"], str(64 << 20))
        self.assertLess(int(make["memory_max_B"]), 64 << 20)
        self.assertEqual(self.osac("report", "2020", code=2).stderr.splitlines()[0], "osac: there is no execution `2020`")

    def test_table_and_json(self):
        lines = self.osac("report", "--all").stdout.splitlines()
        self.assertTrue(lines[0].startswith("task  attempts  not well  time: median"), lines[0])
        self.assertEqual(lines[1].split()[:4], ["make", "5", "1", "exit"])
        make = json.loads(self.osac("report", "--all", "--format", "json").stdout)[0]
        self.assertEqual((make["task"], make["attempts"], make["causes"]), ("make", 5, {"exit": 1}))

    def test_a_plot(self):
        self.osac("report", "--all", "-o", "report.svg")
        text = self.read("report.svg")
        for part in ["what the tasks of night took", "6 attempts, lines are medians; circles have not succeeded", "peak memory [MiB]", "make[i=2]"]:
            self.assertIn(part, text)
        self.osac("report", "-o", "report.pdf")
        self.assertEqual((self.folder / "report.pdf").read_bytes()[:5], b"%PDF-")


if __name__ == "__main__":
    unittest.main()
