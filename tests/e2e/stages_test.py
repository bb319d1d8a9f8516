#!/usr/bin/env python3
"""Values known late: plans that grow in one `osac run`, records in commands, the retry ladder, certificates."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import OSAC, Workspace

# find writes a row for each word of raw/RUN; cut makes a file of each; total adds those of a run up.
PEAKS = """
workflow peaks
table runs = csv "runs.csv" {{ run : int }}
dimension run : int from runs.run
dataset raw for run = external "raw/{{run}}.txt"
dataset candidates for run = "found/{{run}}.csv"
table found for run = csv candidates {{ peak : int  word : text }}
dimension peak : int in run from found.peak
dataset part for peak = "part/{{run}}.{{peak}}.txt"
dataset total for run = "total/{{run}}.txt"
task find for run {{ in raw  out candidates run "{find}" }}
task cut for peak {{ in candidates  out part run "{cut}" }}
task add for run {{ in parts = all part  out total run "cat {{parts}} > {{total}}" }}
goal total
"""
FIND = "echo peak,word > {candidates}; n=0; for w in $(cat {raw}); do n=$((n + 1)); echo $n,$w >> {candidates}; done"
CUT = "echo {word} > {part}"


class Stages(Workspace):
    def setUp(self):
        super().setUp()
        self.set_up()

    def set_up(self, find=FIND, cut=CUT, raw=None, text=PEAKS):
        raw = {1807: "a b", 1808: "c"} if raw is None else raw
        self.write("peaks.osa", text.format(find=find, cut=cut))
        self.write("runs.csv", "run\n" + "".join(f"{run}\n" for run in raw))
        for run, words in raw.items():
            self.write(f"raw/{run}.txt", words + "\n")

    def run_it(self, *words, code=0):
        return self.osac("run", "peaks.osa", *words, code=code)

    def ends(self):
        """The last end record of each element."""
        ends = {}
        for journal in sorted((self.folder / ".osa/peaks/journal").iterdir()):
            for line in journal.read_text().splitlines():
                record = json.loads(line.split(" ", 2)[2])
                if record["kind"] == "end":
                    ends[record["element"]] = record
        return ends

    def test_one_run_makes_all_and_a_second_one_nothing(self):
        plan = self.osac("plan", "peaks.osa").stdout
        self.assertIn("not planned yet", plan)
        self.assertIn("`candidates`", plan)
        self.assertEqual(self.made(self.run_it()), 2 + 3 + 2)
        self.assertEqual(self.read("total/1807.txt"), "a\nb\n")
        done = self.run_it()
        self.assertEqual(self.made(done), 0)
        self.assertIn("7 up to date", done.stderr)
        self.assertNotIn("not planned yet", self.osac("plan", "peaks.osa").stdout)
        self.assertNotIn("not planned yet", self.osac("status").stdout)

    def test_a_key_goes_on_while_another_one_is_slow(self):
        self.set_up(find="if [ {run} = 1808 ]; then until [ -e total/1807.txt ]; do sleep 0.05; done; fi; " + FIND)
        self.assertEqual(self.made(self.run_it("-j", "2")), 7)

    def test_more_rows_bring_more_elements_and_fewer_take_them_away(self):
        self.run_it()
        self.write("raw/1807.txt", "a b z\n")
        self.assertEqual(self.made(self.run_it()), 1 + 3 + 1)  # cut reads the table, so all of 1807 is made again
        self.assertEqual(self.read("total/1807.txt"), "a\nb\nz\n")
        self.write("raw/1807.txt", "a\n")
        self.run_it()
        self.assertEqual(self.read("total/1807.txt"), "a\n")

    def test_an_empty_table_is_no_mistake(self):
        self.set_up(raw={1807: "", 1808: "c"})
        self.run_it()
        self.assertEqual(self.read("total/1808.txt"), "c\n")
        self.assertFalse(self.exists("part/1807.1.txt"))
        self.assertEqual(self.made(self.run_it()), 0)

    def test_a_wrong_table_names_its_task_and_all_else_goes_on(self):
        self.set_up(find=FIND + "; if [ {run} = 1807 ]; then echo nine,x >> {candidates}; fi")
        done = self.run_it(code=1)
        self.assertIn("find[run=1807]", done.stderr)
        self.assertIn("nine", done.stderr)
        self.assertEqual(self.read("total/1808.txt"), "c\n")
        self.assertFalse(self.exists("total/1807.txt"))
        self.assertIn("found/1807.csv", self.run_it(code=1).stderr)  # until it is put right
        self.set_up()
        self.run_it()
        self.assertEqual(self.read("total/1807.txt"), "a\nb\n")

    def test_a_maker_that_fails_is_the_root_cause(self):
        self.set_up(find="[ {run} != 1807 ]; " + FIND)
        done = self.run_it(code=1)
        self.assertIn("failed: find[run=1807]", done.stderr)
        self.assertIn("could not be planned because of it", done.stderr)
        self.assertEqual(self.read("total/1808.txt"), "c\n")
        summary = json.loads(self.osac("run", "peaks.osa", "--json", code=1).stdout)
        self.assertEqual(summary["unplanned"][0]["root_cause"], "find[run=1807]")
        self.assertIn("not planned yet", self.osac("status").stdout)

    def test_differences_say_what_they_cannot_know(self):
        self.run_it()
        self.write("same.osa", self.read("peaks.osa").replace("echo {word} >", "echo new {word} >"))
        answer = json.loads(self.osac("diff", "peaks.osa", "same.osa", "--json", code=1).stdout)
        self.assertEqual((answer["would_rerun"], answer["may_rerun"], answer["remade"]), (3, 2, []))
        self.write("other.osa", self.read("peaks.osa").replace("n=0;", "n=5;"))
        done = self.osac("diff", "peaks.osa", "other.osa", code=1)
        self.assertIn("elements may be added or removed: the plan is made from found/1807.csv and 1 more, which would be made again\n", done.stdout)
        before = {name for name in self.ends()}
        self.write("peaks.osa", self.read("other.osa"))
        self.run_it()
        self.assertEqual(set(self.ends()) - before, {"cut[run=1807,peak=6]", "cut[run=1807,peak=7]", "cut[run=1808,peak=6]"})

    def test_a_maker_without_outputs_is_named(self):
        empty = PEAKS.replace("out candidates run", "out candidates empty on exit 3 run")
        self.set_up(find="test -s {raw} || exit 3; " + FIND, text=empty, raw={1807: "a b", 1808: "c"})
        self.write("raw/1808.txt", "")
        done = self.run_it(code=1)
        self.assertIn("not planned: dimension `peak`, which waited for 1 file of `candidates`: find[run=1808] succeeded without it (`empty on exit`); "
                      "where there is nothing, write a table without rows\n", done.stderr)
        self.assertEqual(self.read("total/1807.txt"), "a\nb\n")
        again = self.run_it("--json", code=1)
        self.assertEqual(json.loads(again.stdout)["unplanned"][0]["root_cause"], "find[run=1808]")
        self.assertEqual(self.made(again), 0)

    def test_records_name_the_plan_that_they_were_started_from(self):
        self.run_it("-j", "1")
        ends = self.ends()
        self.assertEqual(len(ends), 7)
        self.assertNotEqual(ends["find[run=1807]"]["plan"], ends["cut[run=1808,peak=1]"]["plan"])

    def test_forced_and_selected_elements(self):
        self.run_it()
        self.assertEqual(self.made(self.run_it("--force", "cut")), 3)
        self.assertEqual(self.made(self.run_it("--force", "find[run=1808]")), 1)
        self.osac("run", "peaks.osa", "total", "--where", "run == 1808")
        self.assertEqual(self.made(self.run_it()), 0)

    def test_a_selection_grows_only_as_far_as_it_needs(self):
        self.osac("run", "peaks.osa", "--where", "run == 1808")
        self.assertEqual(self.read("total/1808.txt"), "c\n")
        self.assertFalse(self.exists("found/1807.csv"))
        self.assertEqual(self.made(self.run_it()), 1 + 2 + 1)

    def test_stop_at_first_failure_plans_no_more(self):
        self.set_up(find="[ {run} != 1807 ]; " + FIND)
        self.run_it("-j", "1", "--stop-at-first-failure", code=1)
        self.assertFalse(self.exists("part/1808.1.txt"))

    def test_killed_in_the_middle_it_goes_on(self):
        words = " ".join(f"w{i}" for i in range(30))
        self.set_up(cut="sleep 0.05; " + CUT, raw={1807: words, 1808: "c"})
        for _ in range(3):
            process = subprocess.Popen([OSAC, "run", "peaks.osa"], cwd=self.folder, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            deadline = time.time() + 30
            before = len(list((self.folder / "part").glob("*"))) if self.exists("part") else 0
            while process.poll() is None and time.time() < deadline:
                if self.exists("part") and len(list((self.folder / "part").glob("*"))) > before + 3:
                    break
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.run_it()
        self.assertEqual(len(self.read("total/1807.txt").split()), 30)
        self.assertEqual(self.made(self.run_it()), 0)

    def test_interrupted_it_ends_and_goes_on(self):
        self.set_up(cut="sleep 0.2; " + CUT, raw={1807: "a b c d e f", 1808: "c"})
        process = subprocess.Popen([OSAC, "run", "peaks.osa", "-j", "1"], cwd=self.folder, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        deadline = time.time() + 30
        while not self.exists("part/1807.1.txt") and not self.exists("part/1808.1.txt") and time.time() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        text = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, -signal.SIGINT, text)
        self.run_it()
        self.assertEqual(self.read("total/1807.txt"), "a\nb\nc\nd\ne\nf\n")

    def test_the_graph_shows_what_is_not_known(self):
        dot = self.osac("graph", "peaks.osa", "--format", "dot", "-o", "-").stdout
        self.assertIn("waits for 2 files of candidates", dot)
        self.run_it()
        self.assertNotIn("waits for", self.osac("graph", "peaks.osa", "--format", "dot", "-o", "-").stdout)

    def test_provenance_is_of_the_whole(self):
        self.run_it()
        text = self.osac("prov", "--format", "json", "-o", "-").stdout
        for element in ("find", "cut", "add"):
            self.assertIn(element, text)

    def test_temporary_files_stay_as_long_as_a_stage_may_read_them(self):
        self.set_up(text=PEAKS.replace("dataset candidates for run = ", "dataset candidates for run = temp "))
        self.assertEqual(self.made(self.run_it()), 7)
        self.assertEqual(self.read("total/1807.txt"), "a\nb\n")

    def test_temporary_files_of_one_key_stay_while_another_one_is_not_planned(self):
        late = "if [ {run} = 1807 ]; then until [ -e part/1808.1.txt ]; do sleep 0.05; done; sleep 0.5; fi; "
        self.set_up(find=late + FIND, text=PEAKS.replace("dataset candidates for run = ", "dataset candidates for run = temp "))
        self.assertEqual(self.made(self.run_it("-j", "2")), 7)
        self.assertEqual(self.read("total/1808.txt"), "c\n")
        self.assertEqual([file.name for file in (self.folder / "found").iterdir()], [])


TWO_LEVELS = """
workflow deep
dataset list = "list.csv"
table found = csv list { group : int }
dimension group : int from found.group
dataset members for group = "members/{group}.csv"
table member_rows for group = csv members { member : int }
dimension member : int in group from member_rows.member
dataset leaf for member = "leaf/{group}.{member}.txt"
dataset all_leaves = "all.txt"
task look { out list run "printf 'group\\n1\\n2\\n' > {list}" }
task split for group { in list  out members run "(echo member; seq {group}) > {members}" }
task grow for member { in members  out leaf run "echo {group}.{member} > {leaf}" }
task gather { in leaves = all leaf  out all_leaves run "cat {leaves} > {all_leaves}" }
goal all_leaves
"""


class Deep(Workspace):
    def test_stages_behind_stages(self):
        self.write("deep.osa", TWO_LEVELS)
        self.assertEqual(self.made(self.osac("run", "deep.osa")), 1 + 2 + 3 + 1)
        self.assertEqual(self.read("all.txt"), "1.1\n2.1\n2.2\n")
        self.assertEqual(self.made(self.osac("run", "deep.osa")), 0)
        (self.folder / "list.csv").unlink()
        self.assertEqual(self.made(self.osac("run", "deep.osa")), 1)  # the same list again: all else stays


RECORDS = """
workflow cuts
dimension run : int from [1, 2]
dataset raw for run = external "raw/{run}.txt"
dataset cleaning for run = "clean/{run}.json" as json { picture : int = "cuts.picture" }
dataset late  for run = "late/{run}.txt"
dataset named for run = "named/{run}_{cleaning.picture:03}.txt"
task clean for run { in raw  out cleaning run "cp {raw} {cleaning}" }
task cut for run { in cleaning  out late run "echo {cleaning.picture} > {late}" }
task show for run { in raw  out named run "cp {raw} {named}" }
goal late, named
"""


class Records(Workspace):
    def setUp(self):
        super().setUp()
        self.write("cuts.osa", RECORDS)
        for run in (1, 2):
            self.write(f"raw/{run}.txt", json.dumps({"cuts": {"picture": 10 * run}}))

    def test_fields_are_read_when_known(self):
        self.osac("run", "cuts.osa")
        self.assertEqual(self.read("late/2.txt"), "20\n")
        self.assertTrue(self.exists("named/1_010.txt"))
        self.assertEqual(self.made(self.osac("run", "cuts.osa")), 0)
        self.assertIn("echo 20 >", self.osac("log", "cut[run=2]").stdout)

    def test_a_wrong_record_fails_who_needs_it(self):
        self.write("raw/1.txt", '{"cuts": {"picture": "much"}}')
        done = self.osac("run", "cuts.osa", code=1)
        self.assertIn("`cuts.picture` is \"much\"", done.stderr)
        self.assertEqual(self.read("late/2.txt"), "20\n")
        self.assertTrue(self.exists("named/2_020.txt"))
        self.assertFalse(self.exists("late/1.txt"))


SURVIVORS = """
workflow levels
dimension run : int from [1, 2]
dimension part : int in run from 0 ..< 3
dataset raw   for part = external "raw/{run}.{part}"
dataset found for part = "found/{run}.{part}"
dataset level for run  = "level/{run}.json" as json { n : int }
dataset final for part = "final/{level.n}/{run}.{part}"
task find for part { in raw  out found  run "grep -v bad {raw} > {found}" }
task judge for run {
    in parts = all found survivors min 1
    out level
    run "test {run} = 1 || sleep 1; echo {run} >> calls; echo '{{\\"n\\": {len(parts)}}}' > {level}"
}
task finish for part { in found  out final  run "cp {found} {final}" }
goal final
"""


class Survivors(Workspace):
    def test_what_was_made_of_survivors_is_not_made_again(self):
        self.write("levels.osa", SURVIVORS)
        for run in (1, 2):
            for part in range(3):
                self.write(f"raw/{run}.{part}", "bad\n" if (run, part) == (1, 0) else "good\n")
        self.assertEqual(self.made(self.osac("run", "levels.osa", code=1)), 5 + 2 + 5)
        self.assertEqual(sorted(self.read("calls").split()), ["1", "2"])  # although the plan grew twice, and 1.0 is missing in each
        done = self.osac("run", "levels.osa", code=1)
        self.assertEqual((self.made(done), self.read("calls").split()), (0, ["1", "2"]))
        self.write("raw/1.0", "good\n")
        self.assertEqual(self.made(self.osac("run", "levels.osa")), 1 + 1 + 3)  # the level is another one, and so are the folders
        self.assertEqual(self.read("final/3/1.0"), "good\n")


CERTIFIED = """
workflow biases
param since : time tai = "2026-01-01T00:00:00"
dimension detector : int from 1..2
dataset raw for detector = external "raw/{detector}.txt"
dataset bias for detector = "calib/{since:%Y%m%d}/{detector}.txt" valid since until next
dataset report for detector = "report/{since:%Y%m%d}/{detector}.txt"
task make for detector { in raw  out bias run "cp {raw} {bias}" }
task check for detector { in bias = new bias  out report run "grep good {bias} > {report}" }
certify bias when check
goal report
"""


class Certificates(Workspace):
    def setUp(self):
        super().setUp()
        self.write("biases.osa", CERTIFIED)
        self.write("raw/1.txt", "good\n")
        self.write("raw/2.txt", "bad\n")

    def test_they_are_given_kept_and_listed(self):
        self.osac("run", "biases.osa", code=1)
        listed = json.loads(self.osac("certificates", "bias", "--json").stdout)["certificates"]["bias"]
        self.assertEqual([row["keys"] for row in listed], [{"detector": "1"}])
        before = self.read(".osa/biases/certificates/bias.ecsv")
        self.write("raw/2.txt", "good\n")
        self.osac("run", "biases.osa", "--since", "2026-02-01T00:00:00")
        after = self.read(".osa/biases/certificates/bias.ecsv")
        self.assertIn(before.splitlines()[-1], after)
        self.assertEqual(len(after.splitlines()), len(before.splitlines()) + 2)
        self.assertIn("detector=2", self.osac("certificates").stdout)
        os.unlink(self.folder / ".osa/biases/certificates/bias.ecsv")
        self.osac("run", "biases.osa", "--since", "2026-02-01T00:00:00")
        self.assertIn("2026-02-01", self.osac("certificates").stdout)

    def test_later_plans_find_what_was_certified(self):
        self.write("raw/2.txt", "good\n")
        self.osac("run", "biases.osa")
        self.osac("run", "biases.osa", "--since", "2026-02-01T00:00:00")
        self.write("reduce.osa", CERTIFIED.replace("goal report", """
