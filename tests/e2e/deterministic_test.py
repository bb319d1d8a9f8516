#!/usr/bin/env python3
"""The same sources, tables and parameters give byte-identical plans, graphs and diagnostics: 100 builds in places that differ in all that must not matter.

What differs: the folder, how the file is named, the order in which files came into their folders, their times and modes, umask, HOME and the rest of the
environment, locale, time zone, the number of cpus, what else is in the folder. The order of declarations is another matter: it is the order of rows in the
plan, so plans of shuffled files have other bytes, but the same elements with the same files and commands.
"""
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import OSAC, Workspace

BUILDS = 100

HEAD = '''## A little of everything whose order could be that of a folder, a hash table, a thread or a locale.
workflow shuffled

import lib.text (join_lines)

'''
DECLARATIONS = ['''param day : date = "2026-11-20"
''', '''param who : text = "\u00e4nne"
''', '''enum Kind { CAL, DATA }
''', '''table runs = csv "runs.csv" { run : int  night : int  kind : Kind  start : time utc  target : text }
''', '''dimension run    : int from runs.run implies night, target order by start
''', '''dimension night  : int from runs.night
''', '''dimension target : text from runs.target
''', '''dimension sample : text from scan "samples/{sample}.txt"
''', '''dimension part   : int in sample from 0 ..< 3
''', '''dataset raw      for sample       = external "samples/{sample}.txt"
''', '''dataset piece    for sample, part = temp "{day:%Y%m%d}/piece/{sample}.{part}"
''', '''dataset whole    for sample       = "{day:%Y%m%d}/whole/{sample}.txt"
''', '''dataset pedestal for run          = "pedestal/{run:04}.txt"
''', '''dataset reduced  for run          = "reduced/{run:04}.txt"
''', '''dataset summary  for night        = "summary/{night}.txt"
''', '''dataset chart    for target       = "chart/{target}.txt"
''', '''dataset report                    = "report.txt"
''', '''task cut for sample, part { in  raw  out piece  time 1 h  memory 1 GiB * (part + 1)  run "cut {raw} {part} > {piece}" }
''', '''task glue for sample { in  pieces = all piece  out whole  use join_lines(parts: pieces, whole: whole) }
''', '''task calibrate for run where kind == CAL { out pedestal  run "echo {run} {start} > {pedestal}" }
''', '''task reduce for run where kind == DATA {
    in  pedestal = latest pedestal before start
    out reduced
    retry 2 on timeout with time * 2
    time 10 min
    run "cat {pedestal} > {reduced}"
}
''', '''task summarize for night { in  all_runs = all reduced  out summary  run "cat {all_runs} > {summary}" }
''', '''task draw for target { in  its_runs = all reduced  out chart  run "cat {its_runs} > {chart}" }
''', '''task write { in  wholes = all whole  in summaries = all summary  in charts = all chart  out report  run "cat {wholes} {summaries} {charts} > {report}; echo {who}" }
''', '''goal report
''']
MODULE = '''## Text.

## Joins texts.
tool join_lines {
    in  parts : [file]
    out whole : file
    run "cat {parts} > {whole}"
}
'''
WRONG = '''workflow wrong
param a : int = "x"
param b : flaot = 1
dataset d for nowhere = "{c}.txt"
task t { in e  out d  run "x {f} {g:raw} > {d}" }
task t { out d  run "y" }
goal h
'''
SAMPLES = [f"{name}{number}" for name in ("a", "B", "Z", "\u00e4", "_", "10-", "9-") for number in range(3)]


def runs_table():
    rows = ["run,night,kind,start,target"]
    for run in range(1, 25):
        rows.append(f"{run},{run // 6},{'CAL' if run % 4 == 1 else 'DATA'},2026-01-{1 + run // 6:02}T0{run % 6}:00:00,{'T' + str(run % 3)}")
    return "\n".join(rows) + "\n"


def locales():
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    return sorted({"C", "C.UTF-8", "POSIX", *listed[:8]})


