#!/usr/bin/env python3
"""The index in its file, and journals: damaged ones, several writers at once, names that are no UTF-8."""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import journals
from workspace import OSAC, Workspace

NIGHT = """
workflow night
table runs = csv "runs.csv" { run : int }
dimension run : int from runs.run
dataset raw     for run = external "raw/{run}.txt"
dataset reduced for run = "made/reduced.{run}.txt"
dataset total           = "made/total.txt"
task reduce for run { in raw  out reduced  run "cat {raw} > {reduced}" }
task add { in parts = all reduced  out total  run "cat {parts} > {total}" }
"""


class Registry(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        self.write("runs.csv", "run\n1\n2\n3\n")
        for run in (1, 2, 3):
            self.write(f"raw/{run}.txt", f"raw {run}\n")
        self.osac("run", "night.osa", "-j1")
        self.index = self.folder / ".osa/night/registry.sqlite"
        self.journal = next((self.folder / ".osa/night/journal").glob("run-*.j1"))

    def elements(self, *words, **more):
        done = self.osac("prov", "made", "made/total.txt", "--json", **more)
        return sorted(attempt["element"] for attempt in json.loads(done.stdout)["attempts"]), done.stderr

    ALL = ["add", "reduce[run=1]", "reduce[run=2]", "reduce[run=3]"]

    # ---- the index

    def test_a_damaged_index_is_made_anew(self):
        whole = self.index.read_bytes()
        root = sqlite3.connect(self.index).execute("SELECT rootpage FROM sqlite_master WHERE name = 'uses'").fetchone()[0]
        page = int.from_bytes(whole[16:18], "big")
        for what, damaged in {"header": b"nonsense" + whole[8:], "cut short": whole[:page * 2 + 100], "a page": whole[:page * (root - 1)] + b"\x77" * page + whole[page * root:],
                              "another file": b"x" * 5000}.items():
            with self.subTest(what):
                self.index.write_bytes(damaged)
                elements, notes = self.elements()
                self.assertEqual(elements, self.ALL)
                self.assertRegex(notes, r"^note: the index (was|is) damaged, and (has been|is) made anew from the journals: ")
                self.assertEqual(self.elements(), (self.ALL, ""))
        self.index.unlink()
        self.assertEqual(self.elements(), (self.ALL, ""))
        self.index.write_bytes(b"x" * 5000)
        self.assertIn("the index was damaged, and has been made anew from the journals", self.osac("run", "night.osa", "--force", "add").stderr)

    def test_an_index_of_a_newer_osac_stays(self):
        database = sqlite3.connect(self.index)
        ours = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute("PRAGMA user_version = 99")
        database.close()
        whole = self.index.read_bytes()
        error = self.osac("prov", "list", code=6).stderr
        self.assertIn(f"the registry `.osa/night/registry.sqlite` is of a newer osac: its version is 99, this osac knows up to {ours}\n", error)
        self.assertIn("is of a newer osac", self.osac("run", "night.osa", "--force", "add").stderr)
        self.assertEqual(self.index.read_bytes(), whole)
        self.osac("registry", "rebuild")
        self.assertEqual(self.elements()[0], self.ALL)

    def test_made_anew_and_checked(self):
        self.assertEqual(self.osac("registry", "rebuild").stdout,
                         ".osa/night/registry.sqlite made from 1 journal: 1 execution, 4 attempts, 4 files made, 6 files read, 0 metrics\n")
        self.assertRegex(self.osac("registry", "check").stdout, r"^1 journal with \d+ records\n$")
        whole = self.index.read_bytes()
        self.index.write_bytes(whole[:8192] + b"\x77" * 8192 + whole[16384:])
        self.assertIn("help: `osac registry rebuild` makes the index anew", self.osac("registry", "check", code=6).stderr)

    def test_four_at_once(self):
        for number in range(5):
            self.write(f".osa/night/journal/run-{number}.j1", journals.journal(
                [journals.end(f"x[n={i}]", [journals.file("x", f"in{i}", i + 1)], [journals.file("y", f"out{number}.{i}", i + 1)], i) for i in range(300)]))
        for removed in (False, True):
            if removed:
                self.index.unlink()
            together = [subprocess.Popen([OSAC, "prov", "list"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(4)]
            for one in together:
                error = one.communicate(timeout=120)[1]
                self.assertEqual(one.returncode, 0, error)
            self.assertEqual(sqlite3.connect(self.index).execute("SELECT count(*), count(DISTINCT element) FROM elements").fetchone(), (1504, 304))

    def test_names_that_are_no_utf8(self):
        odd = b"made/\xffodd \xe2\x98\x83.txt"
        self.write(".osa/night/journal/run-odd.j1", journals.journal([journals.end("odd", [journals.file("x", "raw/1.txt", 1)], [journals.file("y", odd, 7)])]))
        name = os.fsdecode(odd)
        self.assertIn("made/\\xffodd \u2603.txt  1 B", self.osac("prov", "made", name).stdout)
        self.assertEqual(json.loads(self.osac("prov", "made", name, "--json").stdout)["file"], {"hex": odd.hex()})
        self.assertEqual(json.loads(self.osac("prov", "sql", "SELECT path FROM artifacts WHERE port = 'y'", "--json").stdout), [{"path": {"hex": odd.hex()}}])
        self.assertIn("made/\\xffodd \u2603.txt", self.osac("prov", "sql", "SELECT path FROM artifacts").stdout)
        self.assertIn("made/\\xffodd \u2603.txt: it is gone", self.osac("prov", "verify", code=1).stdout)

    # ---- journals

    def damage(self, element, kind="end"):
        """Flips a bit in the middle of a record; gives its place and that of the next one."""
        lines = self.journal.read_bytes().splitlines(keepends=True)
        number = next(i for i, line in enumerate(lines) if f'"kind":"{kind}"'.encode() in line and f'"element":"{element}"'.encode() in line)
        begin = sum(map(len, lines[:number]))
        at = lines[number].index(b'"outcome"') + 3
        lines[number] = lines[number][:at] + bytes([lines[number][at] ^ 1]) + lines[number][at + 1:]
        self.journal.write_bytes(b"".join(lines))
        return begin, begin + len(lines[number])

    def test_a_damaged_journal_is_salvaged(self):
        records = len(self.journal.read_bytes().splitlines())
        begin, end = self.damage("reduce[run=2]")
        damaged = self.journal.read_bytes()
        for words in (["run", "night.osa"], ["prov", "list"], ["registry", "rebuild"]):
            error = self.osac(*words, code=6).stderr if words[0] != "prov" else self.ask_without_index()
            self.assertIn(f"is damaged at byte {begin}", error)
            self.assertIn("`osac registry rebuild --salvage` goes on with what is intact", error)
        name = f".osa/night/journal/{self.journal.name}"
        loss = f"{name}: bytes {begin} to {end}: 1 record is lost, perhaps the end of attempt 1 of reduce[run=2]\n"
        self.assertIn(loss, self.osac("registry", "check", code=6).stdout)
        self.assertEqual(self.journal.read_bytes(), damaged)
        text = self.osac("registry", "rebuild", "--salvage").stdout
        self.assertTrue(text.startswith(loss + f"{name}: {records - 1} records kept; the damaged file is `{name}.damaged`\n"), text)
        self.assertIn(" made from 1 journal: 1 execution, 3 attempts, ", text)
        self.assertEqual(self.journal.with_name(self.journal.name + ".damaged").read_bytes(), damaged)
        self.assertEqual(self.osac("registry", "check").stderr, "")
        # what is not on record is made again, and what comes of it
        self.assertEqual(self.made(self.osac("run", "night.osa")), 2)
        self.assertEqual(self.elements()[0], self.ALL)
        self.assertEqual(self.made(self.osac("run", "night.osa")), 0)

    def ask_without_index(self):
        self.index.unlink()
        return self.osac("prov", "list", code=6).stderr

    def test_a_damaged_header_and_a_torn_tail(self):
        whole = self.journal.read_bytes()
        begin = whole.index(b"\n") + 1
        last = whole[:-1].rindex(b"\n") + 1
        self.journal.write_bytes(b"\0" * begin + whole[begin:last + 20])
        text = self.osac("registry", "rebuild", "--salvage").stdout
        self.assertIn(f"bytes 0 to {begin}: 1 record is lost\n", text)
        self.assertIn(f"bytes {last} to {last + 20}: a torn record at the end\n", text)
        self.assertIn("1 execution, 4 attempts, ", text)
        self.assertEqual(self.made(self.osac("run", "night.osa")), 0)

    def test_a_torn_tail_alone_is_left_as_it_is(self):
        torn = self.journal.read_bytes()[:-5]
        self.journal.write_bytes(torn)
        check = self.osac("registry", "check").stdout
        self.assertRegex(check, r"bytes \d+ to \d+: a torn record at the end, perhaps the end of execution \S+\n1 journal with")
        self.osac("registry", "rebuild", "--salvage")
        self.assertEqual(self.journal.read_bytes(), torn)
        self.assertFalse(re.search("damaged", str(list(self.journal.parent.iterdir()))))

    def test_salvage_waits_for_nobody(self):
        self.damage("reduce[run=2]")
        self.write("hold.py", "import fcntl, struct, sys\nf = open('.osa/night/lock', 'r+')\nfcntl.fcntl(f, 37, struct.pack('hhqqi4x', 1, 0, 0, 0, 0))\nprint('held', flush=True)\nsys.stdin.read()\n")
        holder = subprocess.Popen([sys.executable, "hold.py"], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.assertEqual(holder.stdout.readline(), "held\n")
        self.assertIn("is using this folder", self.osac("registry", "rebuild", "--salvage", code=5).stderr)
        holder.communicate("")
        self.osac("registry", "rebuild", "--salvage")


if __name__ == "__main__":
    unittest.main()
