#!/usr/bin/env python3
"""Closing a night: refused with what is missing, accepted without it, published, opened again. Of the defects of LST-1's closer: an unfinished
night closes (2, 4), an empty one does (4), the mark is not written where its folder exists (14)."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import OSAC, Workspace

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
        # a part is closed: the whole is not; nor does a plan file of another part close it
        self.osac("compile", "night.osa", *DATE, "--note", "it's", "dl2", "--where", "run == 3", "-o", "three.plan")
        self.osac("run", "three.plan", "--quiet", "--close")
        self.assertIn("closed on", self.osac("run", "three.plan").stderr)
        self.assertEqual(self.made(self.osac("run", "night.osa", *DATE, "--note", "it's", "--quiet")), 1)
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

    def test_what_was_made_of_survivors_stands_without_the_others(self):
        self.write("night.osa", '''workflow night
param date : date
dimension i : int from 1..4
dataset a for i = "work/a.{i}"
dataset some = "work/some"
dataset whole = "work/whole"
task make for i { out a  run "test ! -e broken.{i} && echo {date} {i} > {a}" }
task summarise { in some_a = all a survivors min 1  out some  run "cat {some_a} > {some}" }
task complete { in all_a = all a  out whole  run "cat {all_a} > {whole}" }
goal some, whole
''')
        self.write("broken.3", "")
        self.run_it(code=1)
        said = self.night(code=1).stderr
        self.assertIn("make[i=3]: not made: exit code 1; log: .osa/night/logs/make/make@3.log; 1 element could not run because of it\n", said)
        self.assertIn("1 element is missing, 1 could not run because of it\n", said)
        self.assertIn("4 elements there, 1 accepted as missing, 1 missing because of it\n", self.night("--accept", "a[i=3]", "--reason", "x").stderr)

    def test_what_is_not_planned_yet_is_missing_too(self):
        self.write("night.osa", '''workflow night
param date : date
dataset list = "work/list.csv"
table found = csv list { peak : int }
dimension peak : int from found.peak
dataset fit for peak = "work/fit.{peak}"
task find { out list  run "test ! -e broken && echo {date} > seen && (echo peak; echo 1; echo 2) > {list}" }
task measure for peak { out fit  run "test ! -e broken.{peak} && echo {peak} > {fit}" }
goal fit
''')
        self.write("broken", "")
        said = self.night(code=1).stderr
        self.assertRegex(said, r"find: never run; .*could not be planned because of it\n")
        self.run_it(code=1)
        said = self.night(code=1).stderr
        self.assertRegex(said, r"find: not made: exit code 1; log: \S+; .*could not be planned because of it\n")
        self.assertIn("1 element is missing, and not all is planned\n", said)
        (self.folder / "broken").unlink()
        self.write("broken.2", "")
        self.run_it(code=1)
        self.assertIn("measure[peak=2]: not made: exit code 1", self.night(code=1).stderr)
        (self.folder / "broken.2").unlink()
        self.run_it("--close")
        self.assertIn("closed on", self.run_it().stderr)

    # ---- publishing

    def publishing(self, target="final"):
        """Runs of files that are moved, and beside them folders that are moved and files that are linked to."""
        self.write("night.osa", f'''workflow night
param date : date
param note : text = "none"
dimension run : int from 1..2
dataset source = external "raw/1.0"
dataset dl1 for run = "work/deep er/dl1 {{run}}.h5" publish "{target}/{{date}}/dl1 {{run}}%.h5"
dataset parts for run = protected "work/parts.{{run}}/" publish "{target}/parts/{{run}}/"
dataset check for run = "work/check.{{run}}" publish link "{target}/check/{{run}}"
dataset report = "work/report"
task make for run {{
    in source
    out dl1
    out parts
    run "cat {{source}} > {{dl1}}; echo {{note}} {{date}} {{run}} >> {{dl1}}; mkdir -p {{parts}}/in; cp {{dl1}} {{parts}}/in/copy"
}}
task look for run {{
    in dl1
    in parts
    out check
    run "cat {{dl1}} {{parts}}/in/copy > {{check}}"
}}
task tell {{
    in all_checks = all check
    out report
    run "cat {{all_checks}} > {{report}}"
}}
goal report
''')

    def contents(self, folder="work"):
        """What is read at the old paths, whatever leads there."""
        found = {}
        for top, _, names in os.walk(self.folder / folder, followlinks=True):
            for name in names:
                path = pathlib.Path(top) / name
                found[str(path.relative_to(self.folder / folder))] = path.read_bytes()
        return found

    def leftovers(self):
        return sorted(str(path) for path in self.folder.rglob(".osac-*"))

    def check_published(self, target="final"):
        dl1, parts, check = (self.folder / target / path for path in ("2024-01-10/dl1 2%.h5", "parts/2", "check/2"))
        self.assertTrue(dl1.is_file() and not dl1.is_symlink())
        self.assertTrue(parts.is_dir() and not parts.is_symlink())
        self.assertEqual(check.resolve(), (self.folder / "work/check.2").resolve())
        for link in (self.folder / "work/deep er/dl1 2.h5", self.folder / "work/parts.2", check):
            self.assertTrue(link.is_symlink())
            self.assertFalse(os.readlink(link).startswith("/"))
        self.assertEqual(self.leftovers(), [])

    def test_files_are_moved_to_their_published_paths_and_found_at_both(self):
        self.publishing()
        self.run_it()
        before = self.contents()
        inode = (self.folder / "work/deep er/dl1 1.h5").stat().st_ino
        self.assertIn("did you mean `run`", self.night("--by", "runs", code=2).stderr)
        self.assertFalse(self.exists("final"))
        self.assertIn("5 elements there; 6 files published\n", self.night().stderr)
        self.check_published()
        self.assertEqual(self.contents(), before)
        self.assertEqual((self.folder / "final/2024-01-10/dl1 1%.h5").stat().st_ino, inode)

        for path in ("final/2024-01-10/dl1 1%.h5", str(self.folder.resolve() / "final/2024-01-10/dl1 1%.h5"), "work/deep er/dl1 1.h5"):
            self.assertIn("made by make[run=1]", self.osac("prov", "made", path).stdout)
        self.assertIn("made by look[run=2]", self.osac("prov", "made", "final/check/2").stdout)
        self.assertIn("4 files as recorded, 0 not", self.osac("prov", "verify", "final/check/2").stdout)
        self.assertIn("0 not", self.osac("prov", "verify").stdout)

        self.osac("registry", "rebuild")
        self.osac("registry", "check")
        self.assertIn("made by make[run=1]", self.osac("prov", "made", "final/2024-01-10/dl1 1%.h5").stdout)

        with self.subTest("all is still up to date, and need not be read for that"):
            self.night("--reopen")
            for path in (self.folder / "final").rglob("dl1*"):
                path.chmod(0)  # as root it could be read all the same: the records say it, too
            self.assertEqual(self.made(self.run_it()), 0)
            recorded = [json.loads(line.split(" ", 2)[2]) for path in sorted((self.folder / ".osa/night/journal").glob("*.j1"))
                        for line in path.read_text().splitlines()]
            newest = max((one for one in recorded if one["kind"] == "end" and one["element"] == "make[run=1]"), key=lambda one: one["t"])
            for path in (self.folder / "final").rglob("dl1*"):
                path.chmod(0o644)
            self.assertEqual(newest["outputs"][0]["inode"], inode)

        with self.subTest("what is made again takes the place of the link, and is published again"):
            self.run_it()
            self.osac("run", "night.osa", *DATE, "--quiet", "--force", "make[run=2]")
            self.assertFalse((self.folder / "work/deep er/dl1 2.h5").is_symlink())
            self.assertFalse((self.folder / "work/parts.2").is_symlink())
            self.assertTrue((self.folder / "work/parts.1").is_symlink())
            self.assertTrue((self.folder / "final/2024-01-10/dl1 2%.h5").is_file())
            self.write("raw/1.0", "better\n")
            self.assertEqual(self.made(self.run_it()), 5)
            better = self.contents()
            self.assertNotEqual(better, before)
            self.night()
            self.check_published()
            self.assertEqual(self.contents(), better)
            self.assertIn(b"better", (self.folder / "final/parts/1/in/copy").read_bytes())
            self.night()

    def test_what_is_in_the_way_is_named_and_nothing_is_moved(self):
        self.publishing()
        self.run_it()
        self.write("final/2024-01-10/dl1 2%.h5", "precious")
        self.write("final/parts/1/precious", "too")
        os.makedirs(self.folder / "final/check")
        os.symlink("../../raw/1.0", self.folder / "final/check/1")
        before = self.contents()
        done = self.night("--json", code=1)
        self.assertEqual(done.stderr.splitlines()[:4], [
            "final/2024-01-10/dl1 2%.h5: something is there that was not published from dl1[run=2]",
            "final/parts/1: something is there that was not published from parts[run=1]",
            "final/check/1: something is there that was not published from check[run=1]",
            "osac: night is not closed (date=2024-01-10,note=none): nothing was published, since 3 paths are taken"])
        self.assertEqual(len(json.loads(done.stdout)["taken"]), 3)
        self.write("site.yaml", "notify:\n  - {on: [done, failed], command: [sh, -c, 'cat >> told.$OSAC_EVENT']}\n")
        self.run_it("--force", "tell", "--close", code=1)
        self.assertEqual((self.exists("told.done"), self.read("told.failed").count('"event"')), (False, 1))
        self.assertFalse(any(path.is_symlink() for path in (self.folder / "work").rglob("*")))
        self.assertEqual((self.contents(), self.read("final/2024-01-10/dl1 2%.h5")), (before, "precious"))
        for path in ("final/2024-01-10/dl1 2%.h5", "final/parts/1/precious", "final/check/1"):
            (self.folder / path).unlink()
        (self.folder / "final/parts/1").rmdir()
        self.night()
        self.check_published()

        with self.subTest("a published file that somebody has changed is not overwritten either"):
            self.night("--reopen")
            self.run_it("--force", "make")
            self.write("final/2024-01-10/dl1 2%.h5", "touched up")
            self.assertIn("it has been changed since it was published from dl1[run=2]", self.night(code=1).stderr)
            self.assertEqual(self.read("final/2024-01-10/dl1 2%.h5"), "touched up")

    def kill_and_end(self, point, number):
        """Closing is killed: what the old paths lead to stays. The next one ends it. False if it never came to that point."""
        before = self.contents()
        killed = subprocess.run([OSAC, "close", "night.osa", *DATE], cwd=self.folder, env={**os.environ, "OSAC_FAILPOINT": f"{point}:{number}"},
                                capture_output=True, check=False)
        if killed.returncode != 0:
            self.assertEqual(killed.returncode, 137, killed.stderr)
            now = self.contents()
            # of folders there is a moment in which the old path leads nowhere
            self.assertTrue(all(name.startswith("parts.") for name in set(before) - set(now)), (point, number))
            self.assertTrue(all(before[name] == now[name] for name in now if name in before), (point, number))
            self.night()
        self.check_published()
        self.assertEqual(self.contents(), before, (point, number))
        self.night("--reopen")
        self.run_it("--force", "make")
        return killed.returncode != 0

    def test_a_closing_that_is_killed_is_ended_by_the_next_one(self):
        self.publishing()
        self.run_it()
        for point, numbers in {"publish_intent": (1, 3, 5), "publish_named": (1, 2), "publish_renamed": (1, 3), "publish_link_made": (1, 3, 5),
                               "publish_aside": (1, 2), "publish_moved": (2, 4, 6), "before_refreshed": (1,)}.items():
            for number in numbers:
                shutil.rmtree(self.folder / "final", ignore_errors=True)
                self.assertTrue(self.kill_and_end(point, number), (point, number))  # for the first time
                self.kill_and_end(point, number)  # in the place of what was published before

    @unittest.skipUnless(os.access("/dev/shm", os.W_OK) and os.stat("/dev/shm").st_dev != os.stat(tempfile.gettempdir()).st_dev,
                         "there is no second file system")
    def test_to_another_file_system_files_are_copied_and_compared(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
            self.publishing(elsewhere)
            self.run_it()
            before = self.contents()
            self.night()
            self.assertEqual(self.contents(), before)
            self.assertEqual(self.leftovers(), [])
            self.assertEqual(sorted(os.listdir(elsewhere)), ["2024-01-10", "check", "parts"])
            self.assertFalse(os.path.islink(f"{elsewhere}/parts/1"))
            self.assertEqual(os.path.realpath(self.folder / "work/parts.1"), f"{elsewhere}/parts/1")
            self.assertIn("made by make[run=1]", self.osac("prov", "made", f"{elsewhere}/2024-01-10/dl1 1%.h5").stdout)
            self.night("--reopen")
            self.assertEqual(self.made(self.run_it()), 0)
            self.run_it("--force", "make")
            for point in ("publish_named", "publish_renamed", "publish_copied"):
                before = self.contents()
                self.night(code=137, env={"OSAC_FAILPOINT": point})
                self.night()
                self.assertEqual(self.contents(), before, point)
                self.assertEqual(self.leftovers() + [str(path) for path in pathlib.Path(elsewhere).rglob(".osac-*")], [])
                self.night("--reopen")
                self.run_it("--force", "make")


if __name__ == "__main__":
    unittest.main(verbosity=1)
