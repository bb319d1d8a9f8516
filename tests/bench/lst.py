"""The documented night of LST-1, 2020-01-27: eight runs of data, 1,521 subruns. With the simulated lstchain, so that it needs no telescope.

What is measured: planning, writing the jobs' scripts, and on a Slurm of virtual nodes the whole night: calls of sbatch, wall time. Then two schedules of the same
work on the same cores, simulated: each element as soon as what it reads is there (what osac submits; the DAG is that of the night that has just run), and the stages
of lstosa, each behind a barrier, with the polls of its crontab, or with a poll each minute.
"""
import heapq
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "slurm"), str(TESTS / "support"), str(TESTS / "support/lstchain")]
from cluster import Cluster, missing
from observatory import Observatory

DATE = "2020-01-27"
SUBRUNS = {1881: 194, 1882: 209, 1883: 225, 1884: 202, 1885: 74, 1886: 207, 1887: 203, 1888: 207}
SOURCES = [("Crab Nebula", 83.63, 22.01, 0.15), ("Mrk 421", 166.11, 38.21, 0.45)]
RUNS = {"20200127": [(1879, "DRS4", 6), (1880, "PEDCALIB", 5)] +
        [(run, "DATA", subruns, SOURCES[run % 2][3], *SOURCES[run % 2][:3]) for run, subruns in SUBRUNS.items()]}

# Minutes. A subrun takes 30 to 40 from R0 to DL1B and its check, the calibration 83, as lstosa's documentation and test accounting have it; the others are guesses of the same size.
MINUTES = {"select_gains_before_2024": 10, "copy_streams": 1, "drs4": 20, "charge_calibration": 63, "r0_to_dl1": 28, "find_cleaning": 10, "cat_b": 15, "dl1ab": 5, "check_dl1": 2,
           "merge_muons": 5, "merge_dl1": 10, "dl1_to_dl2": 30, "check_run": 10, "longterm_check": 15, "transparency": 5}


def minutes(element):
    """What an element takes: that of its task, a tenth more or less, the same each time. What is not in the table takes no time."""
    base = MINUTES.get(element.split("[")[0], 0)
    return base * (0.9 + 0.2 * (zlib.crc32(element.encode()) % 1001) / 1000)


class Machine:
    """Cores, and jobs that wait for each other; the one that could start first starts first. Time is in minutes."""

    def __init__(self, cores):
        self.free, self.now, self.order = cores, 0.0, 0
        self.ready, self.running, self.ended = [], [], {}
        self.missing, self.dependants = {}, {}

    def submit(self, name, length, after=()):
        missing = {job for job in after if job not in self.ended}
        self.missing[name] = (len(missing), length)
        for job in missing:
            self.dependants.setdefault(job, []).append(name)
        if not missing:
            self.enqueue(name, length)

    def enqueue(self, name, length):
        self.order += 1
        heapq.heappush(self.ready, (self.now, self.order, name, length))

    def advance(self, until=float("inf")):
        """Up to a time, or until all is done."""
        while True:
            while self.ready and self.free > 0:
                _, _, name, length = heapq.heappop(self.ready)
                self.free -= 1
                heapq.heappush(self.running, (self.now + length, name))
            if not self.running or self.running[0][0] > until:
                break
            self.now, name = heapq.heappop(self.running)
            self.free += 1
            self.ended[name] = self.now
            for dependant in self.dependants.pop(name, ()):
                left, length = self.missing[dependant]
                self.missing[dependant] = (left - 1, length)
                if left == 1:
                    self.enqueue(dependant, length)
        if until < float("inf"):
            self.now = max(self.now, until)

    def all_ended(self, names):
        return all(name in self.ended for name in names)


def exact_schedule(dag, cores):
    """`dag`: what each element reads from. Everything is submitted at the beginning, or as soon as it is planned."""
    machine = Machine(cores)
    for element, parents in dag.items():
        machine.submit(element, minutes(element), parents)
    machine.advance()
    assert len(machine.ended) == len(dag)
    return machine.now


# When the crontab starts each, by minutes past the hour; from 07:32 UTC, when gain selection begins.
BEGIN = 7 * 60 + 32
CRONTAB = {"gains_checked": (0, 15, 30, 45), "sequencer_1": (20, 50), "cat_b_tailcuts": (10, 50), "sequencer_2": (30, 59), "autocloser": (25, 55)}
EACH_MINUTE = {name: range(60) for name in CRONTAB}


