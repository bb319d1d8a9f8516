#!/usr/bin/env python3
"""Submitted elements while they run and after: what fails blocks its dependants and nothing else; status, cancel, resubmit; a controller that is killed; and
an `osac run` beside all that."""
import signal
import unittest

from submitted import Submitted, skip_without_slurm

# {at} is a folder with what decides how it goes: `go` lets the first tasks end, `bad.I` makes second[i=I] fail
WORK = """
workflow work
param at : text
dimension i : int from 1 .. 6
dataset a for i = "made/a.{i}.txt"
dataset b for i = "made/b.{i}.txt"
dataset total   = "made/total.txt"
dataset some    = "made/some.txt"

task first for i {
    out a
    run "until test -e {at}/go; do sleep 0.1; done; echo {i} > {a}"
}
task second for i {
    in  a
    out b
    run "test ! -e {at}/bad.{i}; cat {a} {a} > {b}"
}
task sum {
    in  parts = all b
    out total
    run "cat {parts} > {total}"
}
task overview {
    in  parts = all b survivors min 1
    out some
    run "cat {parts} | wc -l > {some}"
}
goal total, some
"""


class Running(Submitted):
    def setUp(self):
        super().setUp()
        self.write("work.osa", WORK)
        self.write("at/nothing", "")
        self.words = ["work.osa", "--at", str(self.folder / "at")]

    def submit(self, *words, code=0):
        return self.osac("submit", *self.words, *words, code=code)

    def go(self):
        self.write("at/go", "")

    def test_a_failure_blocks_what_needs_it_and_is_told_with_what_it_blocked(self):
        self.go()
        self.write("at/bad.3", "")
        self.submit("--fuse", "off", "--close", "--by", "i")
        said = self.wait("work")
        self.assertIn("failed: second[i=3]: exit code 1", said)
        self.assertIn("    1 element could not run because of it", said)
        self.assertIn("work: 12 made, 0 up to date, 1 FAILED, 1 blocked", said)
        self.assertIn("work: not closed: not all of it is there\n", said)
        self.assertEqual(self.read("made/some.txt").strip(), "10")
        self.assertFalse(self.exists("made/b.3.txt"))
        self.assertFalse(self.exists("made/total.txt"))
        self.assertEqual(self.cells("work", "failed"), {"second": 1})
        provenance = self.submissions("work")[-1] / "provenance.pdf"
        self.assertEqual(provenance.read_bytes()[:5], b"%PDF-")
        # by hand it says the same, and is as unhappy
        self.assertIn("second[i=3]: not made: exit code 1; log: ", self.osac("close", "-w", "work", code=1).stderr)

        with self.subTest("resubmit makes what failed and what waited for it, and nothing else"):
            (self.folder / "at/bad.3").unlink()
            before = {name: (self.folder / "made" / name).stat().st_mtime_ns for name in self.products()}
            self.osac("resubmit", "-w", "work")
            self.wait("work")
            self.assertEqual(self.read("made/total.txt").split(), [str(i) for i in range(1, 7) for _ in "ab"])
            self.assertEqual(self.read("made/some.txt").strip(), "12")
            changed = {name for name in before if (self.folder / "made" / name).stat().st_mtime_ns != before[name]}
            self.assertEqual(changed, {"some.txt"})

        with self.subTest("the last job has closed the night, since it was submitted so: nothing makes it anew"):
            self.assertIn("work: closed (at=", self.service_log())
            folder, mark = sorted((self.folder / ".osa/work/closed").iterdir(), key=lambda path: path.name.endswith(".json"))
            self.assertEqual(mark.name, folder.name + ".json")
            self.assertEqual(sorted(path.name for path in folder.iterdir()),
                             sorted(["provenance.pdf"] + [f"i={i}.{kind}" for i in range(1, 7) for kind in ("pdf", "json")]))
            (self.folder / "made/total.txt").unlink()
            count = len(self.submissions("work"))
            for words in (["submit", *self.words], ["resubmit", "-w", "work"], ["run", *self.words], ["close", "-w", "work"]):
                self.assertRegex(self.osac(*words).stderr, r"work: closed on .* UTC by \S+; osac close --reopen opens it again\n")
            self.assertEqual((len(self.submissions("work")), self.live()), (count, []))
            self.assertIsNotNone(self.status("work")["closed"])

        with self.subTest("opened again it is closed by hand, with a part made by each"):
            self.osac("close", "-w", "work", "--reopen")
            self.assertIn("sum: file gone: made/total.txt\n", self.osac("close", "-w", "work", code=1).stderr)
            self.assertEqual(self.made(self.osac("run", *self.words)), 1)
            self.assertIn("14 elements there", self.osac("close", *self.words).stderr)

    def test_status_tells_what_runs_and_what_waits_and_a_local_run_is_refused_meanwhile(self):
        self.submit()
        self.until(lambda: self.cells("work", "running").get("first", 0) == 6, what="six running elements")
        self.assertEqual(self.cells("work", "queued"), {"second": 6, "sum": 1, "overview": 1})
        text = self.osac("status", "-w", "work").stdout
        self.assertIn("running", text)
        self.assertIn("queued", text)
        self.assertRegex(text, r"submission 0001 of \S+: 6 running, 8 queued, 0 ended")
        refused = self.osac("run", *self.words, code=5)
        self.assertIn("on their way on Slurm: 6 running, 8 queued", refused.stderr)
        self.assertIn("osac cancel", refused.stderr)
        self.assertIn("on their way", self.osac("close", "-w", "work", code=5).stderr)
        self.assertIn("nothing to submit", self.submit().stderr)
        self.go()
        said = self.wait("work")
        self.assertIn("work: 14 made, 0 up to date", said)
        self.assertEqual(self.cells("work", "done"), {"first": 6, "second": 6, "sum": 1, "overview": 1})
        self.assertEqual(self.made(self.osac("run", *self.words)), 0)

    def test_cancel_leaves_no_job_behind_and_what_was_made_stays(self):
        self.submit("--fuse", "off")
        self.until(lambda: self.cells("work", "running").get("first", 0) > 0, what="a running element")
        self.osac("cancel", "-w", "work")
        self.assertEqual(self.live(), [])
        self.assertEqual(self.status("work")["submissions"], [])
        self.assertEqual(self.products() if self.exists("made") else {}, {})
        self.assertIn("nothing to cancel", self.osac("cancel", "-w", "work").stderr)
        said = self.osac("close", "-w", "work", code=1).stderr
        self.assertIn("work: 0 made, 0 up to date, 14 not started or stopped", said)
        self.go()
        self.assertEqual(self.made(self.osac("run", *self.words)), 14)

    def test_cancel_of_a_selection_takes_what_needs_it_along_and_leaves_the_rest(self):
        self.submit("--fuse", "off")
        self.until(lambda: self.cells("work", "running").get("first", 0) == 6, what="six running elements")
        self.osac("cancel", "-w", "work", "--where", "i == 3")
        self.assertEqual(self.cells("work", "running"), {"first": 5})
        self.assertEqual(self.cells("work", "queued"), {"second": 5, "overview": 1})
        self.go()
        said = self.wait("work")
        self.assertIn("work: 11 made, 0 up to date, 3 not started or stopped", said)
        self.assertEqual(self.read("made/some.txt").strip(), "10")
        self.osac("resubmit", "-w", "work")
        self.wait("work")
        self.assertEqual(self.read("made/total.txt").split(), [str(i) for i in range(1, 7) for _ in "ab"])

    def test_a_controller_that_is_killed_while_it_runs(self):
        self.submit("--fuse", "off")
        self.until(lambda: self.cells("work", "running").get("first", 0) == 6, what="six running elements")
        self.cluster.kill("slurmctld", signal.SIGKILL)
        self.go()
        silent = self.osac("status", "-w", "work").stdout
        self.assertIn("unknown", silent)
        self.assertIn("Slurm does not answer", silent)
        self.osac("run", *self.words, code=75)
        self.cluster.start_controller()
        said = self.wait("work")
        self.assertIn("work: 14 made, 0 up to date", said)
        self.assertEqual(self.made(self.osac("run", *self.words)), 0)


if __name__ == "__main__":
    skip_without_slurm()
    unittest.main(verbosity=1)
