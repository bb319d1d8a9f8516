#!/usr/bin/env python3
"""Benchmarks against ninja and against physical limits, measured side by side in one run; ratios are what counts.

usage: bench.py [plan] [run] [nothing] [start] [registry] [lst]
`plan` gives the fastest of its repeats, the others the median.
The DAG is a night's: three calibrations -> runs x subruns, a chain of three each -> a merge per run -> a summary. Work is done in a folder of /dev/shm if there is one,
so that disks do not blur the picture; the durability test uses build/.
"""
import contextlib
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import lst
import registry
import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
OSAC = pathlib.Path(os.environ.get("OSAC", ROOT / "build/release/osac"))
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


def snake_file(runs, subruns):
    """The same DAG as rules with wildcards, as somebody would write it."""
    return f"""
RUNS = [f"{{i:04}}" for i in range({runs})]
SUBRUNS = [f"{{i:04}}" for i in range({subruns})]
rule summarise:
    input: expand("merged/{{run}}", run=RUNS)
    output: "summary"
    shell: "cp seed {{output}}"
rule bias:
    output: "bias"
    shell: "cp seed {{output}}"
rule dark:
    output: "dark"
    shell: "cp seed {{output}}"
rule flat:
    output: "flat"
    shell: "cp seed {{output}}"
rule one:
    input: raw="raw/{{run}}.{{subrun}}", bias="bias", dark="dark", flat="flat"
    output: "first/{{run}}.{{subrun}}"
    shell: "cp {{input.raw}} {{output}}"
rule two:
    input: "first/{{run}}.{{subrun}}"
    output: "second/{{run}}.{{subrun}}"
    shell: "cp {{input}} {{output}}"
rule three:
    input: "second/{{run}}.{{subrun}}"
    output: "third/{{run}}.{{subrun}}"
    shell: "cp {{input}} {{output}}"
rule merge:
    input: lambda wildcards: expand("third/{{run}}.{{subrun}}", run=wildcards.run, subrun=SUBRUNS)
    output: "merged/{{run}}"
    shell: "cp seed {{output}}"
"""


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

    def site(self, durability):
        (self.path / "site.yaml").write_text(f"durability: {durability}\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def measure(words, folder, repeat=3, before=lambda: None, stdin=None, choose=statistics.median):
    """The median wall time in seconds (or another choice of them) and the largest resident size in MB."""
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
            sys.exit(f"{' '.join(map(str, words))} ended with {process.returncode}: {error.decode()[-2000:]}")
        sizes.append(usage.ru_maxrss / 1024)
    return choose(times), max(sizes)


def line(what, time_of, against=None, memory=None):
    text = f"  {what:<44}{time_of * 1000:>10.1f} ms"
    text += f"{memory:>8.0f} MB" if memory else " " * 11
    if against:
        text += "   " + ", ".join(f"{time_of / other:.2f} x {name}" for name, other in against.items())
    print(text, flush=True)


def fastest(words, folder, repeat=5, **more):
    return measure(words, folder, repeat, choose=min, **more)


def bench_plan():
    bench_plan_peers()
    with tempfile.TemporaryDirectory(prefix="osac-bench-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        bench_plan_growth(pathlib.Path(folder))
        bench_plan_scan(pathlib.Path(folder))
        bench_plan_source(pathlib.Path(folder))


def bench_plan_peers():
    runs, subruns = 100, 333
    print(f"plan: {runs * subruns * 3 + runs + 4:,} elements, text to plan, files examined")
    with Folder(runs, subruns) as folder:
        ninja, ninja_memory = fastest(["ninja", "-n"], folder.path)
        osac, osac_memory = fastest([OSAC, "compile", "night.osa", *folder.flags, "-o", "night.plan"], folder.path)
        dry, dry_memory = fastest([OSAC, "plan", "night.osa", *folder.flags], folder.path)
        line("ninja -n", ninja, memory=ninja_memory)
        line("osac compile", osac, {"ninja -n": ninja}, osac_memory)
        line("osac plan (what would run, and why)", dry, {"ninja -n": ninja}, dry_memory)
        print(f"  ninja -n takes {ninja / osac:.1f} times as long as osac compile, {ninja / dry:.1f} times as long as osac plan")
    if not shutil.which("snakemake"):
        print("  snakemake is not installed: packaging/bench-packages.txt")
        return
    runs = 10
    print(f"plan: {runs * subruns * 3 + runs + 4:,} elements")
    with Folder(runs, subruns) as folder:
        (folder.path / "Snakefile").write_text(snake_file(runs, subruns))
        snake, snake_memory = fastest(["snakemake", "-n", "--quiet", "all"], folder.path, repeat=2)
        osac, osac_memory = fastest([OSAC, "compile", "night.osa", *folder.flags, "-o", "night.plan"], folder.path)
        dry, dry_memory = fastest([OSAC, "plan", "night.osa", *folder.flags], folder.path)
        line("snakemake -n", snake, memory=snake_memory)
        line("osac compile", osac, {"snakemake -n": snake}, osac_memory)
        line("osac plan (what would run, and why)", dry, {"snakemake -n": snake}, dry_memory)
        print(f"  snakemake -n takes {snake / osac:.0f} times as long as osac compile, {snake / dry:.0f} times as long as osac plan")


def bench_plan_growth(folder):
    """Time and memory from 10^4 to 10^7 elements, keys from an ECSV table, without a look at external files."""
    print("plan: keys from an ECSV table, text to plan file, external files not examined")
    times = {}
    for elements in [10**4, 10**5, 10**6, 10**7]:
        rows = tables.chain(folder, elements)
        words = [OSAC, "compile", "chain.osa", "--no-scan", "-o", f"{elements}.plan"]
        times[elements], memory = fastest(words, folder, repeat=2 if elements > 10**6 else 5)
        line(f"{elements:,} elements, {rows:,} rows, {rows * 9:,} edges", times[elements], memory=memory)
        if elements == 10**6:
            opened = subprocess.run([FLOORS / "open_plan", f"{elements}.plan", "two[run=500,subrun=99]"], cwd=folder, check=True, capture_output=True, text=True)
            line("  open it, resolve an element", int(opened.stdout) / 1e6)
    for low, high in [(10**5, 10**6), (10**6, 10**7)]:
        print(f"  exponent from {low:,} to {high:,}: {math.log10(times[high] / times[low]):.2f}")
    tables.frames(folder, 10**6)
    time_of, memory = fastest([OSAC, "compile", "frames.osa", "--no-scan", "-o", "frames.plan"], folder)
    line("1,012,000 elements, 1,000,000 rows with text keys", time_of, memory=memory)


def bench_plan_scan(folder):
    """What a look at every external file costs, against the same stat() calls."""
    rows, per_run = tables.chain(folder, 10**6), 333
    (folder / "raw").mkdir()
    paths = [f"raw/{i // per_run:04}.{i % per_run:04}" for i in range(rows)]
    for path in paths:
        (folder / path).touch()
    (folder / "paths").write_text("\n".join(paths) + "\n")
    read, _ = fastest(["wc", "-l", "paths"], folder)
    stat, _ = fastest([FLOORS / "stat_floor"], folder, stdin=folder / "paths")
    without, _ = fastest([OSAC, "compile", "chain.osa", "--no-scan", "-o", "x.plan"], folder)
    scanned, _ = fastest([OSAC, "compile", "chain.osa", "-o", "x.plan"], folder)
    print(f"plan: the scan of {rows:,} external files")
    line("stat() of them, two threads (names read too)", stat)
    line("osac compile without, and with the scan", without)
    line("  with the scan", scanned)
    line("  the scan alone", scanned - without, {"stat": stat})


def bench_plan_source(folder):
    """Checking a large text, with tables of twenty rows and the files they name, and formatting it."""
    print("a large .osa file")
    for count in [10_000, 50_000]:
        subprocess.run([sys.executable, ROOT / "tests/bench/large_source.py", str(count), folder], check=True)
        checked, memory = fastest([OSAC, "check", f"{count}.osa"], folder)
        line(f"osac check of {count:,} lines", checked, memory=memory)
        subprocess.run([OSAC, "fmt", f"{count}.osa"], cwd=folder, check=True)
        formatted, memory = fastest([OSAC, "fmt", "--check", f"{count}.osa"], folder)
        line(f"osac fmt of {count:,} lines", formatted, memory=memory)


class Best:
    """The best of several measurements: least wall time, least CPU time of the command with all its processes, largest memory."""

    def __init__(self):
        self.wall = self.cpu = float("inf")
        self.memory = 0.0

    def add(self, words, folder, stdin=None):
        with open(stdin or os.devnull) as source:
            begin = time.perf_counter()
            process = subprocess.Popen([str(word) for word in words], cwd=folder, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            error = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = min(self.wall, time.perf_counter() - begin)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))} ended with {process.returncode}: {error.decode()[-2000:]}")
        self.cpu = min(self.cpu, usage.ru_utime + usage.ru_stime)
        self.memory = max(self.memory, usage.ru_maxrss / 1024)