class Lstosa:
    """Its stages for this night. They see files and accounting only when they are started."""

    def __init__(self, dag, cores, crontab):
        self.machine, self.crontab = Machine(cores), crontab
        self.by_task = {}
        for element in dag:
            self.by_task.setdefault(element.split("[")[0], []).append(element)
        self.done, self.launched = set(), set()

    def of_run(self, task, run):
        return [element for element in self.by_task[task] if f"[run={run}" in element]

    def submit(self, element, after=(), length=None):
        self.machine.submit(element, minutes(element) if length is None else length, after)

    def run(self):
        for element in self.by_task["select_gains_before_2024"] + self.by_task["copy_streams"]:
            self.submit(element)
        for minute in range(1, 10**6):
            self.machine.advance(minute)
            for stage, at in self.crontab.items():
                if (BEGIN + minute) % 60 in at and stage not in self.done:
                    getattr(self, stage)()
            if "autocloser" in self.done:
                self.machine.advance()
                return self.machine.now
        raise RuntimeError("lstosa's night has no end")

    def gains_checked(self):
        if self.machine.all_ended(self.by_task["select_gains_before_2024"] + self.by_task["copy_streams"]):
            self.done.add("gains_checked")

    def calibrate(self, name):
        """One job of both programs, which the second time finds all there."""
        lengths = [minutes(element) for task in ("drs4", "charge_calibration") for element in self.by_task[task]]
        self.submit(name, length=sum(lengths) if name == "calibration" else 0.1)

    def sequencer_1(self):
        if "gains_checked" not in self.done:
            return
        self.calibrate("calibration")
        for element in self.by_task["r0_to_dl1"]:
            self.submit(element, ["calibration"])
        self.done.add("sequencer_1")

    def cat_b_tailcuts(self):
        for run in SUBRUNS:
            if "sequencer_1" in self.done and run not in self.launched and self.machine.all_ended(self.of_run("r0_to_dl1", run)):
                self.launched.add(run)
                for element in self.of_run("cat_b", run) + self.of_run("find_cleaning", run):
                    self.submit(element)

    def sequencer_2(self):
        if len(self.launched) < len(SUBRUNS) or not self.machine.all_ended(self.by_task["find_cleaning"] + self.by_task["cat_b"]):
            return  # a run without its cleaning levels stops all
        self.calibrate("again")
        for element in self.by_task["dl1ab"]:
            check = element.replace("dl1ab", "check_dl1")
            self.submit(element, ["again"], minutes(element) + minutes(check))
        self.done.add("sequencer_2")

    def autocloser(self):
        if "sequencer_2" not in self.done or not self.machine.all_ended(self.by_task["dl1ab"]):
            return
        for task in ("merge_muons", "merge_dl1", "check_run"):
            for element in self.by_task[task]:
                self.submit(element)
        for element in self.by_task["dl1_to_dl2"]:
            self.submit(element, [merge for run in SUBRUNS if f"run={run}" in element for merge in self.of_run("merge_dl1", run)])
        self.submit(self.by_task["longterm_check"][0], self.by_task["check_run"])
        self.submit(self.by_task["transparency"][0], self.by_task["longterm_check"])
        self.done.add("autocloser")


class Night(Observatory):
    def __init__(self, osac, folder):
        self.program, self.folder, self.environment = osac, pathlib.Path(folder), dict(os.environ)
        self.set_up_night("20200127", runs=RUNS)

    def osac(self, *words):
        done = subprocess.run([str(self.program), *words], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"osac {' '.join(words)} gave {done.returncode}: {done.stderr[-3000:]}")
        return done

    def timed(self, *words):
        begin = time.perf_counter()
        done = self.osac(*words)
        return time.perf_counter() - begin, done

    def dag(self):
        """What each element of the night read from others, as it is on record."""
        rows = json.loads(self.osac("prov", "sql", "-w", "lst1", "--json", "select element, max(id) as id from elements where outcome = 'succeeded' group by element").stdout)
        made = {row["path"]: row["made_by"] for row in json.loads(self.osac("prov", "sql", "-w", "lst1", "--json", "select path, made_by from artifacts").stdout)}
        name = {row["id"]: row["element"] for row in rows}
        dag = {row["element"]: set() for row in rows}
        for use in json.loads(self.osac("prov", "sql", "-w", "lst1", "--json", "select path, used_by from uses").stdout):
            maker = made.get(use["path"])
            if maker in name and use["used_by"] in name:
                dag[name[use["used_by"]]].add(name[maker])
        return dag


def on_slurm(night):
    """The whole night; its calls of sbatch."""
    with Cluster(nodes=4, cpus=8, memory=300000) as cluster:
        night.environment = {**cluster.environment}
        begin = time.perf_counter()
        submitting, _ = night.timed("submit", *night.words(DATE))
        while cluster.run("squeue", "-h", "-o", "%i").stdout.strip():
            time.sleep(1)
        whole = time.perf_counter() - begin
        said = night.osac("status", "-w", "lst1").stdout
    journals = sorted((night.folder / ".osa/lst1/slurm").glob("*/submission.j1"))
    calls = sum(len(set(re.findall(r'"kind":"submitted".*"name":"([^"]*)"', journal.read_text()))) for journal in journals)
    return submitting, whole, calls, len(journals), said


def schedules(dag):
    print(f"  schedules of {len(dag):,} elements, simulated; makespan from 07:32 UTC")
    for cores in (200, 400, 1760):
        exact = exact_schedule(dag, cores)
        polled, barriers = (Lstosa(dag, cores, crontab).run() for crontab in (CRONTAB, EACH_MINUTE))
        print(f"  {cores:>6} cores: exact {exact / 60:.2f} h, lstosa's stages {polled / 60:.2f} h ({polled / exact:.2f} x), polled each minute {barriers / 60:.2f} h ({barriers / exact:.2f} x)")


def bench(osac):
    print(f"the night of {DATE}, {sum(SUBRUNS.values()):,} subruns")
    folder = tempfile.mkdtemp(prefix="osac-bench-", dir="/tmp")
    try:
        night = Night(osac, folder)
        planning = min(night.timed("compile", *night.words(DATE), "-o", "night.plan")[0] for _ in range(5))
        scripts = min(night.timed("compile", "--target", "slurm", *night.words(DATE), "-o", f"jobs{number}")[0] for number in range(3))
        print(f"  plan {planning * 1000:.0f} ms; plan and scripts for Slurm {scripts * 1000:.0f} ms")
        reason = missing()
        if reason:
            print(f"  no Slurm here, {reason}: the night runs without")
            whole, _ = night.timed("run", *night.words(DATE), "-q")
            print(f"  osac run {whole:.0f} s")
        else:
            submitting, whole, calls, submissions, said = on_slurm(night)
            print(f"  on Slurm: submitted in {submitting:.1f} s, ended after {whole:.0f} s; {calls} calls of sbatch in {submissions} submissions (lstosa: about 1,607)\n{said}")
        schedules(night.dag())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
