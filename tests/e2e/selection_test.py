#!/usr/bin/env python3
"""Goals and `--where` on the command line: what is made, and what is said about those that fit nothing."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

# A report on each run shows the summary of its night, which gathers all runs of that night.
NIGHTS = '''workflow nights

enum Kind { CAL, DATA }
table runs = csv "runs.csv" { run : int  night : int  kind : Kind  n : int  start : time utc }
dimension run    : int from runs.run implies night order by start
dimension night  : int from runs.night
dimension subrun : int in run from 0 ..< n

dataset pedestal for run         = "pedestal/{run}.txt"
dataset part     for run, subrun = "part/{run}.{subrun}.txt"
dataset merged   for run         = "merged/{run}.txt"
dataset summary  for night       = "summary/{night}.txt"
dataset report   for run         = "report/{run}.txt"

task calibrate for run where kind == CAL {
    out pedestal
    run "echo {run} > {pedestal}"
}
task reduce for run, subrun where kind == DATA {
    in  pedestal = latest pedestal before start
    out part
    run "echo {run}.{subrun} by $(cat {pedestal}) > {part}"
}
task merge for run where kind == DATA {
    in  parts = all part
    out merged
    run "cat {parts} > {merged}"
}
task summarize for night {
    in  runs_of_night = all merged
    out summary
    run "cat {runs_of_night} > {summary}"
}
task write for run where kind == DATA {
    in  merged
    in  summary
    out report
    run "cat {merged} {summary} > {report}"
}

goal report
'''

RUNS = """run,night,kind,n,start
1,7,CAL,1,2026-01-01T00:00:00
2,7,DATA,2,2026-01-01T01:00:00
3,7,CAL,1,2026-01-01T02:00:00
4,7,DATA,3,2026-01-01T03:00:00
5,8,DATA,1,2026-01-02T01:00:00
"""


class Selection(Workspace):
    def setUp(self):
        super().setUp()
        self.write("nights.osa", NIGHTS)
        self.write("runs.csv", RUNS)

    def files(self):
        """All that was made, by name."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.glob("*/*.txt") if not str(path).startswith(str(self.folder / ".osa")))

    def refused(self, *words):
        """What `osac plan` says, without the closing line."""
        done = self.osac("plan", "nights.osa", *words, code=3)
        self.assertEqual(done.stdout, "")
        self.assertFalse(self.exists(".osa"), "nothing is written")
        text, end = done.stderr.split("\n\n", 1)
        self.assertEqual(end, "1 error\n")
        return text.splitlines()

    def test_a_selection_makes_what_it_names_and_needs_and_gathers_whole(self):
        done = self.osac("run", "nights.osa", "--where", "run == 4")
        self.assertEqual(self.made(done), 11)
        self.assertEqual(self.files(), ["merged/2.txt", "merged/4.txt", "part/2.0.txt", "part/2.1.txt", "part/4.0.txt", "part/4.1.txt", "part/4.2.txt",
                                        "pedestal/1.txt", "pedestal/3.txt", "report/4.txt", "summary/7.txt"])
        run_4 = "4.0 by 3\n4.1 by 3\n4.2 by 3\n"
        self.assertEqual(self.read("summary/7.txt"), "2.0 by 1\n2.1 by 1\n" + run_4, "the summary is not trimmed to run 4")
        self.assertEqual(self.read("report/4.txt"), run_4 + self.read("summary/7.txt"))
        self.assertEqual(self.made(self.osac("run", "nights.osa", "--where", "run == 4")), 0)
        self.assertEqual(self.made(self.osac("run", "nights.osa")), 5, "the other reports, and what night 8 needs")

    def test_a_goal_with_a_selection(self):
        done = self.osac("run", "nights.osa", "part", "--where", "run == 4 and subrun in 1 .. 2")
        self.assertEqual(self.made(done), 3)
        self.assertEqual(self.files(), ["part/4.1.txt", "part/4.2.txt", "pedestal/3.txt"])
        self.osac("run", "nights.osa", "summarize", "--where", "night == 8")
        self.assertEqual(self.read("summary/8.txt"), "5.0 by 3\n")
        self.assertFalse(self.exists("report"))

    def test_a_goal_that_there_is_not(self):
        self.assertEqual(self.refused("mergd"), ["error[unknown-goal]: no dataset or task is named `mergd`", "help: did you mean `merged`?"])

    def test_a_condition_that_cannot_be_read(self):
        self.assertEqual(self.refused("--where", "run =="), [
            "error[bad-selection]: `--where` cannot be read: a value is missing before its end",
            "note: in `--where 'run =='`",
            "help: write comparisons such as `run == 2021`, `run in 2006 .. 2009`, `filter in [r, i]`, with `and`, `or`, `not`",
        ])
        self.assertEqual(self.refused("--where", "run == four"),
                         ["error[bad-selection]: `--where` cannot be read: `four` is no value for `run`, which is of type `int`"])
        self.assertEqual(self.refused("--where", "kind == DTA"),
                         ["error[bad-selection]: `--where` cannot be read: `DTA` is no value of `kind`", "help: did you mean `DATA`?"])

    def test_a_name_that_there_is_not(self):
        self.assertEqual(self.refused("--where", "rnu == 4"), [
            "error[unknown-selection-name]: `--where` names `rnu`, which is no dimension and no attribute of one",
            "help: did you mean `run`?",
        ])

    def test_a_name_that_no_goal_has(self):
        self.assertEqual(self.refused("--where", "subrun == 1"), [
            "error[selection-fits-no-goal]: no goal has all the names in `subrun == 1`",
            "help: name a goal that has these dimensions: `osac run FILE GOAL --where ...`",
        ])

    def test_a_condition_that_nothing_satisfies(self):
        self.assertEqual(self.refused("--where", "run == 9"),
                         ["error[empty-selection]: no element of the goals satisfies `run == 9`", "note: `report` has 3 elements"])


if __name__ == "__main__":
    unittest.main()