class Shuffled:
    """One place to build in, made from a seed."""

    def __init__(self, root, seed):
        self.random = random.Random(seed)
        self.root = root
        self.folder = root / "/".join(self.random.choice(["x", "\u00fc", "a b", "deep", str(seed)]) + str(level) for level in range(self.random.randint(1, 4)))
        self.umask = self.random.choice([0o000, 0o022, 0o027, 0o077])
        self.cpus = self.random.choice([1, len(os.sched_getaffinity(0))])

    def fill(self):
        contents = {"shuffled.osa": HEAD + "".join(DECLARATIONS), "lib/text.osa": MODULE, "wrong.osa": WRONG, "runs.csv": runs_table(),
                    **{f"samples/{name}.txt": "same\n" for name in SAMPLES}}
        noise = {f"samples/{self.random.randint(0, 999)}.noise": "", "notes.md": "", "lib/other.osa": "broken (", ".hidden": ""}
        names = [*contents, *noise]
        self.random.shuffle(names)
        for name in names:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(contents.get(name, noise.get(name)))
            time = self.random.randint(0, 2_000_000_000)
            os.utime(path, (time, time))
            path.chmod(self.random.choice([0o600, 0o644, 0o755]))

    def environment(self):
        chosen = self.random.choice(locales())
        variables = {"PATH": os.environ["PATH"], "LC_ALL": chosen, "LANG": self.random.choice(locales()), "NO_COLOR": "1",
                     "TZ": self.random.choice(["UTC", "America/Santiago", "Asia/Kathmandu", "Pacific/Kiritimati"]), "HOME": str(self.folder / "home"),
                     "TERM": self.random.choice(["dumb", "xterm-256color"]), "COLUMNS": str(self.random.randint(1, 300))}
        for _ in range(self.random.randint(0, 20)):
            variables[f"NOISE_{self.random.randint(0, 10**6)}"] = "x" * self.random.randint(0, 2000)
        keys = list(variables)
        self.random.shuffle(keys)
        return {key: variables[key] for key in keys}

    def osac(self, *words):
        cpus = set(sorted(os.sched_getaffinity(0))[: self.cpus])

        def enter():
            os.umask(self.umask)
            os.sched_setaffinity(0, cpus)

        done = subprocess.run([OSAC, *words], cwd=self.folder, env=self.environment(), capture_output=True, preexec_fn=enter, timeout=60, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr


class Deterministic(Workspace):
    def test_100_shuffled_builds_give_one_plan_one_graph_and_one_set_of_messages(self):
        seen = {"plan": set(), "id": set(), "printed plan": set(), "graph": set(), "messages": set(), "messages as JSON": set()}
        for seed in range(BUILDS):
            place = Shuffled(self.folder / str(seed), seed)
            place.fill()
            file = place.random.choice(["shuffled.osa", "./shuffled.osa", str(place.folder / "shuffled.osa")])
            code, _, talk = place.osac("compile", file, "-o", "out.plan")
            self.assertEqual(code, 0, talk.decode())
            seen["plan"].add(hashlib.sha256((place.folder / "out.plan").read_bytes()).hexdigest())
            seen["id"].add(re.search(rb"plan ([0-9a-f]+)", talk).group(1))
            if seed % 4 == 0:  # these show the same rows again: enough to see a few
                seen["printed plan"].add(place.osac("compile", file, "--emit", "plan", "--elements"))
                seen["graph"].add(place.osac("compile", file, "--emit", "dot"))
                code, _, messages = place.osac("check", "wrong.osa")
                self.assertEqual(code, 3)
                seen["messages"].add(messages)
                seen["messages as JSON"].add(place.osac("check", "wrong.osa", "--diagnostics", "json"))
            shutil.rmtree(self.folder / str(seed))
        self.assertEqual({what: len(found) for what, found in seen.items()}, dict.fromkeys(seen, 1))
        self.assertTrue(next(iter(seen["messages"])).count(b"error[") >= 5)

    def test_the_order_of_declarations_changes_rows_but_no_element(self):
        seen = set()
        for seed in range(20):
            place = Shuffled(self.folder / str(seed), seed)
            place.fill()
            declarations = list(DECLARATIONS)
            if seed > 0:
                place.random.shuffle(declarations)
            (place.folder / "shuffled.osa").write_text(HEAD + "".join(declarations))
            code, printed, talk = place.osac("compile", "shuffled.osa", "--emit", "plan", "--elements", "--json")
            self.assertEqual(code, 0, talk.decode())
            plan = json.loads(printed)
            for key in ("id", "sources"):
                del plan[key]
            seen.add(canonical(plan))
        self.assertEqual(len(seen), 1)

    def test_parameters_and_contents_do_matter(self):
        """The counter-check: what must change the id does."""
        place = Shuffled(self.folder / "matters", 1)
        place.fill()

        def plan_id(*words):
            code, _, talk = place.osac("compile", "shuffled.osa", "-o", "out.plan", *words)
            self.assertEqual(code, 0, talk.decode())
            return re.search(rb"plan ([0-9a-f]+)", talk).group(1)

        ids = [plan_id(), plan_id("--day", "2026-11-21")]
        (place.folder / "samples/new.txt").write_text("")
        ids.append(plan_id())
        (place.folder / "lib/text.osa").write_text(MODULE.replace("cat {parts}", "tac {parts}"))
        ids.append(plan_id())
        self.assertEqual(len(set(ids)), len(ids))


def canonical(value):
    """A printed plan without the order of declarations: lists of named things by name, lines of declarations left out."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{canonical(value[key])}" for key in sorted(value) if key != "line") + "}"
    if isinstance(value, list):
        items = [canonical(item) for item in value]
        return "[" + ",".join(sorted(items) if value and isinstance(value[0], dict) else items) + "]"
    return json.dumps(value)


if __name__ == "__main__":
    unittest.main()
