#!/usr/bin/env python3
"""osac query, and what osac plan and osac why answer: their output as people see it."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

NIGHTS = '''workflow nights

enum Kind { CAL, DATA }
table runs = csv "runs.csv" { run : int  kind : Kind  n : int  start : time utc }
dimension run    : int from runs.run order by start
dimension subrun : int in run from 0 ..< n

dataset pedestal for run         = "pedestal/{run}.txt"
dataset part     for run, subrun = "part/{run}.{subrun}.txt"
dataset merged   for run         = "merged/{run}.txt"

task calibrate for run where kind == CAL {
    out pedestal
    run "echo {run} > {pedestal}"
}
task reduce for run, subrun where kind == DATA {
    in  pedestal = latest pedestal before start within 4 h
    out part
    run "cat {pedestal} > {part}"
}
task merge for run where kind == DATA {
    in  parts = all part
    out merged
    run "cat {parts} > {merged}"
}
'''

RUNS = """run,kind,n,start
1,CAL,1,2026-01-01T00:00:00
2,DATA,2,2026-01-01T01:00:00
3,CAL,1,2026-01-01T02:00:00
4,DATA,3,2026-01-01T03:00:00
"""


class Query(Workspace):
    def setUp(self):
        super().setUp()
        self.write("nights.osa", NIGHTS)
        self.write("runs.csv", RUNS)

    def ask(self, *words, file="nights.osa", folder=None):
        return self.osac("query", file, *words, folder=folder).stdout

    def test_elements_in_the_plans_order(self):
        self.assertEqual(self.ask("downstream pedestal[run=1]"), """reduce[run=2,subrun=0]
reduce[run=2,subrun=1]
part[run=2,subrun=0]  part/2.0.txt
part[run=2,subrun=1]  part/2.1.txt
merge[run=2]
merged[run=2]  merged/2.txt
""")

    def test_files_tasks_and_counts(self):
        self.assertEqual(self.ask("downstream pedestal[run=1]", "--files"), "part/2.0.txt\npart/2.1.txt\nmerged/2.txt\n")
        self.assertEqual(self.ask("upstream", "merged[run=2]", "--tasks"), "calibrate[run=1]\nreduce[run=2,subrun=0]\nreduce[run=2,subrun=1]\nmerge[run=2]\n")
        self.assertEqual(self.ask("all minus upstream merged[run=2]", "--summary"),
                         "task     calibrate          1 of 2\ndataset  pedestal           1 of 2\ntask     reduce             3 of 5\n"
                         "dataset  part               3 of 5\ntask     merge              1 of 2\ndataset  merged             2 of 2\n")

    def test_json(self):
        answer = json.loads(self.ask("path pedestal[run=1] merge", "--json"))
        self.assertEqual(answer["workflow"], "nights")
        self.assertEqual(answer["elements"], [
            {"dataset": "pedestal", "element": "pedestal[run=1]", "file": "pedestal/1.txt"},
            {"task": "reduce", "element": "reduce[run=2,subrun=0]"},
            {"dataset": "part", "element": "part[run=2,subrun=0]", "file": "part/2.0.txt"},
            {"task": "merge", "element": "merge[run=2]"},
        ])
        answer = json.loads(self.ask("part", "--json", "--summary"))
        self.assertEqual(answer["families"], [{"dataset": "part", "elements": 5, "of": 5}])
        self.assertEqual(json.loads(self.ask("part and merged", "--json"))["elements"], [])

    def test_a_plan_file_answers_the_same(self):
        self.osac("compile", "nights.osa")
        self.assertEqual(self.ask("upstream merge", file="nights.plan"), self.ask("upstream merge"))
        self.osac("run", "nights.osa")
        self.assertEqual(self.ask("upstream merge", file=".osa/nights/plan"), self.ask("upstream merge"))

    def test_paths_are_as_people_call_them(self):
        above = self.folder.parent
        file = f"{self.folder.name}/nights.osa"
        self.assertEqual(self.ask("merged[run=2]", "--files", file=file, folder=above), f"{self.folder.name}/merged/2.txt\n")
        for path in (f"{self.folder.name}/merged/2.txt", "merged/2.txt"):
            self.assertEqual(self.ask(f"file '{path}'", "--files", file=file, folder=above), f"{self.folder.name}/merged/2.txt\n")

    def test_no_data_is_needed(self):
        self.write("nights.osa", NIGHTS.replace("task merge", 'dataset raw for run = external "raw/{run}.txt"\ntask merge').replace("in  parts", "in  raw\n    in  parts"))
        self.assertEqual(self.ask("upstream merge[run=2] and raw"), "raw[run=2]  raw/2.txt\n")

    def test_problems_are_shown_in_the_expression(self):
        done = self.osac("query", "nights.osa", "downstream pedestl[run=1]", code=2)
        self.assertEqual((done.stdout, done.stderr), ("", "osac: this plan has no task or dataset named `pedestl`\n  downstream pedestl[run=1]\n             ^^^^^^^\n"
                                                      "help: did you mean `pedestal`?\n"))
        done = self.osac("query", "nights.osa", "part[run=2", code=2)
        self.assertEqual(done.stderr, "osac: `,` or `]` is missing before the end\n  part[run=2\n            ^\n")
        done = self.osac("query", "nights.osa", "merged or " * 50 + "oops" + " or merged" * 50, code=2)
        self.assertEqual([len(line) < 140 for line in done.stderr.splitlines()], [True] * 3)
        self.assertEqual(self.osac("query", "nights.osa", code=2).stderr,
                         "osac: what is asked for? Give an expression\nhelp: osac query FILE 'downstream flat[filter=r]'\n")
        self.assertEqual(self.osac("query", "nights.osa", "part and merged").stderr, "no element of the plan is in this set\n")
        self.osac("query", "nights.osa", "(" * 50000, code=2)
        self.osac("query", "nights.osa", "a\x1b[31m'", code=2)


class Plan(Workspace):
    def setUp(self):
        super().setUp()
        self.write("nights.osa", NIGHTS)
        self.write("runs.csv", RUNS)
        self.osac("run", "nights.osa")

    def test_changes_that_read_the_same_are_told_once(self):
        self.write("nights.osa", NIGHTS.replace("cat {pedestal}", "cat -n {pedestal}"))
        self.assertEqual(self.osac("plan", "nights.osa").stdout, """reduce          5  command changed
    reduce[run=2,subrun=0]
        cat {+-n+} pedestal/1.txt > part/2.0.txt
