#!/usr/bin/env python3
"""A workflow on a real Slurm, by its emitted scripts: the products are those of `osac run`; a failure stops what depends on it and nothing else."""
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from cluster import Cluster, missing
from workspace import OSAC, SKIPPED, Workspace

NIGHT = """
workflow night
param broken : int = 99
table runs = csv "runs.csv" { run : int  kind : text  start : time }
dimension run    : int from runs.run order by start
dimension subrun : int in run from 0 ..< 3

dataset raw      for run, subrun = external "raw/{run}.{subrun}.txt"
dataset pedestal for run         = "made/pedestal.{run}.txt"
dataset dl1      for run, subrun = "made/dl1.{run}.{subrun}.txt"
dataset dl2      for run, subrun = "made/dl2.{run}.{subrun}.txt"
dataset merged   for run         = "made/merged.{run}.txt"
dataset night                    = "made/night.txt"
dataset some                     = "made/some.txt"

## The pedestal of a calibration run.
task calibrate for run where kind == "CAL" {
    in  frames = all raw
    out pedestal
    run "cat {frames} | sha256sum > {pedestal}"
}
task r0_dl1 for run, subrun where kind == "DATA" {
    in  raw
    in  pedestal = latest pedestal before start
    out dl1
    run "cat {raw} {pedestal} > {dl1}"
}
task dl1_dl2 for run, subrun where kind == "DATA" {
    in  dl1
    out dl2
    run "test {run}{subrun} != {broken}; tr a-z A-Z < {dl1} > {dl2}"
}
task merge for run where kind == "DATA" {
    in  parts = all dl2
    out merged
    cpus 2
    run "cat {parts} > {merged}"
}
task close {
    in  parts = all merged
    out night
    run "cat {parts} | sha256sum > {night}"
}
task overview {
    in  parts = all merged survivors min 1
    out some
    run "cat {parts} | wc -l > {some}"
}
goal night, some
"""
RUNS = "run,kind,start\n" + "".join(f"{run},{'CAL' if run in (1, 4) else 'DATA'},2024-09-19T0{run}:00:00\n" for run in range(1, 7))


def units(folder):
    """array -> index -> elements, as the file `units` has them."""
    data = (folder / "units").read_bytes()
    name, version, _, arrays, unit_count, members, elements = struct.unpack_from("<12sI32sIIII", data)
    assert name.startswith(b"osac-units") and version == 2
    numbers = struct.unpack_from(f"<{2 * arrays + unit_count + 1 + members + elements}I", data, 64)
    firsts = numbers[2 * arrays:2 * arrays + unit_count + 1]
    member = numbers[2 * arrays + unit_count + 1:][:members]
    return [[list(member[firsts[first + i]:firsts[first + i + 1]]) for i in range(count)] for first, count in zip(numbers[0:2 * arrays:2], numbers[1:2 * arrays:2])]


def ranges(text):
    for part in text.strip("[]").split(","):
        low, _, high = part.partition("-")
        yield from range(int(low), int(high or low) + 1)


def relation(folder):
    """element -> elements that have ended when it starts, directly: by submit.sh and the scripts alone."""
    tasks = units(folder)
    script = (folder / "submit.sh").read_text()
    waits = {}
    names = re.findall(r'^array (\S+) "(.*)"\nJ(\d+)=\$id$', script, re.M)

    def parents(text, index):
        found = set()
        for clause in re.sub(r",(?=after)", " ", text).split():
            kind, *jobs = clause.split(":")
            for job in jobs:
                if job == "$gate":
                    continue
                array, one = re.fullmatch(r"\$\{J(\d+)\}(?:_(.*))?", job).groups()
                array = int(array) - 1
                which = [index] if kind == "aftercorr" else ranges(one) if one else range(len(tasks[array]))
                found |= {(array, i) for i in which}
        return found

    for name, dependency, number in names:
        array = int(number) - 1
        size = re.search(r"^#SBATCH --array=0-(\d+)$", (folder / f"{name}.sbatch").read_text(), re.M).group(1)
        assert len(tasks[array]) == int(size) + 1
        for index in range(len(tasks[array])):
            waits[array, index] = parents(dependency, index)
    for array, one, dependency in re.findall(r"^update JobId=\$\{J(\d+)\}(?:_(\S+))? Dependency=(\S+)$", script, re.M):
        for index in ranges(one) if one else range(len(tasks[int(array) - 1])):
            waits[int(array) - 1, index] = parents(dependency, index)
    result = {}
    for (array, index), before in waits.items():
        ended = [element for parent in before for element in tasks[parent[0]][parent[1]]]
        for place, element in enumerate(tasks[array][index]):
            result[element] = set(ended) | set(tasks[array][index][:place])
    return result


