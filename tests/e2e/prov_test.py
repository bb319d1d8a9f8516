#!/usr/bin/env python3
"""Questions to the provenance of what was executed: made, used, verify, list, show, sql."""
import hashlib
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

NIGHT = """
workflow night
table runs = csv "runs.csv" { run : int }
dimension run : int from runs.run
dataset raw     for run = external "raw/{run}.txt"
dataset flat            = "made/flat.txt"
dataset reduced for run = "made/reduced.{run}.txt"
dataset total           = "made/total.txt"
task make_flat { out flat  run "echo flat > {flat}" }
task reduce for run { in raw, flat  out reduced  run "cat {raw} {flat} > {reduced}" }
task add { in parts = all reduced  out total  run "cat {parts} > {total}" }
"""


class Prov(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        self.write("runs.csv", "run\n1\n2\n3\n")
        for run in (1, 2, 3):
            self.write(f"raw/{run}.txt", f"raw {run}\n")
        self.osac("run", "night.osa")

    def ask(self, *words, code=0):
        return self.osac("prov", *words, code=code).stdout

    def asked(self, *words, code=0):
        return json.loads(self.ask(*words, "--json", code=code))

    def elements(self, *words):
        return sorted(attempt["element"] for attempt in self.asked(*words)["attempts"])

    def test_what_made_a_file(self):
        self.assertEqual(self.elements("made", "made/reduced.2.txt"), ["make_flat", "reduce[run=2]"])
        self.assertEqual(self.asked("made", "made/total.txt")["ends"], ["raw/1.txt", "raw/2.txt", "raw/3.txt"])
        self.assertEqual(self.elements("made", "reduce[run=1]"), ["make_flat", "reduce[run=1]"])
        text = self.ask("made", "made/total.txt")
        self.assertIn("made by add, attempt 1 of execution ", text)
        self.assertIn("    cat made/reduced.1.txt made/reduced.2.txt made/reduced.3.txt > made/total.txt\n", text)
        self.assertIn("  reduce     x 3", text)
        self.assertIn("nobody here made it", self.ask("made", "raw/1.txt"))

    def test_what_came_of_a_file(self):
        self.assertEqual(self.elements("used", "raw/2.txt"), ["add", "reduce[run=2]"])
        self.assertEqual(self.asked("used", "raw/2.txt")["ends"], ["made/total.txt"])
        self.assertEqual(self.elements("used", "made/flat.txt"), ["add", "reduce[run=1]", "reduce[run=2]", "reduce[run=3]"])
        self.assertIn("nobody has read it", self.ask("used", "made/total.txt"))

    def test_a_file_is_found_by_its_content(self):
        digits = hashlib.sha256((self.folder / "made/reduced.3.txt").read_bytes()).hexdigest()
        for count in (8, 64):
            self.assertEqual(self.elements("made", digits[:count]), ["make_flat", "reduce[run=3]"])

    def test_lineage_is_that_of_the_time(self):
        # a product belongs to the inputs it was made from, also after these were made again
        before = self.asked("made", "made/reduced.1.txt")
        self.write("night.osa", NIGHT.replace("echo flat", "echo other"))
        self.osac("run", "night.osa", "flat")
        self.assertEqual(self.asked("made", "made/reduced.1.txt"), before)
        self.assertEqual(self.elements("used", "made/flat.txt"), [])
        self.osac("run", "night.osa")
        self.assertEqual(self.elements("used", "made/flat.txt"), ["add", "reduce[run=1]", "reduce[run=2]", "reduce[run=3]"])

    def test_files_are_verified(self):
        self.assertEqual(self.ask("verify"), "5 files as recorded, 0 not\n")
        self.write("made/reduced.2.txt", "raw 2\nflab\n")
        (self.folder / "made/flat.txt").unlink()
        self.write("made/total.txt", "longer than it was, by far, and by far\n" * 3)
        text = self.ask("verify", code=1)
        self.assertIn("made/reduced.2.txt: its content is another one\n", text)
        self.assertIn("made/flat.txt: it is gone\n", text)
        self.assertIn("made/total.txt: size 33 -> 117\n", text)
        self.assertIn("2 files as recorded, 3 not\n", text)
        self.assertEqual(self.asked("verify", "made/reduced.1.txt", code=1), {"as_recorded": 2, "different": [{"path": "made/flat.txt", "what": "it is gone"}]})
        os.utime(self.folder / "raw/1.txt", (1, 1))
        self.assertIn("raw/1.txt: its time is another one, and its content was not recorded\n", self.ask("verify", "made/reduced.1.txt", code=1))

    def test_executions_are_listed_and_shown(self):
        self.write("night.osa", NIGHT.replace("cat {raw} {flat} >", "test {run} != 2; cat {raw} {flat} {flat} >"))
        self.osac("run", "night.osa", code=1)
        first, second = self.asked("list")
        self.assertEqual((first["succeeded"], first["failed"], first["exit_code"]), (5, 0, 0))
        self.assertEqual((second["succeeded"], second["failed"], second["exit_code"]), (2, 1, 1))
        self.assertIn("osac run night.osa", self.ask("show", first["execution"]))
        self.assertRegex(self.ask("show"), r"reduce\[run=2\] +1  failed: exit code 1")
        self.assertIn(first["execution"], self.ask("list"))

    def test_what_two_executions_did_differently(self):
        self.write("night.osa", """
workflow night
param depth : int = 1
table runs = csv "runs.csv" { run : int }
dimension run : int from runs.run
dataset raw     for run = external "raw/{run}.txt"
dataset reduced for run = "made/reduced.{run}.txt"
tool reducer {
    in raw : file
    out reduced : file
    param depth : int
    metric lines : int
    version "cat version.txt"
    run "head -n {depth} {raw} > {reduced}; echo '{{\\"lines\\": {depth}}}' >> $OSA_METRICS"
}
task reduce for run { in raw  out reduced  use reducer(...) }
""")
        self.write("version.txt", "Reducer 1\n")
        self.osac("run", "night.osa")
        self.write("version.txt", "Reducer 2\n")
        self.write("raw/1.txt", "raw 1\nmore\n")
        self.osac("run", "night.osa", "--depth", "2", "--where", "run < 3")
        text = self.ask("diff", "last~1", "last")
        first, second = [execution["execution"] for execution in self.asked("list")][-2:]
        self.assertIn(f"- {first}, ", text)
        self.assertIn(f"+ {second}, ", text)
        self.assertIn("circumstances\n  arguments: osac run night.osa -> osac run night.osa --depth 2 --where 'run < 3'\n", text)
        self.assertIn("parameters\n  depth: 1 -> 2\n", text)
        self.assertIn("programs\n  reducer: Reducer 1 -> Reducer 2\n", text)
        self.assertIn(f"only in {first}: reduce x 1\n", text)
        self.assertIn("reduce x 1: command, version, inputs, products, metrics\n  reduce[run=1]\n    version: Reducer 1 -> Reducer 2\n", text)
        self.assertIn("    command: head -n [-1-] {+2+} raw/1.txt", text)
        self.assertIn("    metrics\n      lines: 1 -> 2\n", text)
        self.assertIn("reduce x 1: command, version, metrics\n  reduce[run=2]\n", text)  # one line has no second
        self.assertIn("2 elements of both differ, 0 do not\n", text)
        told = self.asked("diff", first[:-4], "last")
        self.assertEqual((told["before"], told["after"], told["only_before"], told["same"]), (first, second, {"reduce": 1}, 0))
        changes = {one["element"]: one for one in told["elements"]}["reduce[run=1]"]
        content = lambda path: hashlib.sha256((self.folder / path).read_bytes()).hexdigest()[:12]
        self.assertEqual(changes["products"], [{"name": "reduced made/reduced.1.txt", "before": changes["products"][0]["before"],
                                               "after": f"11 bytes, sha256 {content('made/reduced.1.txt')}"}])
        self.assertEqual(self.ask("diff", "last", "last").splitlines()[-1], "0 elements of both differ, 2 do not")

    def test_executions_are_found_by_what_is_typed(self):
        only = self.asked("list")[0]["execution"]
        self.assertIn(only, self.ask("show", only[:8]))
        self.osac("run", "night.osa", "--force", "add")
        wrong = lambda *words: self.osac("prov", *words, code=2).stderr
        self.assertRegex(wrong("show", only[:6]), "`[0-9]{6}` is the beginning of 2 executions: .* and .*\nhelp: give more of it")
        self.assertIn("there is no execution `last~2`: there are 2\nhelp: `osac prov list` shows them", wrong("show", "last~2"))
        self.assertIn(f"did you mean {only}?", wrong("diff", only[:-1] + "x", "last"))
        self.assertIn("which executions? Name two: osac prov diff last~1 last", wrong("diff", "last"))

    def test_sql(self):
        self.assertEqual(self.ask("sql", "select outcome, count(*) as n from elements group by outcome"), "outcome    n\nsucceeded  5\n")
        self.assertEqual(self.asked("sql", "select path from uses where path like 'raw%' order by path limit 1"), [{"path": "raw/1.txt"}])
        self.assertIn("can only be read", self.osac("prov", "sql", "delete from elements", code=2).stderr)
        self.assertIn("no such table: things", self.osac("prov", "sql", "select * from things", code=2).stderr)

    def test_mistakes(self):
        self.assertIn("did you mean made/total.txt?", self.osac("prov", "made", "total.txt", code=2).stderr)
        self.assertIn("there is no execution `nothing`", self.osac("prov", "show", "nothing", code=2).stderr)
        self.assertIn("which file?", self.osac("prov", "made", code=2).stderr)
        self.assertIn("`mode` is no question", self.osac("prov", "mode", "made/total.txt", code=2).stderr)
        (self.folder / ".osa/night/registry.sqlite").write_bytes(b"nonsense")
        self.assertEqual(self.elements("made", "made/reduced.2.txt"), ["make_flat", "reduce[run=2]"])


if __name__ == "__main__":
    unittest.main()
