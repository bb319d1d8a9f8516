#!/usr/bin/env python3
"""What is up to date: by identity, never by the order of times."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

CHAIN = """
workflow chain
param day : text = "one"
dataset source = external "source.txt"
dataset upper  = "{day}/upper.txt"
dataset count  = "{day}/count.txt"
task shout { in source  out upper run "tr a-z A-Z < {source} > {upper}" }
task measure { in upper  out count run "wc -c < {upper} > {count}" }
"""


class Identity(Workspace):
    def setUp(self):
        super().setUp()
        self.write("chain.osa", CHAIN)
        self.write("source.txt", "hello\n")
        self.osac("run", "chain.osa")

    def run_again(self, *words):
        return self.made(self.osac("run", "chain.osa", *words))

    def test_comments_layout_and_unrelated_declarations_change_nothing(self):
        self.write("chain.osa", "## A comment.\n" + CHAIN.replace("task measure", "# another\n\n\ntask   measure") + '\nlet unused = 12\n')
        self.assertEqual(self.run_again(), 0)

    def test_a_changed_command_runs_and_is_shown_word_by_word(self):
        self.write("chain.osa", CHAIN.replace("wc -c", "wc -l"))
        self.assertIn("[--c-]", self.osac("plan", "chain.osa").stdout)
        self.assertEqual(self.run_again(), 1)

    def test_an_input_replaced_by_an_older_file_is_noticed(self):
        self.write("new.txt", "world\n")
        os.utime(self.folder / "new.txt", (1, 1))
        os.replace(self.folder / "new.txt", self.folder / "source.txt")
        self.assertEqual(self.run_again(), 2)
        self.assertEqual(self.read("one/upper.txt"), "WORLD\n")

    def test_same_size_and_times_are_noticed_by_inode_and_change_time(self):
        before = os.stat(self.folder / "source.txt")
        self.write("source.txt", "jello\n")
        os.utime(self.folder / "source.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
        self.run_again()
        self.assertEqual(self.read("one/upper.txt"), "JELLO\n")

    def test_an_identical_product_stops_the_wave(self):
        self.write("source.txt", "HELLO\n")      # its upper case is what it was
        self.assertEqual(self.run_again(), 1)

    def test_a_product_changed_by_hand_is_made_again(self):
        self.write("one/upper.txt", "MINE!\n")
        self.assertEqual(self.run_again(), 1)
        self.assertEqual(self.read("one/upper.txt"), "HELLO\n")

    def test_a_product_that_is_gone_is_made_again(self):
        os.unlink(self.folder / "one/count.txt")
        self.assertEqual(self.run_again(), 1)

    def test_touched_but_equal_products_are_up_to_date(self):
        os.utime(self.folder / "one/upper.txt")
        self.assertEqual(self.run_again(), 0)

    def test_two_days_stay_up_to_date_side_by_side(self):
        self.assertEqual(self.run_again("--day", "two"), 2)
        self.assertEqual(self.run_again("--day", "one"), 0)
        self.assertEqual(self.run_again("--day", "two"), 0)

    def test_force_runs_and_content_cut_off_holds(self):
        self.assertEqual(self.run_again("--force", "shout"), 1)

    def test_the_registry_can_be_deleted_or_damaged(self):
        registry = self.folder / ".osa/chain/registry.sqlite"
        self.assertTrue(registry.exists())
        registry.write_bytes(b"this is no database")
        self.assertEqual(self.run_again(), 0)
        registry.unlink()
        self.assertEqual(self.run_again(), 0)


if __name__ == "__main__":
    unittest.main()
