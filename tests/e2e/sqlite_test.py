#!/usr/bin/env python3
"""Tables that are the answer of a query to a SQLite database, from the database file to products; and databases that are in use."""
import pathlib
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

WORKFLOW = '''workflow night

param quality : int = 2

enum Kind { BIAS, FLAT }

table exposures = sqlite "night.db" query "%s" {
    seq  : int unique
    kind : Kind
}
dimension seq : int from exposures.seq

dataset product for seq = "out/{seq}_{kind}"
task make for seq { out product  run "touch {product}" }
'''
QUERY = "select seq, kind from exposures where quality >= {quality}"


class Sqlite(Workspace):
    def setUp(self):
        super().setUp()
        self.database = sqlite3.connect(self.folder / "night.db")
        self.database.execute("create table exposures (seq integer, kind text, quality integer)")
        self.database.executemany("insert into exposures values (?, ?, ?)", [(3, "FLAT", 2), (1, "BIAS", 3), (2, "BIAS", 1)])
        self.database.commit()
        self.write("night.osa", WORKFLOW % QUERY)

    def tearDown(self):
        self.database.close()
        super().tearDown()

    def refused(self, query):
        self.write("bad.osa", WORKFLOW % query)
        return self.osac("check", "bad.osa", code=3).stderr

    def test_from_a_database_to_products(self):
        self.osac("run", "night.osa")
        self.assertEqual(sorted(path.name for path in (self.folder / "out").iterdir()), ["1_BIAS", "3_FLAT"])
        self.osac("run", "night.osa", "--quality", "1")
        self.assertTrue(self.exists("out/2_BIAS"))

    def elements(self):
        return self.osac("compile", "night.osa", "--emit", "plan", "--elements").stdout.split("dimension", 1)[1]

    def test_the_order_of_rows_means_nothing(self):
        before = self.elements()
        self.write("night.osa", WORKFLOW % (QUERY + " order by seq desc"))
        self.assertEqual(self.elements(), before)

    def test_mistakes_are_shown_in_the_query_or_in_the_row_of_the_answer(self):
        self.assertIn("bad.osa:7:56", self.refused("select seq, kin from exposures"))
        self.assertIn("no such column: kin", self.refused("select seq, kin from exposures"))
        self.assertIn("query-not-a-select", self.refused("delete from exposures"))
        self.assertIn("unsettled-query", self.refused("select random() as seq, kind from exposures"))
        self.assertIn("missing-column", self.refused("select seq, kind as type from exposures"))
        wrong = self.refused("select seq, 'DARK' as kind from exposures order by seq")
        self.assertIn("night.db (answer of the query):1:3", wrong)
        self.assertIn('`"DARK"` is no member of `Kind`', wrong)
        self.assertIn("bad.osa:7:44", wrong)
        self.assertEqual(self.database.execute("select count(*) from exposures").fetchone(), (3,))

    def test_a_database_in_use_is_refused_until_its_log_is_in_it(self):
        self.database.execute("pragma journal_mode = wal")
        self.database.execute("insert into exposures values (4, 'FLAT', 5)")
        self.database.commit()
        said = self.osac("check", "night.osa", code=3).stderr
        self.assertIn("unfinished-database", said)
        self.assertIn("night.db-wal", said)
        self.assertIn("wal_checkpoint", said)
        self.database.execute("pragma wal_checkpoint(truncate)")
        self.osac("run", "night.osa")
        self.assertTrue(self.exists("out/4_FLAT"))

    def test_what_is_no_database_or_cut_short(self):
        whole = (self.folder / "night.db").read_bytes()
        for bytes_left in [b"", b"seq,kind\n1,BIAS\n", whole[:60], whole[:4096], whole[:-1]]:
            self.write("night.db", bytes_left)
            self.assertIn("malformed-database", self.osac("check", "night.osa", code=3).stderr)


if __name__ == "__main__":
    unittest.main()
