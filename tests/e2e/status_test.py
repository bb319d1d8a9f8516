#!/usr/bin/env python3
"""osac status: the table, what is known of each key, JSON, and the page."""
import html.parser
import json
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import OSAC, Workspace

WORKFLOW = '''workflow night

table runs = csv "runs.csv" { run : int  source : text  n : int }
dimension run    : int from runs.run
dimension subrun : int in run from 0 ..< n

dataset part   for run, subrun = "part/{run}.{subrun}"
dataset merged for run         = "merged/{run}"
dataset report                 = "report"

task reduce for run, subrun {
    out part
    retry 1 on exit
    run "test ! -e broken.{run}.{subrun} && echo {run} > {part}"
}
task merge for run {
    in  parts = all part
    out merged
    run "cat {parts} > {merged}"
}
task tell {
    in  runs_merged = all merged
    out report
    run "cat {runs_merged} > {report}"
}

goal report
'''
RUNS = 'run,source,n\n7,Crab,2\n8,"<b>Mrk & 421</b>",3\n'


class Reader(html.parser.HTMLParser):
    """Rows of cells, links, and whether all elements are closed."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.links, self.open, self.tags = [], [], [], set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "meta":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


class Status(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", WORKFLOW)
        self.write("runs.csv", RUNS)

    def test_the_table(self):
        self.write("broken.8.1", "")
        self.osac("run", "night.osa", code=1)
        self.assertEqual(self.osac("status").stdout,
                         "run  reduce        merge  tell\n"
                         "7    2 done        done\n"
                         "8    66% 1 failed  -\n"
                         "all                       -\n")
        lines = [line.split() for line in self.osac("status", "--long").stdout.splitlines()]
        self.assertEqual(lines[0], ["run", "source", "subruns", "state", "exit", "tries", "jobs", "started", "ended", "reduce", "merge", "tell"])
        self.assertEqual(lines[1][:5], ["7", "Crab", "2", "done", "1"])
        self.assertEqual(lines[2][:10], ["8", "<b>Mrk", "&", "421</b>", "3", "failed", "exit", "code", "1", "2"])
        self.assertEqual(lines[3], ["all", "to", "do", "-"])

    def test_rows_of_another_dimension(self):
        self.osac("run", "night.osa")
        text = self.osac("status", "--by", "subrun").stdout
        self.assertEqual([line.split()[0] for line in text.splitlines()], ["subrun", "0", "1", "0", "1", "2", "all"])
        self.assertEqual(self.osac("status", "--by", "subran", code=2).stderr,
                         "osac: no task stands on a dimension `subran`\nhelp: there are: run and subrun\n")

    def test_json(self):
        self.write("broken.8.1", "")
        self.osac("run", "night.osa", code=1)
        answer = json.loads(self.osac("status", "--json").stdout)
        self.assertEqual(answer["state"], "failed")
        run = answer["rows"][1]
        self.assertEqual(run["attributes"], {"source": "<b>Mrk & 421</b>", "subruns": "3"})
        self.assertEqual((run["key"], run["state"], run["exits"], run["tries"], run["jobs"]), ("8", "failed", ["exit code 1"], 2, []))
        self.assertEqual(run["tasks"]["reduce"], {"elements": 3, "done": 2, "failed": 1, "running": 0, "queued": 0, "unknown": 0})
        self.assertLess(run["started"], run["ended"])

    def test_the_page(self):
        self.write("broken.8.1", "")
        self.osac("run", "night.osa", code=1)
        self.osac("status", "--html", "status.html")
        text = self.read("status.html")
        page = Reader(text)
        self.assertEqual(page.open, [])
        self.assertNotIn("script", page.tags)
        self.assertEqual(page.rows[0][:4], ["run", "source", "subruns", "state"])
        self.assertEqual(page.rows[2][:6], ["8", "<b>Mrk & 421</b>", "3", "failed", "exit code 1", "2"])
        self.assertEqual(page.rows[2][9], "66% \u27171")
        self.assertEqual(page.links, [".osa/night/logs/reduce/reduce%408%2C1.log"])
        self.assertTrue(self.exists(".osa/night/logs/reduce/reduce@8,1.log"))
        self.assertIn("<title>night: 5 of 8 done, 1 failed</title>", text)
        self.assertNotIn("refresh", text)
        self.assertEqual(self.osac("status", "--html", "-").stdout.splitlines()[0], "<!DOCTYPE html>")

    def test_watching_ends_when_nothing_runs(self):
        self.write("night.osa", WORKFLOW.replace("test ! -e broken.{run}.{subrun}", "while ! test -e go; do sleep 0.05; done"))
        running = subprocess.Popen([OSAC, "run", "night.osa"], cwd=self.folder, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 60
            while not self.exists(".osa/night") or "running" not in self.osac("status").stdout:
                self.assertLess(time.monotonic(), until)
                time.sleep(0.05)
            watching = subprocess.Popen([OSAC, "status", "--watch", "--html", "status.html"], cwd=self.folder)
            while not self.exists("status.html"):
                self.assertLess(time.monotonic(), until)
                time.sleep(0.05)
            self.assertIn('<meta http-equiv="refresh" content="2">', self.read("status.html"))
            self.write("go", "")
            self.assertEqual(watching.wait(60), 0)
        finally:
            self.write("go", "")
            self.assertEqual(running.wait(60), 0)
        self.assertIn("<h1>night: done</h1>", self.read("status.html"))


if __name__ == "__main__":
    unittest.main()
