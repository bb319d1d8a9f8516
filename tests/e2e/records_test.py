#!/usr/bin/env python3
"""What is recorded beside commands and files: versions of programs, parameters and their uses, look-ups, sources, site files."""
import hashlib
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

NIGHT = """
workflow night
param night : text = "2026-11-20"
param depth : int = 3
param unused : text = "nobody names it"
table log = csv "log.csv" { seq : int  kind : text  begin : time utc }
dimension exposure : int from log.seq order by begin
dataset raw   for exposure = external "raw/{exposure}.txt"
dataset flat  for exposure = "made/{night}/flat.{exposure}.txt"
dataset clean for exposure = "made/{night}/clean.{exposure}.txt"
tool cleaner {
    in raw : file
    in flat : file
    out clean : file
    version "echo asked >> asked.txt; cat version.txt"
    run "cat {raw} {flat} > {clean}"
}
task make_flat for exposure where kind == "FLAT" { in raw  out flat  run "head -c {depth} {raw} > {flat}" }
task clean_one for exposure where kind == "SCIENCE" {
    in raw
    in flat = latest flat before begin
    out clean
    env lab
    use cleaner(...)
}
"""
LOG = """seq,kind,begin
1,FLAT,2026-11-20T18:00:00
2,FLAT,2026-11-20T19:00:00
3,SCIENCE,2026-11-20T20:00:00
4,SCIENCE,2026-11-20T18:30:00
"""


class Records(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        self.write("log.csv", LOG)
        self.write("site.yaml", "envs:\n  lab:\n    variables: { LAB: here }\n")
        self.write("version.txt", "\n  Cleaner 2.1 (2026)  \nmore\n")
        for number in range(1, 5):
            self.write(f"raw/{number}.txt", f"raw {number}\n")

    def carry_out(self, *words, code=0):
        return self.osac("run", "night.osa", "--site", "site.yaml", *words, code=code)

    def rows(self, query):
        return json.loads(self.osac("prov", "sql", query, "--json").stdout)

    def test_a_program_is_asked_once_for_its_version(self):
        self.carry_out()
        self.assertEqual(self.rows("select element, task, tool, tool_version from elements where tool <> '' order by element"), [
            {"element": f"clean_one[exposure={n}]", "task": "clean_one", "tool": "cleaner", "tool_version": "Cleaner 2.1 (2026)"} for n in (3, 4)])
        self.assertEqual(self.rows("select distinct tool_version from elements where task = 'make_flat'"), [{"tool_version": ""}])
        self.assertEqual(self.read("asked.txt"), "asked\n")
        self.assertIn("  with Cleaner 2.1 (2026)\n", self.osac("prov", "made", "made/2026-11-20/clean.3.txt").stdout)
        self.assertIn("Cleaner 2.1 (2026)", self.osac("prov", "show").stdout)

    def test_a_version_is_no_part_of_the_identity(self):
        self.carry_out()
        self.write("version.txt", "Cleaner 3\n")
        self.write("night.osa", NIGHT.replace("cat version.txt", "cat version.txt "))
        self.assertIn("up to date", self.carry_out().stderr)
        self.carry_out("--force", "clean_one[exposure=3]")
        self.assertEqual(self.rows("select tool_version as v from elements where element = 'clean_one[exposure=3]' order by id"),
                         [{"v": "Cleaner 2.1 (2026)"}, {"v": "Cleaner 3"}])

    def test_an_unknown_version_is_told_once_and_fails_nothing(self):
        self.write("night.osa", NIGHT.replace("cat version.txt", "echo 7; echo 'no such option' >&2; exit 3"))
        told = self.carry_out().stderr
        note = "the version of what task `clean_one` runs is not known: `echo asked >> asked.txt; echo 7; echo 'no such option' >&2; exit 3` exits with 3: no such option"
        self.assertEqual(told.count(note), 1, told)
        self.assertEqual(self.rows("select distinct tool_version as v from elements"), [{"v": ""}])

    def test_what_a_look_up_would_have_given_otherwise(self):
        self.carry_out()
        self.assertEqual(self.rows("select elements.element, port, chosen, runner_up from lookups join elements on id = lookups.element order by 1"), [
            {"element": "clean_one[exposure=3]", "port": "flat", "chosen": "flat[exposure=2]", "runner_up": "exposure=1"},
            {"element": "clean_one[exposure=4]", "port": "flat", "chosen": "flat[exposure=1]", "runner_up": ""}])
        self.assertIn("  flat was looked up: flat[exposure=2], else it had been exposure=1\n",
                      self.osac("prov", "made", "made/2026-11-20/clean.3.txt").stdout)

    def test_what_a_plan_was_made_of(self):
        self.carry_out("--depth", "4")
        plan = self.rows("select plan from executions")[0]["plan"]
        self.assertEqual({row["plan"] for row in self.rows("select plan from elements")}, {plan})
        self.assertEqual(self.rows("select name, value from parameters order by name"), [
            {"name": "depth", "value": "4"}, {"name": "night", "value": "2026-11-20"}, {"name": "unused", "value": "nobody names it"}])
        self.assertEqual(self.rows("select task, parameter from parameter_uses order by 1, 2"), [
            {"task": "clean_one", "parameter": "night"}, {"task": "make_flat", "parameter": "depth"}, {"task": "make_flat", "parameter": "night"}])
        digest = lambda name: hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
        self.assertEqual(self.rows("select name, content from sources order by name"),
                         [{"name": name, "content": digest(name)} for name in ("log.csv", "night.osa")])
        self.assertEqual(self.rows("select site, site_content from executions"), [{"site": "site.yaml", "site_content": digest("site.yaml")}])
        shown = self.osac("prov", "show").stdout
        self.assertIn(f"  site site.yaml, sha256 {digest('site.yaml')[:12]}\n  with depth=4, night=2026-11-20, unused=nobody names it\n", shown)

    def test_the_plan_says_what_is_recorded(self):
        text = self.osac("compile", "night.osa", "--emit", "plan").stdout
        self.assertIn("  version echo asked >> asked.txt; cat version.txt\n  parameters night\n", text)
        self.osac("compile", "night.osa", "-o", "kept.plan")
        self.osac("run", "kept.plan", "--site", "site.yaml")
        self.assertEqual(self.rows("select count(*) as n from lookups where runner_up <> ''"), [{"n": "1"}])


if __name__ == "__main__":
    unittest.main()
