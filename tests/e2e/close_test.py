#!/usr/bin/env python3
"""Closing a night: refused with what is missing, accepted without it, published, opened again. Of the defects of LST-1's closer: an unfinished
night closes (2, 4), an empty one does (4), the mark is not written where its folder exists (14)."""
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

WORKFLOW = '''workflow night
param date : date
param note : text = "none"
dimension run : int from 1..3
dimension subrun : int from 0..5
dataset raw for run, subrun = external "raw/{run}.{subrun}"
dataset dl1 for run, subrun = "work/dl1/{run}.{subrun}"
dataset dl2 for run = "work/dl2/{run}.h5"
dataset table = "work/table.txt"
task calibrate for run, subrun {
    in raw
    out dl1
    run "test ! -e broken.{run}.{subrun} && cat {raw} > {dl1}"
}
task merge for run {
    in parts = all dl1
    out dl2
    run "cat {parts} > {dl2}; echo {note} {date} >> {dl2}"
}
task summarise {
    in tables = all dl2
    out table
    run "cat {tables} > {table}"
}
goal table
'''
DATE = ["--date", "2024-01-10"]
KEY = "date=2024-01-10,note=none"


class Close(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", WORKFLOW)
        for run in range(1, 4):
            for subrun in range(6):
                self.write(f"raw/{run}.{subrun}", f"{run} {subrun}\n")

    def night(self, *words, code=0, **more):
        return self.osac("close", "night.osa", *DATE, *words, code=code, **more)

    def run_it(self, *words, code=0, **more):
        return self.osac("run", "night.osa", *DATE, "--quiet", *words, code=code, **more)

    def is_closed(self):
        return self.exists(f".osa/night/closed/{KEY}.json")

    def test_an_empty_night_does_not_close(self):
        said = self.night(code=1).stderr
        self.assertIn("calibrate[run=1,subrun=0..5]: never run; 2 elements could not run because of them\n", said)
        self.assertIn("osac: night is not closed (date=2024-01-10,note=none): 18 elements are missing, 4 could not run because of them\n"
                      "help: osac run night.osa --date 2024-01-10 makes what can be made; osac close --accept QUERY --reason TEXT closes without it\n",
                      said)
        self.assertFalse(self.is_closed())

    def test_an_unfinished_night_does_not_close_and_says_what_is_missing(self):
        for subrun in (3, 4, 5):
            self.write(f"broken.2.{subrun}", "")
        self.run_it(code=1)
        (self.folder / "work/dl1/1.2").unlink()
        self.write("work/dl1/3.1", "changed\n")
        done = self.night("--json", code=1)
        self.assertEqual(done.stderr.splitlines()[:3], [
            "calibrate[run=1,subrun=2]: file gone: work/dl1/1.2",
            "calibrate[run=2,subrun=3..5]: not made: exit code 1; log: .osa/night/logs/calibrate/calibrate@2,3.log; "
            "2 elements could not run because of them",
            "calibrate[run=3,subrun=1]: file changed: work/dl1/3.1"])
        told = json.loads(done.stdout)
        self.assertEqual((told["closed"], told["there"], told["blocked"], len(told["missing"])), (False, 15, 2, 3))
        self.assertEqual(told["missing"][1]["count"], 3)
        self.assertFalse(self.is_closed())

    def test_a_complete_night_closes_and_stays_as_it_is(self):
        self.run_it()
        os.makedirs(self.folder / ".osa/night/closed" / KEY)  # it may be there already
        said = self.night().stderr
        self.assertIn("night: closed (date=2024-01-10,note=none): 22 elements there\n", said)
        self.assertTrue(self.is_closed())
        self.assertEqual((self.folder / f".osa/night/closed/{KEY}/provenance.pdf").read_bytes()[:5], b"%PDF-")
        (self.folder / "work/table.txt").unlink()
        for command in ("run", "submit", "close"):
            done = self.osac(command, "night.osa", *DATE)
            self.assertRegex(done.stderr, r"^night: closed on \d{4}-\d\d-\d\d \d\d:\d\d UTC by \S+; osac close --reopen opens it again\n$")
        self.assertFalse(self.exists("work/table.txt"))
        self.assertIn("closed on ", self.osac("status").stdout)
        self.assertEqual(json.loads(self.osac("status", "--json").stdout)["closed"]["night"], KEY)
        self.assertIn("closed on ", self.osac("status", "--html", "-").stdout)
        self.assertIn("the night is closed on ", self.osac("plan", "night.osa", *DATE).stdout)
        # another night is open
        self.assertEqual(self.made(self.osac("run", "night.osa", "--date", "2024-01-11", "--note", "x", "--quiet")), 4)

        with self.subTest("its plan changes"):
            self.write("night.osa", WORKFLOW.replace("echo {note}", "echo new {note}"))
            self.assertIn(", and its plan has changed since; osac close --reopen", self.run_it().stderr)

        with self.subTest("opened again"):
            self.assertIn("night: open again", self.night("--reopen", "--reason", "a better merge").stderr)
            self.assertFalse(self.is_closed())
            self.assertIn("is not closed", self.night("--reopen", code=2).stderr)
            self.night(code=1)
            self.assertEqual(self.made(self.run_it()), 4)
            self.night()
            kinds = [json.loads(line.split(" ", 2)[2]) for path in sorted((self.folder / ".osa/night/journal").glob("*.j1"))
                     for line in path.read_text().splitlines()]
            told = sorted((one for one in kinds if one["kind"] in ("closed", "reopened")), key=lambda one: one["time"])
            self.assertEqual([one["kind"] for one in told], ["closed", "reopened", "closed"])
            self.assertEqual(told[1]["reason"], "a better merge")

    def test_closing_without_what_is_accepted(self):
        self.write("broken.2.3", "")
        self.run_it(code=1)
        self.assertIn("--accept `dl1[run=2,subrun=4]`: all of it is there", self.night("--accept", "dl1[run=2,subrun=4]", "--reason", "x", code=2).stderr)
        self.assertIn("missing are: calibrate[run=2,subrun=3]", self.night("--accept", "dl1[run=2,subrun=4]", "--reason", "x", code=2).stderr)
        self.assertIn("--accept `dl1[run=7]`", self.night("--accept", "dl1[run=7]", "--reason", "x", code=2).stderr)
        self.assertIn("did you mean `dl1`", self.night("--accept", "dl3[run=2]", "--reason", "x", code=2).stderr)
        self.assertIn("0 --reasons for 1 --accept", self.night("--accept", "dl1[run=2,subrun=3]", code=2).stderr)
        # what waits for it is no cause: without the cause it does not close
        self.night("--accept", "dl2[run=2]", "--reason", "x", code=1)
        done = self.night("--accept", "dl1[run=2,subrun=3]", "--reason", 'the "tape" was\nlost', "--json")
        self.assertIn("19 elements there, 1 accepted as missing, 2 missing because of it\n", done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["accepted"], [{"query": "dl1[run=2,subrun=3]", "reason": 'the "tape" was\nlost', "elements": ["calibrate[run=2,subrun=3]"]}])
        mark = json.loads(self.read(f".osa/night/closed/{KEY}.json"))
        self.assertEqual((mark["accepted"], mark["missing"]), (told["accepted"], ["merge[run=2]", "summarise"]))
        self.run_it()

    def test_the_last_execution_is_closed_as_it_was_asked_for_from_anywhere(self):
        (self.folder / "other place").mkdir()
        self.osac("run", "../night.osa", "--quiet", *DATE, "--note", "it's", "dl2", "--where", "run in 1..2", folder=self.folder / "other place")
        said = self.osac("close").stderr
        self.assertIn("14 elements there", said)
        self.assertIn("closed on", self.osac("run", "night.osa", *DATE, "--note", "it's", "dl2", "--where", "run in 1..2").stderr)
        # a part is closed: the whole is not
        self.assertEqual(self.made(self.osac("run", "night.osa", *DATE, "--note", "it's", "--quiet")), 8)
        self.osac("close", "-w", "night")
        self.assertIn("closed on", self.osac("run", "night.osa", *DATE, "--note", "it's", "dl2", "--where", "run == 1").stderr)

    def test_an_execution_closes_its_night_if_it_is_told_to(self):
        self.write("site.yaml", "notify:\n  - {on: [done, failed], command: [sh, -c, 'cat >> told.$OSAC_EVENT']}\n")
        self.write("broken.1.1", "")
        said = self.run_it("--close", code=1).stderr
        self.assertIn("night: not closed: not all of it is there\n", said)
        self.assertFalse(self.is_closed())
        (self.folder / "broken.1.1").unlink()
        self.assertIn("night: closed (", self.run_it("--close", "--by", "run").stderr)
        self.assertTrue(self.is_closed())
        folder = self.folder / ".osa/night/closed" / KEY
        self.assertEqual(sorted(path.name for path in folder.iterdir()),
                         ["provenance.pdf"] + [f"run={run}.{kind}" for run in (1, 2, 3) for kind in ("json", "pdf")])
        document = json.loads((folder / "run=2.json").read_text())
        self.assertIn("activity", document)
        self.assertEqual(self.read("told.done").count('"event"'), 1)
        self.assertEqual(self.read("told.failed").count('"event"'), 1)
        self.run_it("--close")
        self.assertEqual(self.read("told.done").count('"event"'), 1)

    def test_a_night_is_closed_only_once_its_mark_is_there(self):
        self.run_it()
        for point in ("before_closed", "before_mark"):
            self.night(code=137, env={"OSAC_FAILPOINT": point})
            self.assertFalse(self.is_closed())
            self.assertEqual(self.made(self.run_it()), 0)
        self.night()
        self.assertTrue(self.is_closed())
        self.night("--reopen", code=137, env={"OSAC_FAILPOINT": "before_reopen"})
        self.assertIn("closed on", self.run_it().stderr)
        self.night("--reopen")
        self.assertEqual(self.made(self.run_it()), 0)
        self.night()
        self.write(f".osa/night/closed/{KEY}.json", "{")
        self.assertIn("is damaged", self.run_it(code=6).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
