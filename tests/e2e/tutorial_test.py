#!/usr/bin/env python3
"""The README's own path: new, check, plan, run, status, log, why, graph, prov, clean."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace


class Tutorial(Workspace):
    def setUp(self):
        super().setUp()
        self.osac("new", "words")
        self.home = self.folder
        self.folder = self.folder / "words"

    def tearDown(self):
        self.folder = self.home
        super().tearDown()

    def test_from_new_to_a_report(self):
        self.assertEqual(self.osac("check", "words.osa").stderr, "")
        plan = self.osac("plan", "words.osa").stdout
        self.assertIn("10 of 10 elements would run", plan)
        self.assertFalse(self.exists(".osa"), "plan writes nothing")
        done = self.osac("run", "words.osa")
        self.assertEqual(self.made(done), 10)
        self.assertIn("report.txt", done.stderr)
        report = self.read("report.txt")
        self.assertIn("==> counts/sea.txt <==\n16\n", report)
        self.assertIn("==> common/stars.txt <==\n", report)
        self.assertFalse(self.exists("work/sea.words"), "temporary files are deleted after their last consumer")

    def test_a_second_run_does_nothing_and_a_changed_text_only_what_it_must(self):
        self.osac("run", "words.osa")
        self.assertEqual(self.made(self.osac("run", "words.osa")), 0)
        self.write("texts/sea.txt", "Only these five words now.\n")
        self.assertIn("input changed", self.osac("plan", "words.osa").stdout)
        done = self.osac("run", "words.osa")
        self.assertEqual(self.made(done), 4, done.stderr)
        self.assertIn("==> counts/sea.txt <==\n5\n", self.read("report.txt"))

    def test_parameters_are_flags_and_help_lists_them(self):
        self.assertIn("--top int", self.osac("run", "words.osa", "--help").stdout)
        self.osac("run", "words.osa", "--top", "1")
        self.assertEqual(len(self.read("common/sea.txt").splitlines()), 1)
        wrong = self.osac("run", "words.osa", "--topp", "1", code=3)
        self.assertIn("did you mean `top`?", wrong.stderr)
        wrong = self.osac("run", "words.osa", "--top", "many", code=3)
        self.assertIn("many", wrong.stderr)

    def test_status_log_why_and_clean(self):
        self.osac("run", "words.osa")
        status = self.osac("status").stdout
        self.assertIn("sea", status)
        self.assertIn("count_words", status)
        self.assertIn("done", status)
        rows = json.loads(self.osac("status", "--json").stdout)["rows"]
        self.assertEqual([row["key"] for row in rows], ["sea", "stars", "wind", "all"])
        log = self.osac("log", "count_words[book=sea]").stdout
        self.assertIn("count_words[book=sea]: succeeded", log)
        self.assertIn("counts/sea.txt", log)
        self.assertIn("records", self.osac("why", "words.osa", "count_words").stdout)
        shown = self.osac("clean", "--outputs")
        self.assertIn("report.txt", shown.stdout)
        self.assertTrue(self.exists("report.txt"), "without --yes nothing is deleted")
        self.osac("clean", "--outputs", "--yes")
        self.assertFalse(self.exists("report.txt"))
        self.assertTrue(self.exists("texts/sea.txt"))
        self.assertGreater(self.made(self.osac("run", "words.osa")), 0)

    def test_pictures(self):
        self.osac("graph", "words.osa")
        self.assertTrue((self.folder / "words.pdf").read_bytes().startswith(b"%PDF"))
        self.osac("graph", "words.osa", "write_report", "-o", "lineage.svg")
        self.assertIn("count_words", self.read("lineage.svg"))
        self.osac("run", "words.osa")
        self.osac("prov", "-o", "provenance.svg")
        self.assertIn("report.txt", self.read("provenance.svg"))
        prov = json.loads(self.osac("prov", "report.txt", "--format", "json").stdout)
        self.assertEqual(len(prov["activity"]), 10)
        used = {use["prov:entity"] for use in prov["used"].values()}
        self.assertTrue(used <= set(prov["entity"]))

    def test_a_failure_is_told_with_its_log_and_what_it_blocks(self):
        text = self.read("words.osa").replace('run "uniq {sorted} | wc -l > {count}"', 'run "echo oh no >&2; exit 3"')
        self.write("words.osa", text)
        done = self.osac("run", "words.osa", code=1)
        self.assertIn("count_words[book=sea]", done.stderr)
        self.assertIn("3 FAILED, 1 blocked", done.stderr)
        self.assertFalse(self.exists("counts/sea.txt"))
        self.assertIn("oh no", self.osac("log", "--failed").stdout)
        self.assertIn("failed", self.osac("status").stdout)


if __name__ == "__main__":
    unittest.main()