def closure(direct):
    full = {}

    def visit(element):
        if element not in full:
            full[element] = set()
            for parent in direct[element]:
                full[element] |= {parent} | visit(parent)
        return full[element]
    for element in direct:
        visit(element)
    return full


class Night(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        self.write("runs.csv", RUNS)
        for run in range(1, 7):
            for subrun in range(3):
                self.write(f"raw/{run}.{subrun}.txt", f"raw of {run} {subrun}\n")

    def compile(self, *words):
        self.osac("compile", "--target", "slurm", "-o", "jobs", "night.osa", *words)
        return self.folder / "jobs"


class Scripts(Night):
    """Without Slurm."""

    def test_the_same_scripts_whatever_the_folder_and_they_are_shell(self):
        first = self.compile()
        before = {path.name: path.read_bytes() for path in first.iterdir()}
        again = self.compile()
        self.assertEqual(before, {path.name: path.read_bytes() for path in again.iterdir()})
        for path in [*again.glob("*.sbatch"), again / "submit.sh"]:
            subprocess.run(["sh", "-n", str(path)], check=True)
            self.assertNotIn(str(self.folder), path.read_text())

    def test_the_emitted_scripts_say_the_relation_that_was_chosen_whatever_the_construct(self):
        full = closure(relation(self.compile()))
        for words in (["--fuse", "off"], ["--bundle", "1 h"]):
            self.assertEqual(closure(relation(self.compile(*words))), full)
        sizes = sorted(len(ancestors) for ancestors in full.values())
        # 2 calibrations; 12 r0_dl1 with one, 12 dl1_dl2 with two; 4 merges of three chains with one calibration; both ends of all of it
        self.assertEqual(sizes, [0] * 2 + [1] * 12 + [2] * 12 + [7] * 4 + [30] * 2)

    def test_the_report_says_what_would_be_submitted(self):
        out = self.osac("compile", "--target", "slurm", "--report", "night.osa").stdout
        self.assertIn("02-r0_dl1-dl1_dl2", out)
        self.assertIn("0 false waits\n", out)
        self.assertFalse(self.exists("night.slurm"))


class Step(Night):
    """osa-step by itself, where Slurm would have been wrong."""

    def setUp(self):
        super().setUp()
        self.jobs = self.compile("--fuse", "off")
        self.names = sorted(path.stem for path in self.jobs.glob("*.sbatch"))

    def step(self, array, index, code, job=1, restarts=0, execution="20261121T000000-00000001"):
        done = subprocess.run([self.jobs / "osa-step", "jobs", str(self.array(array)), str(index), execution], cwd=self.folder, text=True, capture_output=True,
                              env={**os.environ, "SLURM_JOB_ID": str(job), "SLURM_RESTART_COUNT": str(restarts)})
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def array(self, name):
        return next(i for i, one in enumerate(self.names) if one.split("-", 1)[1] == name)

    def test_what_it_depends_on_is_looked_up_whatever_slurm_thinks(self):
        self.assertIn("calibrate[run=1] has no end on record", self.step("r0_dl1", 0, 79))
        self.assertFalse(self.exists("made"))
        self.step("calibrate", 0, 0)
        self.step("r0_dl1", 0, 0)
        self.assertTrue(self.exists("made/dl1.2.0.txt"))

    def test_a_claim_is_held_against_others_and_given_to_the_requeued_job(self):
        self.step("calibrate", 0, 0)
        self.assertEqual(self.step("calibrate", 0, 0, job=2), "")      # done already
        journal = self.jobs / f"journal/run-slurm-{self.array('calibrate')}.0.3.j1"
        first = self.jobs / f"journal/run-slurm-{self.array('calibrate')}.0.1.j1"
        started = b"".join(line for line in first.read_bytes().splitlines(True) if b'"kind":"end"' not in line and b'"kind":"execution-end"' not in line)
        journal.write_bytes(started[:started.index(b"\n", started.index(b'"slurm"')) + 1])   # a third attempt, of job 1, that has not ended
        self.assertIn("claimed by job 1", self.step("calibrate", 0, 75, job=3))
        self.assertIn("claimed by job 1", self.step("calibrate", 0, 75, job=1))
        self.step("calibrate", 0, 0, job=1, restarts=1)

    def test_a_folder_that_does_not_belong_together_is_refused(self):
        settings = self.read("jobs/settings")
        self.write("jobs/settings", settings.replace('"version":2', '"version":3'))
        self.assertIn("protocol version 3", self.step("calibrate", 0, 4))
        self.write("jobs/settings", settings)
        self.write("jobs/units", (self.jobs / "units").read_bytes()[:-4])
        self.assertIn("cut short", self.step("calibrate", 0, 6))
        self.step("calibrate", 99, 6)
        self.compile("--fuse", "off")
        self.step("calibrate", 99, 2)


class OnSlurm(Night):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(nodes=3)
        cls.cluster.up()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.down()

    def products(self):
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((self.folder / "made").iterdir())}

    def submit(self, code=0):
        return self.cluster.run("jobs/submit.sh", code=code, cwd=self.folder)

    def wait(self):
        self.cluster.wait_idle()
        return "".join(path.read_text() for path in sorted((self.folder / "jobs/out").iterdir()))

    def test_products_are_those_of_a_local_run(self):
        self.osac("run", "night.osa")
        wanted = self.products()
        self.assertEqual(len(wanted), 2 + 24 + 4 + 2)
        for words in ([], ["--fuse", "off"], ["--bundle", "1 h"]):
            with self.subTest(words=words):
                for folder in ("made", ".osa", "jobs"):
                    shutil.rmtree(self.folder / folder, ignore_errors=True)
                self.compile(*words)
                self.submit()
                log = self.wait()
                self.assertEqual(log, "")
                self.assertEqual(self.products(), wanted)
                # the records are those that a local run would have made: it finds nothing to do
                shutil.copytree(self.folder / "jobs/journal", self.folder / ".osa/night/journal", dirs_exist_ok=True)
                self.assertEqual(self.made(self.osac("run", "night.osa")), 0)

    def test_a_failure_stops_what_depends_on_it_and_nothing_else(self):
        self.compile("--broken", "51")
        self.submit()
        log = self.wait()
        self.assertIn("dl1_dl2[run=5,subrun=1]: exit code 1", log)
        made = set(self.products())
        self.assertNotIn("dl2.5.1.txt", made)
        self.assertNotIn("merged.5.txt", made)
        self.assertNotIn("night.txt", made)
        self.assertEqual(self.read("made/some.txt").strip(), "18")  # 3 runs of 3 subruns of 2 lines survive
        self.assertEqual(len(made), 2 + 12 + 11 + 3 + 1)

    def test_submitting_twice_by_hand_makes_nothing_twice(self):
        self.compile()
        self.submit()
        self.wait()
        times = {path.name: path.stat().st_mtime_ns for path in (self.folder / "made").iterdir()}
        self.submit()
        self.assertEqual(self.wait(), "")
        self.assertEqual(times, {path.name: path.stat().st_mtime_ns for path in (self.folder / "made").iterdir()})

    def test_a_refused_array_leaves_nothing_in_the_queue(self):
        jobs = self.compile()
        script = sorted(jobs.glob("*.sbatch"))[-1]
        script.write_text(script.read_text().replace("--ntasks=1", "--partition=nowhere --ntasks=1"))
        done = self.submit(code=75)
        self.assertIn("not submitted", done.stderr)
        self.assertTrue(self.cluster.until(lambda: all(state not in ("PENDING", "RUNNING") for _, state, _, _ in self.cluster.jobs()), 20))
        self.assertFalse(self.exists("made"))


if __name__ == "__main__":
    if not os.path.exists(os.path.join(os.path.dirname(OSAC), "osa-step")):
        print("SKIPPED: osa-step is not beside osac")
        sys.exit(SKIPPED)
    reason = missing()
    if reason:
        print(f"no Slurm here, {reason}: only the scripts are tested")
        del OnSlurm
    unittest.main(verbosity=1, argv=[sys.argv[0], *sys.argv[1:]])
