#!/usr/bin/env python3
"""Benchmarks against ninja and against physical limits, measured side by side in one run; ratios are what counts.

usage: bench.py [plan] [run] [nothing] [start]
The DAG is a night's: three calibrations -> runs x subruns, a chain of three each -> a merge per run -> a summary. Work is done in a folder of /dev/shm if there is one,
so that disks do not blur the picture; the durability test uses build/.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
OSAC = ROOT / "build/release/osac"
FLOORS = ROOT / "build/bench"

WORKFLOW = """
workflow night
param runs    : int
param subruns : int

dimension run    : int from 0 ..< runs
dimension subrun : int in run from 0 ..< subruns

dataset raw    for run, subrun = external "raw/{run:04}.{subrun:04}"
dataset bias                   = "bias"
dataset dark                   = "dark"
dataset flat                   = "flat"
dataset first  for run, subrun = "first/{run:04}.{subrun:04}"
dataset second for run, subrun = "second/{run:04}.{subrun:04}"
dataset third  for run, subrun = "third/{run:04}.{subrun:04}"
dataset merged for run         = "merged/{run:04}"
dataset summary                = "summary"

task make_bias { out bias  run "cp seed {bias}" }
task make_dark { out dark  run "cp seed {dark}" }
task make_flat { out flat  run "cp seed {flat}" }
task one   for run, subrun { in raw, bias, dark, flat  out first   run "cp {raw} {first}" }
task two   for run, subrun { in first                  out second  run "cp {first} {second}" }
task three for run, subrun { in second                 out third   run "cp {second} {third}" }
task merge for run { in parts = all third   out merged   run "cp seed {merged}" }
task summarise     { in parts = all merged  out summary  run "cp seed {summary}" }
"""


def ninja_file(runs, subruns):
    out = ["rule cp\n  command = cp $from $out\n"]
    for name in ["bias", "dark", "flat"]:
        out.append(f"build {name}: cp seed\n  from = seed\n")
    for run in range(runs):
        for sub in range(subruns):
            key = f"{run:04}.{sub:04}"
            out.append(f"build first/{key}: cp raw/{key} bias dark flat\n  from = raw/{key}\n")
            out.append(f"build second/{key}: cp first/{key}\n  from = first/{key}\n")
            out.append(f"build third/{key}: cp second/{key}\n  from = second/{key}\n")
        parts = " ".join(f"third/{run:04}.{sub:04}" for sub in range(subruns))
        out.append(f"build merged/{run:04}: cp {parts}\n  from = seed\n")
    merged = " ".join(f"merged/{run:04}" for run in range(runs))
    out.append(f"build summary: cp {merged}\n  from = seed\n")
    return "".join(out)


class Folder:
    def __init__(self, runs, subruns, disk=False):
        base = ROOT / "build/bench" if disk or not os.path.isdir("/dev/shm") else pathlib.Path("/dev/shm")
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="osac-bench-", dir=base))
        self.flags = ["--runs", str(runs), "--subruns", str(subruns)]
        (self.path / "night.osa").write_text(WORKFLOW)
        (self.path / "seed").write_text("x\n")
        for name in ["raw", "first", "second", "third", "merged"]:
            (self.path / name).mkdir()
        for run in range(runs):
            for sub in range(subruns):
                (self.path / f"raw/{run:04}.{sub:04}").write_text("x\n")
        (self.path / "build.ninja").write_text(ninja_file(runs, subruns))

    def clean(self):
        for name in ["first", "second", "third", "merged"]:
            shutil.rmtree(self.path / name)
            (self.path / name).mkdir()
        for name in ["bias", "dark", "flat", "summary", ".ninja_log", ".ninja_deps"]:
            (self.path / name).unlink(missing_ok=True)
        shutil.rmtree(self.path / ".osa", ignore_errors=True)

    def site(self, durability):
        (self.path / "site.yaml").write_text(f"durability: {durability}\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def measure(words, folder, repeat=3, before=lambda: None, stdin=None):
    """The median wall time in seconds and the largest resident size in MB."""
    times, sizes = [], []
    for _ in range(repeat):
        before()
        with open(stdin) if stdin else open(os.devnull) as source:
            begin = time.perf_counter()
            process = subprocess.Popen([str(word) for word in words], cwd=folder, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            error = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            times.append(time.perf_counter() - begin)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))} ended with {process.returncode}: {error.decode()}")
        sizes.append(usage.ru_maxrss / 1024)
    return statistics.median(times), max(sizes)


def line(what, time_of, against=None, memory=None):
    text = f"  {what:<44}{time_of * 1000:>10.1f} ms"
    text += f"{memory:>8.0f} MB" if memory else " " * 11
    if against:
        text += "   " + ", ".join(f"{time_of / other:.2f} x {name}" for name, other in against.items())
    print(text, flush=True)


def bench_plan():
    runs, subruns = 100, 333
    print(f"plan: {runs * subruns * 3 + runs + 4:,} elements, text to plan, files examined")
    with Folder(runs, subruns) as folder:
        ninja, ninja_memory = measure(["ninja", "-n"], folder.path)
        osac, osac_memory = measure([OSAC, "compile", "night.osa", *folder.flags, "-o", "night.plan"], folder.path)
        dry, dry_memory = measure([OSAC, "plan", "night.osa", *folder.flags], folder.path)
        line("ninja -n", ninja, memory=ninja_memory)
        line("osac compile", osac, {"ninja -n": ninja}, osac_memory)
        line("osac plan (what would run, and why)", dry, {"ninja -n": ninja}, dry_memory)


def bench_run():
    runs, subruns = 10, 333
    count = runs * subruns * 3 + runs + 4
    print(f"run: {count:,} elements of `cp`, two at a time")
    for disk in [False, True]:
        with Folder(runs, subruns, disk) as folder:
            print(f"  on {'disk' if disk else 'memory'}")
            floor, _ = measure([FLOORS / "spawn_floor", str(count), "seed", "third/x"], folder.path, before=folder.clean)
            ninja, _ = measure(["ninja", "-j2"], folder.path, before=folder.clean)
            line("spawn and wait, nothing else", floor)
            line("ninja -j2", ninja, {"floor": floor})
            for durability in ["none", "full"]:
                folder.site(durability)
                osac, memory = measure([OSAC, "run", "night.osa", *folder.flags, "-j2", "-q"], folder.path, before=folder.clean)
                line(f"osac run -j2, durability {durability}", osac, {"ninja": ninja, "floor": floor}, memory)


def bench_nothing():
    runs, subruns = 100, 333
    print(f"nothing to do: {runs * subruns * 3 + runs + 4:,} elements")
    with Folder(runs, subruns) as folder:
        folder.site("none")
        subprocess.run(["ninja", "-j2"], cwd=folder.path, check=True, stdout=subprocess.DEVNULL)
        ninja, ninja_memory = measure(["ninja", "-j2"], folder.path, repeat=5)
        folder.clean()
        measure([OSAC, "run", "night.osa", *folder.flags, "-j2", "-q"], folder.path, repeat=1)
        paths = [str(path) for name in ["raw", "first", "second", "third", "merged"] for path in sorted((folder.path / name).iterdir())]
        (folder.path / "paths").write_text("\n".join(paths) + "\n")
        stat, _ = measure([FLOORS / "stat_floor"], folder.path, repeat=5, stdin=folder.path / "paths")
        osac, memory = measure([OSAC, "run", "night.osa", *folder.flags, "-j2", "-q"], folder.path, repeat=5)
        line("stat() of the same files, two threads", stat)
        line("ninja", ninja, {"stat": stat}, ninja_memory)
        line("osac run", osac, {"ninja": ninja, "stat": stat}, memory)


def bench_start():
    print("start-up")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "one.osa").write_text('workflow one\ndataset out = "out.txt"\ntask make { out out run "cp /etc/hostname {out}" }\n')
        version, _ = measure([OSAC, "--version"], folder, repeat=21)
        true, _ = measure(["true"], folder, repeat=21)
        copy, _ = measure(["cp", "/etc/hostname", "out.txt"], folder, repeat=21)
        one, _ = measure([OSAC, "run", "one.osa", "-q"], folder, repeat=21, before=lambda: shutil.rmtree(folder + "/.osa", ignore_errors=True))
        line("true", true)
        line("osac --version", version)
        line("the task alone", copy)
        line("osac run of one task (durability full)", one)
        print(f"  one task costs {1000 * (one - copy):.1f} ms more than itself")


BENCHES = {"plan": bench_plan, "run": bench_run, "nothing": bench_nothing, "start": bench_start}
for name in sys.argv[1:] or BENCHES:
    BENCHES[name]()
