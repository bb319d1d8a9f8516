#!/usr/bin/env python3
"""Attempts on Slurm that are made again by themselves, with what their tasks say: more memory, more time, after an exit code, after their node was lost."""
import unittest

from submitted import Submitted, skip_without_slurm

# eat holds as many megabytes as its size says; what it was given is its product
EAT = """
workflow eat
dimension size : int from [20, 250]
dataset given for size = "made/{size}.txt"
dataset all_of_them    = "made/all.txt"
task eat for size {
    out given
    memory 120 MB
    retry 2 on memory with memory * 2
    run "python3 -c 'import sys, time; held = bytearray(int(sys.argv[1]) * 1000000); time.sleep(4)' {size}; echo {memory} > {given}"
}
task collect {
    in  parts = all given
    out all_of_them
    run "cat {parts} > {all_of_them}"
}
goal all_of_them
"""
SLOW = """
workflow slow
param at : text
dimension i : int from 1 .. 2
dataset a for i = "made/a.{i}.txt"
dataset b for i = "made/b.{i}.txt"
dataset ended   = "made/ended.txt"
task wait for i {
    out a
    time 3 s
    retry 2 on timeout with time * 2
    run "echo try >> {at}/wait.{i}; sleep {i * 2}; wc -l < {at}/wait.{i} > {a}"
}
task fail for i {
    in  a
    out b
    memory 100 MB
    retry 1 on exit 4 with memory * 1.5
    run "echo try >> {at}/fail.{i}; test $(wc -l < {at}/fail.{i}) -gt {i - 1} || exit 4; wc -l < {at}/fail.{i} > {b}"
}
task gather {
    in  parts = all b
    out ended
    run "cat {parts} > {ended}"
}
goal ended
"""
LOST = """
workflow lost
param at : text
dataset a   = "made/a.txt"
dataset b   = "made/b.txt"
task hold {
    out a
    retry 1 on lost
    run "echo $$ > {a}; echo $$ >> {at}/begun; until test -e {at}/go; do sleep 0.1; done; touch {at}/ended.$$"
}
task read {
    in  a
    out b
    run "cat {a} > {b}"
}
goal b
"""


class Memory(Submitted):
    # where there are no control groups for jobs, Slurm's own watch over memory kills them outright
    cluster_settings = {"nodes": 2, "cpus": 4, "settings": {"JobAcctGatherParams": "OverMemoryKill"}}

    def test_out_of_memory_asks_for_more(self):
        self.write("eat.osa", EAT)
        self.osac("submit", "eat.osa")
        said = self.wait("eat")
        self.assertEqual(self.read("made/20.txt").strip(), self.read("made/all.txt").split()[0])
        small, large = (self.read(f"made/{size}.txt").strip() for size in (20, 250))
        self.assertEqual(small, "120000000B")
        self.assertIn(large, ("480000000B", "468750KiB"))
        self.assertIn("eat: 3 made, 0 up to date", said)
        self.assertEqual(len(self.submissions("eat")), 3, said)
        self.assertEqual(self.made(self.osac("run", "eat.osa")), 0)


class Others(Submitted):
    cluster_settings = {"nodes": 2, "cpus": 2}

    def test_a_time_out_asks_for_more_time_and_an_exit_code_for_another_attempt(self):
        self.write("slow.osa", SLOW)
        self.write("at/nothing", "")
        words = ["slow.osa", "--at", str(self.folder / "at")]
        self.osac("submit", *words)
        said = self.wait("slow")
        self.assertEqual([self.read(f"made/a.{i}.txt").strip() for i in (1, 2)], ["1", "2"], said)
        self.assertEqual([self.read(f"made/b.{i}.txt").strip() for i in (1, 2)], ["1", "2"], said)
        self.assertEqual(self.read("made/ended.txt").split(), ["1", "2"])
        self.assertIn("slow: 5 made, 0 up to date", said)
        self.assertEqual(self.made(self.osac("run", *words)), 0)

    def test_a_node_that_fails_and_comes_back_changes_nothing_of_what_is_made(self):
        self.write("lost.osa", LOST)
        self.write("at/nothing", "")
        words = ["lost.osa", "--at", str(self.folder / "at")]
        self.osac("submit", *words)
        where = lambda: [node for node in self.cluster.run("squeue", "-h", "-t", "running", "-o", "%N").stdout.split() if node]
        self.until(lambda: len(where()) == 1 and self.cells("lost", "running") == {"hold": 1}, what="a running element")
        node, = where()
        other = "n2" if node == "n1" else "n1"
        self.cluster.kill(f"slurmd-{node}")  # its jobs' processes go on
        self.cluster.run("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
        self.until(lambda: where() == [other] and len(self.read("at/begun").split()) == 2, what="the second attempt")
        self.write("at/go", "")
        first, second = self.read("at/begun").split()
        self.until(lambda: self.exists(f"at/ended.{first}") and self.exists(f"at/ended.{second}"), what="the end of both copies")
        said = self.wait("lost")
        self.assertEqual([self.read(f"made/{name}.txt").strip() for name in "ab"], [second, second], said)
        self.assertIn("lost: 2 made, 0 up to date", said)
        self.cluster.start_node(node)
        self.until(self.cluster.are_nodes_up, what="the node")
        self.assertEqual(self.made(self.osac("run", *words)), 0)


if __name__ == "__main__":
    skip_without_slurm()
    unittest.main(verbosity=1)
