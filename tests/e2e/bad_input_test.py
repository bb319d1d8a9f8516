#!/usr/bin/env python3
"""Bad input: a clear diagnostic, no crash, no hang, nothing written."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

SMALL = 'workflow small\ndataset out = "out.txt"\ntask make { out out run "echo x > {out}" }\n'


class BadInput(Workspace):
    def refused(self, text, *expected, code=3, name="bad.osa"):
        self.write(name, text)
        done = self.osac("run", name, code=code, timeout=60)
        for words in expected:
            self.assertIn(words, done.stderr)
        self.assertFalse(self.exists(".osa"), "nothing is written")
        return done.stderr

    def test_deep_nesting(self):
        for deep in ["(" * 10_000 + "1" + ")" * 10_000, "[" * 10_000, "-" * 100_000 + "1", "not " * 10_000 + "true", "if true then " * 10_000]:
            self.refused(f"workflow deep\nlet x = {deep}\n", "error[")

    def test_a_long_chain_of_terms(self):
        self.refused("workflow long\nlet x = " + " + ".join(["1"] * 100_000) + " + yy\n", "error[")

    def test_a_hundred_megabytes(self):
        self.refused("# " + "x" * 100_000_000, "error[source-too-large]: `bad.osa` has 100000002 bytes")
        self.refused("workflow small\nimport bad\n", "error[source-too-large]: `bad.osa`", "large.osa:2:8", name="large.osa")

    def test_nul_and_malformed_text(self):
        self.refused(b"workflow a\nlet x = \0\n", "bad.osa:2:9")
        self.refused(b'workflow a\nlet x = "\xff\xfe"\n', "bad.osa:2:10")

    def test_not_a_file(self):
        (self.folder / "folder.osa").mkdir()
        self.assertIn("is a directory", self.osac("run", "folder.osa", code=3).stderr)
        self.assertIn("no such file", self.osac("run", "nothing.osa", code=3).stderr)
        self.assertIn("not a regular file", self.osac("run", "/dev/zero", code=3).stderr)

    def test_import_cycles(self):
        self.write("a.osa", "import b\n")
        self.write("b.osa", "import a\n")
        self.refused("workflow w\nimport a\n", "import-cycle", "`a` -> `b` -> `a`")

    def test_damaged_plans(self):
        self.write("small.osa", SMALL)
        self.osac("compile", "small.osa", "-o", "small.plan")
        whole = (self.folder / "small.plan").read_bytes()
        for keep in [0, 7, 64, len(whole) // 2, len(whole) - 1]:
            (self.folder / "cut.plan").write_bytes(whole[:keep])
            self.assertIn("cut.plan", self.osac("run", "cut.plan", code=6).stderr)
        self.assertFalse(self.exists(".osa"))
        self.osac("run", "small.plan")
        self.assertEqual(self.read("out.txt"), "x\n")

    def test_missing_external_files_are_grouped(self):
        message = self.refused("""
workflow missing
dimension n : int from 0 ..< 100
dataset source for n = external "in/{n}.txt"
dataset copy for n = "out/{n}.txt"
task duplicate for n { in source out copy run "cp {source} {copy}" }
""", "in/0.txt")
        self.assertEqual(message.count("error["), 1)

    def test_too_many_elements_are_counted_not_made(self):
        self.refused("""
workflow explode
dimension a : int from 0 ..< 1000000
dimension b : int in a from 0 ..< 1000000
dataset x for a, b = "x/{a}/{b}"
task make for a, b { out x run "touch {x}" }
""", "1,000,000,000,000")

    def test_a_second_osac_is_refused_with_the_first_ones_pid(self):
        import subprocess
        import time
        from workspace import OSAC
        self.write("slow.osa", 'workflow slow\ndataset out = "out.txt"\ntask make { out out run "sleep 3; echo x > {out}" }\n')
        first = subprocess.Popen([OSAC, "run", "slow.osa"], cwd=self.folder, stderr=subprocess.PIPE)
        time.sleep(1)
        done = self.osac("run", "slow.osa", code=5)
        self.assertIn(f"pid {first.pid}", done.stderr)
        self.osac("run", "slow.osa", "--wait")
        first.communicate()
        self.assertEqual(first.returncode, 0)


if __name__ == "__main__":
    unittest.main()
