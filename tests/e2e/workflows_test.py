#!/usr/bin/env python3
"""Every workflow and standard module is formatted and passes the checks that need no data."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import ROOT, Workspace


class Workflows(Workspace):
    def test_all_are_formatted(self):
        files = sorted([*ROOT.glob("workflows/*/*.osa"), *ROOT.glob("stdlib/std/*.osa")])
        self.assertGreater(len(files), 8)
        self.osac("fmt", "--check", *files)

    def test_all_have_no_mistakes_and_no_warnings(self):
        for file in sorted(ROOT.glob("workflows/*/*.osa")):
            with self.subTest(file=file.name):
                done = self.osac("compile", "--emit", "program", file)
                self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