table log = csv "log.csv" { exposure : int unique  detector : int  begin : time tai }
dimension exposure : int from log.exposure implies detector order by begin
dataset image for exposure = "image/{exposure}.txt"
task reduce for exposure { in bias = valid bias at begin  out image run "echo {bias} > {image}" }
goal image
"""))
        self.write("log.csv", "exposure,detector,begin\n5,1,2026-01-15T00:00:00\n6,2,2026-02-15T00:00:00\n")
        self.osac("run", "reduce.osa")
        self.assertEqual((self.read("image/5.txt"), self.read("image/6.txt")), ("calib/20260101/1.txt\n", "calib/20260201/2.txt\n"))
        self.assertEqual(self.made(self.osac("run", "reduce.osa")), 0)

    def test_killed_while_writing_there_is_the_old_file_or_the_new_one(self):
        self.write("raw/2.txt", "good\n")
        self.osac("run", "biases.osa")
        old = self.read(".osa/biases/certificates/bias.ecsv")
        for point in ("certificates_half", "certificates_written", "certificates_renamed"):
            self.write("raw/1.txt", f"good {point}\n")
            subprocess.run([OSAC, "run", "biases.osa"], cwd=self.folder, capture_output=True, env={**os.environ, "OSAC_FAILPOINT": point}, check=False)
            text = self.read(".osa/biases/certificates/bias.ecsv")
            self.assertEqual(text == old, point != "certificates_renamed")
            self.osac("run", "biases.osa")
            old = self.read(".osa/biases/certificates/bias.ecsv")
            self.assertNotEqual(text == old, point != "certificates_renamed")


LADDER = """
workflow ladder
dataset made = "out.txt"
tool fit {
    param level : int = 1
    out result
    run "[ {level} -ge 3 ] && echo {level} > {result}"
}
task make {
    out result = made
    retry 1 on exit then 1 with level = 2 then 1 with level = 3
    use fit(...)
}
"""


class Ladder(Workspace):
    def test_each_rung_is_tried_and_the_record_says_which_one_made_it(self):
        self.write("ladder.osa", LADDER)
        self.osac("run", "ladder.osa")
        self.assertEqual(self.read("out.txt"), "3\n")
        self.assertEqual(self.made(self.osac("run", "ladder.osa")), 0)
        ends = [json.loads(line.split(" ", 2)[2]) for journal in (self.folder / ".osa/ladder/journal").iterdir() for line in journal.read_text().splitlines()]
        ends = [(end["attempt"], end["outcome"], end.get("rung", 0)) for end in ends if end["kind"] == "end"]
        self.assertEqual(ends, [(1, "failed", 0), (2, "failed", 0), (3, "failed", 1), (4, "succeeded", 2)])

    def test_another_rung_is_another_identity(self):
        self.write("ladder.osa", LADDER)
        self.osac("run", "ladder.osa")
        self.write("ladder.osa", LADDER.replace("level = 2", "level = 4"))
        self.assertEqual(self.made(self.osac("run", "ladder.osa")), 1)
        self.assertEqual(self.read("out.txt"), "4\n")


FOLLOW = """
workflow follow
table log = csv "log.csv" { night : int unique  begin : time utc }
dimension night : int from log.night order by begin
dataset raw for night = external "raw/{night}.txt"
dataset start = external "start.txt"
dataset sum for night = "sum/{night}.txt"
task add for night {
    in raw
    in before = sum of prev night else start
    out sum
    run "cat {before} {raw} > {sum}"
}
"""


class Follow(Workspace):
    """A task that reads what it has made for the night before, whatever the numbers of the nights."""

    def setUp(self):
        super().setUp()
        self.write("follow.osa", FOLLOW)
        self.write("log.csv", "night,begin\n1,2026-01-03T00:00:00\n2,2026-01-01T00:00:00\n3,2026-01-02T00:00:00\n")
        self.write("start.txt", "0\n")
        for night in (1, 2, 3):
            self.write(f"raw/{night}.txt", f"{night}\n")

    def test_elements_run_in_the_order_that_they_need(self):
        self.osac("run", "follow.osa", "-j", "4")
        self.assertEqual(self.read("sum/1.txt"), "0\n2\n3\n1\n")
        self.assertEqual(self.made(self.osac("run", "follow.osa")), 0)
        self.write("raw/3.txt", "7\n")
        self.assertIn("add[night=3]", self.osac("plan", "follow.osa").stdout)
        self.assertEqual(self.made(self.osac("run", "follow.osa")), 2)
        self.assertEqual(self.read("sum/1.txt"), "0\n2\n7\n1\n")
        dot = self.osac("graph", "follow.osa", "add[night=1]", "--format", "dot", "-o", "-").stdout
        self.assertIn("add[night=2]", dot)
        self.assertIn("start.txt", dot)

    def test_a_failure_blocks_what_comes_after_it(self):
        (self.folder / "raw/3.txt").unlink()
        self.write("raw/3.txt/x", "a folder\n")
        done = self.osac("run", "follow.osa", code=1)
        self.assertIn("1 made, 0 up to date, 1 FAILED, 1 blocked", done.stderr)


if __name__ == "__main__":
    unittest.main()
