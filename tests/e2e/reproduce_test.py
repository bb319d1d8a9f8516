#!/usr/bin/env python3
"""osac prov reproduce: what has changed since, and a script that makes the same bytes again."""
import json
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

NIGHT = """
workflow night
param sigma : int = 3
table log = csv "log.csv" { exposure : int }
dimension exposure : int from log.exposure
dataset image for exposure = external "raw & more/it's {exposure}.txt"
dataset clean for exposure = "made/{exposure} $HOME.txt"
dataset names = "made/names.txt"
dataset stack = "made/stack.txt"
task reduce for exposure { in image  out clean  env plain  run \"\"\"printf '%s %s\\\\n' {sigma} $SITE > {clean}; cat {image} >> {clean}\"\"\" }
tool counter {
    in frames : [file]
    out names : file
    version "cat version.txt"
    run "cat {frames:list} > {names}"
}
task list { in frames = all clean  out names  use counter(...) }
task coadd {
    in frames = all clean
    in names
    out stack
    script python \"\"\"
        import os
        open({stack}, "w").write("".join(open(frame).read() for frame in {frames}) + open({names}).read() + "$" + os.environ["OSA_ELEMENT"])
    \"\"\"
}
"""
SITE = "envs:\n  plain:\n    variables:\n      SITE: the summit\n"


class Reproduce(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        self.write("site.yaml", SITE)
        self.write("version.txt", "counter 1.0\n")
        self.write("log.csv", "exposure\n1\n2\n")
        for exposure in (1, 2):
            self.write(f"raw & more/it's {exposure}.txt", f"counts {exposure}\n")
        self.osac("run", "night.osa")

    def changes(self, *words):
        done = self.osac("prov", "reproduce", "made/stack.txt", "--json", *words, code=1)
        document = json.loads(done.stdout)
        self.assertFalse(document["exact"])
        return {(change["kind"], change["name"]): change["text"] for change in document["changes"]}

    def test_nothing_has_changed(self):
        text = self.osac("prov", "reproduce", "made/stack.txt").stdout
        self.assertTrue(text.startswith("made/stack.txt: made by 4 commands, from 2 files that nobody here made\n"), text)
        self.assertTrue(text.endswith("nothing has changed since: it can be made again exactly\n"), text)
        document = json.loads(self.osac("prov", "reproduce", "made/stack.txt", "--json").stdout)
        self.assertTrue(document["exact"])
        self.assertEqual(len(document["inputs"]), 2)

    def test_the_script_makes_the_same_bytes(self):
        self.osac("prov", "reproduce", "made/stack.txt", "-o", "again")
        made = (self.folder / "made/stack.txt").read_bytes()
        (self.folder / "made/stack.txt").unlink()  # it is not needed for anything
        done = subprocess.run([self.folder / "again/reproduce.sh"], cwd="/", capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("made/stack.txt: the same bytes", done.stdout)
        self.assertEqual((self.folder / "again/work/made/stack.txt").read_bytes(), made)
        self.assertFalse(self.exists("made/stack.txt"))
        if shutil.which("shellcheck"):
            checked = subprocess.run(["shellcheck", self.folder / "again/reproduce.sh"], capture_output=True, text=True)
            self.assertEqual(checked.stdout, "")

    def test_the_script_notices_other_inputs(self):
        self.osac("prov", "reproduce", "made/stack.txt", "-o", "again")
        self.write("raw & more/it's 1.txt", "counts 9\n")
        done = subprocess.run([self.folder / "again/reproduce.sh"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not what was read", done.stderr)

    def test_what_has_changed_is_said(self):
        self.write("raw & more/it's 1.txt", "counts 1, and more\n")
        (self.folder / "raw & more/it's 2.txt").unlink()
        self.write("site.yaml", "{}\n")
        self.write("version.txt", "counter 1.1\n")
        self.write("night.osa", NIGHT.replace("sigma : int = 3", "sigma : int = 4"))
        changes = self.changes()
        self.assertEqual(changes[("input", "raw & more/it's 2.txt")], "is gone")
        self.assertIn("may be another file now: 19 bytes, were 9", changes[("input", "raw & more/it's 1.txt")])
        self.assertIn(("source", "night.osa"), changes)
        self.assertIn(("env", "plain"), changes)
        self.assertEqual(changes[("tool", "counter")], "was `counter 1.0` and is `counter 1.1` now")

    def test_another_command_is_shown_by_its_words(self):
        self.write("night.osa", NIGHT.replace("sigma : int = 3", "sigma : int = 4"))
        self.osac("run", "night.osa", "reduce")
        self.write("night.osa", NIGHT)
        self.osac("prov", "reproduce", "made/1 $HOME.txt", code=1)
        text = self.osac("prov", "reproduce", "made/stack.txt", code=1).stdout
        self.assertIn("reduce[exposure=1]", text)
        self.assertIn("[-3-] {+4+}", text)

    def test_bad_questions(self):
        self.assertIn("which file?", self.osac("prov", "reproduce", code=2).stderr)
        self.assertIn("was not made here", self.osac("prov", "reproduce", "raw & more/it's 1.txt", code=2).stderr)
        self.assertIn("no file, element or content", self.osac("prov", "reproduce", "made/nothing", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