merge           2  depends on what is made before it
    merge[run=2]
        depends on what reduce[run=2,subrun=0] makes
        depends on what reduce[run=2,subrun=1] makes

5 of 9 elements would run, 2 more if what they read changes; 2 are up to date
""")

    def test_changes_that_read_otherwise_are_told_apart_up_to_a_page(self):
        self.write("nights.osa", NIGHTS.replace("echo {run} >", "echo {run} {run} >").replace("cat {pedestal}", "cat {run} {subrun} {pedestal}"))
        lines = self.osac("plan", "nights.osa").stdout.splitlines()
        self.assertEqual(lines[:7], ["calibrate          1  command changed", "    calibrate[run=1]", "        echo 1 {+1+} > pedestal/1.txt",
                                     "calibrate          1  command changed", "    calibrate[run=3]", "        echo 3 {+3+} > pedestal/3.txt",
                                     "reduce             5  command changed"])
        self.assertEqual(lines[9], "        (the others in ways of their own: --elements shows each)")
        every = self.osac("plan", "nights.osa", "--elements").stdout
        self.assertIn("    reduce[run=4,subrun=2]\n        cat {+4 2+} pedestal/3.txt > part/4.2.txt\n", every)
        groups = json.loads(self.osac("plan", "nights.osa", "--json").stdout)["groups"]
        self.assertEqual([(group["task"], group["count"], group["line"]) for group in groups],
                         [("calibrate", 1, 12), ("calibrate", 1, 12), ("reduce", 5, 16), ("merge", 2, 21)])

    def test_what_never_started_has_no_log(self):
        self.write("nights.osa", NIGHTS.replace("= all part", "= all part survivors min 2").replace("cat {pedestal}", "test {subrun} != 1; cat {pedestal}"))
        done = self.osac("run", "nights.osa", code=1)
        self.assertIn("failed: merge[run=2]: only 1 of 2 members of input `parts` are there", done.stderr)
        self.assertNotRegex(done.stderr, r"log: *\n")


class Why(Workspace):
    def setUp(self):
        super().setUp()
        self.write("runs.csv", RUNS.replace("3,CAL,1,2026-01-01T02", "3,CAL,1,2026-01-01T09"))

    def test_the_count_after_each_condition(self):
        self.write("nights.osa", NIGHTS.replace(" within 4 h", ""))
        self.assertEqual(self.osac("why", "nights.osa", "part", "--where", "run == 2").stdout,
                         "reduce\n  records                      7\n  kind == DATA                 5\n  run == 2                     2\n"
                         "  look-up `pedestal`           2\n")

    def test_planning_that_fails_is_explained(self):
        self.write("nights.osa", NIGHTS.replace("within 4 h", "within 2 h"))
        for asked in ("reduce", "part"):
            done = self.osac("why", "nights.osa", asked, "--where", "run == 4", code=3)
            self.assertIn("lookup-found-nothing", done.stderr)
            self.assertEqual(done.stdout, "reduce\n  records                      7\n  kind == DATA                 5\n  run == 4                     3\n"
                             "  look-up `pedestal`           0  nearest: run 1, 3 h before; limit 2 h\n")
        self.assertIn("did you mean `merge`?", self.osac("why", "nights.osa", "merg", code=2).stderr)


class SitesParameters(Workspace):
    def test_parameters_of_the_site_that_a_workflow_lacks_are_for_others(self):
        self.write("nights.osa", NIGHTS)
        self.write("runs.csv", RUNS)
        self.write("site.yaml", "parameters: {base: /data}\n")
        self.assertEqual(self.osac("check", "nights.osa").stderr, "")
        self.assertIn("note: given by `--base`", self.osac("check", "nights.osa", "--base", "x", code=3).stderr)


if __name__ == "__main__":
    unittest.main()