def compare(what, best, others, limits={}):
    """A line of ratios by wall and by CPU time; a goal that is missed is marked."""
    text = f"  {what:<44}{best.wall * 1000:>10.1f} ms{best.cpu * 1000:>10.1f} ms CPU{best.memory:>6.0f} MB"
    for name, other in others.items():
        ratio = best.wall / other.wall
        limit = limits.get(name)
        mark = "" if limit is None else f" (goal {limit})" if ratio <= limit else f" (goal {limit}: MISSED)"
        text += f"   {ratio:.2f} x {name}{mark}, CPU {best.cpu / other.cpu:.2f}"
    print(text, flush=True)


def bench_run():
    runs, subruns, rounds = 10, 333, 3
    count = runs * subruns * 3 + runs + 4
    print(f"run: {count:,} elements of `cp`, two at a time; the best of {rounds} rounds")
    for disk in [False, True]:
        print(f"  on {'disk' if disk else 'memory'}")
        floor, ninja, none, full = Best(), Best(), Best(), Best()
        osac = [OSAC, "run", "night.osa", "-j2", "-q"]
        # ext4 takes no inode again that was freed within minutes, and looks past all of those for a new one: nothing is deleted before the end
        with contextlib.ExitStack() as folders:
            # in turns: whatever else the machine does falls on all of them
            for _ in range(rounds):
                for best, words, durability in [
                    (floor, [FLOORS / "spawn_floor", str(count), "seed", "third/x"], None),
                    (ninja, ["ninja", "-j2"], None),
                    (none, osac, "none"),
                    (full, osac, "full"),
                ]:
                    folder = folders.enter_context(Folder(runs, subruns, disk))
                    if durability:
                        folder.site(durability)
                    best.add(words + folder.flags if durability else words, folder.path)
            compare("spawn and wait, nothing else", floor, {})
            compare("ninja -j2", ninja, {"floor": floor})
            compare("osac run -j2, durability none", none, {"ninja": ninja, "floor": floor}, {"ninja": 1.0, "floor": 1.2})
            compare("osac run -j2, durability full", full, {"ninja": ninja, "floor": floor}, {"floor": 1.5})


