#!/usr/bin/env python3
"""The index on PostgreSQL and MariaDB, started here: the same answers as from the file, several at once, servers that are away or go away."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import journals
from servers import PASSWORD, Mariadb, Postgres
from workspace import OSAC, ROOT, SKIPPED, Workspace

NIGHT = """
workflow night
table runs = csv "runs.csv" { run : int }
dimension run : int from runs.run
dataset raw     for run = external "raw/{run}.txt"
dataset reduced for run = "made/reduced.{run}.txt"
dataset total           = "made/total.txt"
task reduce for run { in raw  out reduced  metric size : int  run "cat {raw} > {reduced}; cat {raw} >> $OSA_METRICS" }
task add { in parts = all reduced  out total  run "cat {parts} > {total}" }
"""
QUESTIONS = [("made", "made/total.txt"), ("made", "reduce[run=1]"), ("used", "raw/2.txt"), ("list",), ("verify", "made/total.txt")]
ODD = b"bad\xff\xef\x9f\xbf \\ \t'\"\n\xef\x9c\x80.txt"  # no UTF-8, and the first private code point of the escape rule


class OnServer:
    @classmethod
    def setUpClass(cls):
        cls.server = cls.kind()

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def setUp(self):
        super().setUp()
        self.make(self.folder / "a")

    def make(self, folder, run=True):
        for name, text in (("night.osa", NIGHT), ("runs.csv", "run\n1\n2\n3\n"), ("site.yaml", f"registry: {self.server.url}\n"),
                           *((f"raw/{run}.txt", f"{{\"size\": {run}}}\n") for run in (1, 2, 3))):
            self.write(folder / name, text)
        if run:
            self.call("run", "night.osa", folder=folder)

    def call(self, *words, folder=None, **more):
        return self.osac(*words, folder=folder or self.folder / "a", env=self.server.environment | more.pop("env", {}), **more)

    def ask(self, *words, **more):
        return json.loads(self.call("prov", *words, "--json", **more).stdout)

    def attempts(self, folder=None):
        """How many the server has of a folder."""
        where = f" WHERE origins.folder = '{(folder or self.folder / 'a').resolve()}/.osa/night'"
        rows = self.ask("sql", f"SELECT count(*) AS n FROM elements JOIN origins ON origins.id = elements.origin{where}", folder=folder)
        return int(rows[0]["n"])

    def add_journal(self, name, records, folder=None):
        self.write((folder or self.folder / "a") / f".osa/night/journal/run-{name}.j1", journals.journal(records))

    def test_answers_are_those_of_the_file(self):
        self.add_journal("more", [journals.end("odd[x=1]", [journals.file("x", "raw/1.txt", 1)], [journals.file("y", ODD, 7), journals.file("z", "two ", 8)], 1,
                                               command="a 'b' \\ {c}\n\u0000\u2603", metrics=[{"name": "m", "json": "1"}, {"name": "m", "json": "2"}])])

        def answers():
            return [self.ask(*question) for question in QUESTIONS] + [self.call("prov", "made", ODD.decode(errors="surrogateescape")).stdout]
        on_server = answers()
        self.assertIn("made by odd[x=1]", on_server[-1])
        self.assertFalse((self.folder / "a/.osa/night/registry.sqlite").exists())
        # the same journals, in the file
        (self.folder / "a/site.yaml").unlink()
        self.call("run", "night.osa")
        self.assertEqual(on_server, answers())
        self.assertTrue((self.folder / "a/.osa/night/registry.sqlite").exists())
        self.assertIn("did you mean", self.call("prov", "made", "total.txt", code=2).stderr)

    def test_folders_are_apart_and_queries_see_all(self):
        other = self.folder / "b"
        shutil.copytree(self.folder / "a", other)
        self.call("run", "night.osa", folder=other)  # its inputs are other files
        self.assertEqual([len(self.ask("list", folder=folder)) for folder in (self.folder / "a", other)], [1, 2])
        self.assertEqual([self.attempts(folder) for folder in (self.folder / "a", other)], [4, 8])
        self.assertEqual(len(self.ask("made", "made/total.txt", folder=other)["attempts"]), 4)
        # a folder that is only moved stays what it was
        self.folder.joinpath("b").rename(self.folder / "c")
        self.assertEqual(self.attempts(self.folder / "c"), 8)
        self.assertIn("can only be read", self.call("prov", "sql", "DELETE FROM elements", code=2).stderr)
        self.call("prov", "sql", "SELECT * FROM things", code=2)
        self.assertEqual(self.attempts(), 4)

    def test_metrics(self):
        self.assertEqual(self.call("metrics", "reduce", "--format", "csv").stdout.splitlines()[0], "element,run,size")
        self.assertIn("reduce[run=2],2,2\n", self.call("metrics", "reduce", "--format", "csv").stdout)

    def test_four_at_once(self):
        self.make(self.folder / "b", run=False)
        self.call("run", "night.osa", folder=self.folder / "b")
        for folder in ("a", "b"):
            for number in range(5):
                self.add_journal(number, [journals.end(f"x[n={i}]", [journals.file("x", f"in{i}", i + 1)], [journals.file("y", f"out{number}.{i}", i + 1)], i)
                                          for i in range(300)], self.folder / folder)
        together = [subprocess.Popen([OSAC, "prov", "list"], cwd=self.folder / folder, env={**os.environ, **self.server.environment},
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for folder in ("a", "a", "b", "a")]
        for one in together:
            error = one.communicate(timeout=120)[1]
            self.assertEqual(one.returncode, 0, error)
        for folder in ("a", "b"):
            self.assertEqual(self.attempts(self.folder / folder), 1504)

    def test_the_server_is_away(self):
        self.server.end()
        try:
            done = self.call("run", "night.osa", "--force", "add")
            self.assertIn("the index of what ran is not up to date; the next execution brings it up", done.stderr)
            error = self.call("prov", "made", "made/total.txt", code=75).stderr
            self.assertIn(f"cannot open the registry `{self.server.url}`: ", error)
            self.assertIn("help: nothing is lost: the journals have it, and the next execution or question brings it in", error)
        finally:
            self.server.start()
        self.assertEqual(self.attempts(), 5)

    def test_the_server_is_killed_in_the_middle(self):
        self.add_journal("more", [journals.end(f"x[n={i}]", [journals.file("x", f"in{i}", i + 1)], [journals.file("y", f"out{i}", i + 1)], i) for i in range(500)])
        holder = self.server.hold("uses")
        one = subprocess.Popen([OSAC, "prov", "list"], cwd=self.folder / "a", env={**os.environ, **self.server.environment}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        while one.poll() is None and not self.server.waiting():
            pass
        self.server.kill()
        error = one.communicate(timeout=120)[1]
        holder.kill()
        holder.communicate()
        self.server.start()
        self.assertEqual(one.returncode, 75, error)
        self.assertIn(f"the registry `{self.server.url}`: ", error)
        self.assertIn("nothing is lost", error)
        self.assertEqual(self.attempts(), 504)

    def test_what_the_server_refuses(self):
        (self.server.home / self.secret_file).rename(self.folder / "secret")
        try:
            error = self.call("prov", "list", code=4).stderr
        finally:
            (self.folder / "secret").rename(self.server.home / self.secret_file)
        self.assertIn(f"cannot open the registry `{self.server.url}`: ", error)
        self.assertIn("put the password into ~/", error)
        self.write("a/site.yaml", f"registry: {self.server.url.replace('osac@', f'osac:{PASSWORD}@')}\n")
        done = self.call("run", "night.osa", code=3)
        self.assertIn("URL without a password", done.stderr)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        self.write("a/site.yaml", f"registri: {self.server.url}?password={PASSWORD}&x=1\n")
        done = self.call("run", "night.osa", code=3)
        self.assertIn("did you mean `registry`?", done.stderr)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)

    def test_versions_of_the_tables(self):
        self.server.sql("UPDATE schema_version SET version = 99", "osac")
        error = self.call("prov", "list", code=6).stderr
        version = re.search(r"the registry `(.*)` is of a newer osac: its version is 99, this osac knows up to (\d+)", error)
        self.assertEqual(version[1], self.server.url)
        self.assertIn("not up to date", self.call("run", "night.osa", "--force", "add").stderr)
        self.server.sql(f"UPDATE schema_version SET version = {version[2]}", "osac")
        self.assertEqual(self.attempts(), 5)

    def test_older_tables_are_brought_up(self):
        columns = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema IN ('public', 'osac') ORDER BY 1, 2"
        newest = self.server.sql(columns)
        schema = (ROOT / "runtime/registry/schema.sql").read_text()
        later = schema[schema.index("-- version 3"):] if "-- version 3" in schema else ""
        for table, column in re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", later):
            self.server.sql(f"ALTER TABLE {table} DROP COLUMN {column}", "osac")
        for table in re.findall(r"CREATE TABLE (\w+)", later):
            self.server.sql(f"DROP TABLE {table}", "osac")
        self.server.sql("UPDATE schema_version SET version = 2", "osac")
        self.assertEqual(self.attempts(), 4)
        self.assertEqual(self.server.sql(columns), newest)

    def test_made_anew(self):
        self.server.sql("DELETE FROM uses", "osac")
        self.assertEqual(len(self.ask("made", "made/total.txt")["attempts"]), 1)
        self.assertEqual(self.call("registry", "rebuild").stdout,
                         f"{self.server.url} made from 1 journal: 1 execution, 4 attempts, 4 files made, 6 files read, 3 metrics\n")
        self.assertEqual(len(self.ask("made", "made/total.txt")["attempts"]), 4)


@unittest.skipUnless(Postgres.programs(), "PostgreSQL is not installed")
class OnPostgres(OnServer, Workspace):
    kind = Postgres
    secret_file = ".pgpass"


@unittest.skipUnless(shutil.which("mariadbd") and shutil.which("mariadb-install-db") and shutil.which("mariadb"), "MariaDB is not installed")
class OnMariadb(OnServer, Workspace):
    kind = Mariadb
    secret_file = ".my.cnf"


if __name__ == "__main__":
    if not Postgres.programs() and not shutil.which("mariadbd"):
        print("SKIPPED: neither PostgreSQL nor MariaDB is installed")
        sys.exit(SKIPPED)
    unittest.main()