def bench_nothing():
    runs, subruns, rounds = 100, 333, 7
    print(f"nothing to do: {runs * subruns * 3 + runs + 4:,} elements; the best of {rounds} rounds")
    with Folder(runs, subruns) as osac_folder, Folder(runs, subruns) as ninja_folder:
        osac_folder.site("none")
        osac_words = [OSAC, "run", "night.osa", *osac_folder.flags, "-j2", "-q"]
        Best().add(["ninja", "-j2"], ninja_folder.path)
        Best().add(osac_words, osac_folder.path)
        names = ["raw", "first", "second", "third", "merged"]
        paths = [str(path) for name in names for path in sorted((osac_folder.path / name).iterdir())]
        (osac_folder.path / "paths").write_text("\n".join(paths) + "\n")
        stat, ninja, osac, touched = Best(), Best(), Best(), Best()
        for number in range(rounds):
            stat.add([FLOORS / "stat_floor"], osac_folder.path, stdin=osac_folder.path / "paths")
            ninja.add(["ninja", "-j2"], ninja_folder.path)
            osac.add(osac_words, osac_folder.path)
            (osac_folder.path / f"raw/{number:04}.0007").touch()
            touched.add(osac_words, osac_folder.path)
        compare("stat() of the same files, two threads", stat, {})
        compare("ninja", ninja, {"stat": stat})
        compare("osac run", osac, {"ninja": ninja, "stat": stat}, {"ninja": 0.5, "stat": 3.0})
        compare("osac run, one input touched", touched, {})
        more = 1000 * (touched.wall - osac.wall)
        print(f"  one input touched costs {more:.1f} ms more (goal 50{'' if more <= 50 else ': MISSED'})")


def bench_start():
    rounds = 21
    print(f"start-up; the best of {rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "one.osa").write_text('workflow one\ndataset out = "out.txt"\ntask make { out out run "cp /etc/hostname {out}" }\n')
        version, true, copy, one = Best(), Best(), Best(), Best()
        for _ in range(rounds):
            true.add(["true"], folder)
            version.add([OSAC, "--version"], folder)
            copy.add(["cp", "/etc/hostname", "out.txt"], folder)
            shutil.rmtree(folder + "/.osa", ignore_errors=True)
            one.add([OSAC, "run", "one.osa", "-q"], folder)
        compare("true", true, {})
        compare("osac --version", version, {})
        compare("the task alone", copy, {})
        compare("osac run of one task (durability full)", one, {})
        more = 1000 * (one.wall - copy.wall)
        print(f"  one task costs {more:.1f} ms more than itself (goal 20{'' if more <= 20 else ': MISSED'})")


BENCHES = {"plan": bench_plan, "run": bench_run, "nothing": bench_nothing, "start": bench_start, "registry": lambda: registry.bench(OSAC, FLOORS), "lst": lambda: lst.bench(OSAC)}
for name in sys.argv[1:] or BENCHES:
    BENCHES[name]()
