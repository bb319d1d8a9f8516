#!/usr/bin/env python3
"""osac diff: what it says would run again is what runs again, after random edits; and versions from git revisions."""
import json
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import OSAC, Workspace, need

SEED = 20261121
EDITS = 60

# Each command writes a word of its own and all that it reads: whatever changes, changes what is downstream.
DECLARATIONS = [
    "enum Kind { CAL, DATA }",
    'param offset : int = 3',
    'param label : text = "plain"',
    'table runs = csv "runs.csv" { run : int  night : int  kind : Kind  n : int  start : time utc }',
    "dimension run : int from runs.run implies night order by start",
    "dimension night : int from runs.night",
    "dimension subrun : int in run from 0 ..< n",
    'dataset raw for run = external "raw/{run}.txt"',
    'dataset pedestal for run = "pedestal/{run}.txt"',
    'dataset part for run, subrun = temp "part/{run}.{subrun}.txt"',
    'dataset merged for run = "merged/{run}.txt"',
    'dataset summary for night = "summary/{night}.txt"',
    'dataset report for run = "report/{run}.txt"',
    '''task calibrate for run where kind == CAL {
    in  raw
    out pedestal
    run "(echo w0 ${{MODE-}} {offset}; cat {raw}) > {pedestal}"
}''',
    '''task reduce for run, subrun where kind == DATA {
    in  pedestal = latest pedestal before start
    out part
    env plain
    run "(echo w1 ${{MODE-}} {run} {subrun}; cat {pedestal}) > {part}"
}''',
    '''task merge for run where kind == DATA {
    in  parts = all part
    out merged
    run "(echo w2 ${{MODE-}} {label}; cat {parts}) > {merged}"
}''',
    '''task summarize for night {
    in  members = all merged
    out summary
    run "(echo w3 ${{MODE-}}; cat {members}) > {summary}"
}''',
    '''task write for run where kind == DATA {
    in  merged
    in  summary
    out report
    run "(echo w4 ${{MODE-}} {offset}; cat {merged} {summary}) > {report}"
}''',
    "goal report",
]

RUNS = """run,night,kind,n,start
1,7,CAL,1,2026-01-01T00:00:00
2,7,DATA,2,2026-01-01T01:00:00
3,7,CAL,1,2026-01-01T02:00:00
4,7,DATA,3,2026-01-01T03:00:00
5,8,DATA,1,2026-01-02T01:00:00
"""

SITE = """durability: none
envs:
  plain: {variables: {MODE: plain}}
  other: {variables: {MODE: other}}
"""


def text_of(declarations):
    return "workflow nights\n\n" + "\n\n".join(declarations) + "\n"


# ---- edits: each takes declarations and a source of chance, and gives declarations

def place_of(declarations, pattern):
    return next(i for i, text in enumerate(declarations) if re.match(r"(## \d+\n)*" + pattern, text))


def any_task(declarations, chance):
    return chance.choice([i for i, text in enumerate(declarations) if text.startswith("task ")])


def replaced(declarations, at, text):
    return [*declarations[:at], text, *declarations[at + 1:]]


def change_a_command(declarations, chance):
    at = any_task(declarations, chance)
    return replaced(declarations, at, re.sub(r"\becho w\d+", f"echo w{chance.randrange(100, 10**6)}", declarations[at]))


def change_a_default(declarations, chance):
    at = place_of(declarations, "param " + chance.choice(["offset", "label"]))
    number = chance.randrange(100, 10**6)
    value = number if "offset" in declarations[at] else f'"label {number}"'
    return replaced(declarations, at, re.sub("= .*", f"= {value}", declarations[at]))


def add_a_filter(declarations, chance):
    task, condition = chance.choice([("reduce", "subrun < 2"), ("merge", "run != 4"), ("write", "run != 2"), ("write", "night == 7"), ("reduce", "run > 2")])
    at = place_of(declarations, f"task {task}")
    return replaced(declarations, at, declarations[at].replace(" where kind", f" where {condition} and kind", 1))


def filter_an_input(declarations, chance):
    dataset, condition = chance.choice([("part", "subrun > 0"), ("part", "subrun < 1"), ("merged", "run < 5"), ("merged", "run != 2")])
    at = next(i for i, text in enumerate(declarations) if f"= all {dataset}" in text)
    return replaced(declarations, at, re.sub(rf"= all {dataset}.*", f"= all {dataset} where {condition}", declarations[at]))


def remove_a_filter(declarations, chance):
    at = any_task(declarations, chance)
    return replaced(declarations, at, re.sub(r"where \S+ \S+ \S+ and kind", "where kind", declarations[at]))


def reorder(declarations, chance):
    return chance.sample(declarations, len(declarations))


def comment(declarations, chance):
    at = chance.randrange(len(declarations))
    return replaced(declarations, at, f"## {chance.randrange(10**6)}\n{declarations[at]}   # and more")


def rename_a_task(declarations, chance):
    at = any_task(declarations, chance)
    return replaced(declarations, at, re.sub(r"task \w+", f"task task_{chance.randrange(10**6)}", declarations[at]))


def rename_a_dataset(declarations, chance):
    old = chance.choice(["pedestal", "part", "merged", "summary"])
    new = f"{old}_{chance.randrange(10**6)}"
    return [re.sub(rf"(?<![\"/\w]){old}(?![\w/])", new, text) for text in declarations]


def move_files(declarations, chance):
    at = place_of(declarations, "dataset " + chance.choice(["pedestal", "merged", "summary", "report"]))
    return replaced(declarations, at, re.sub(r'"\w+/', f'"moved_{chance.randrange(10**6)}/', declarations[at], count=1))


def change_the_environment(declarations, chance):
    at = any_task(declarations, chance)
    text = declarations[at]
    text = text.replace("env plain", "env other") if "env plain" in text else text.replace("    run ", "    env plain\n    run ", 1)
    return replaced(declarations, at, text)


def keep_the_parts(declarations, _):
    at = place_of(declarations, "dataset part")
    return replaced(declarations, at, declarations[at].replace("temp ", ""))


def read_no_longer(declarations, chance):
    at = place_of(declarations, "task write")
    gone = chance.choice(["merged", "summary"])
    return replaced(declarations, at, declarations[at].replace(f"    in  {gone}\n", "").replace(f" {{{gone}}}", "").replace(f"{{{gone}}} ", ""))


def add_a_task(declarations, chance):
    number = chance.randrange(10**6)
    summary = re.match(r"dataset (\w+)", declarations[place_of(declarations, "dataset summary")]).group(1)
    return [*declarations, f'dataset extra_{number} for night = "extra/{{night}}.txt"',
            f'task more_{number} for night {{\n    in {summary}\n    out extra_{number}\n    run "wc {{{summary}}} > {{extra_{number}}}"\n}}', f"goal extra_{number}"]


def change_what_it_needs(declarations, chance):
    at = any_task(declarations, chance)
    return replaced(declarations, at, declarations[at].replace("    run ", "    memory 10 MiB  retry 1\n    run ", 1))


EDIT_KINDS = [change_a_command, change_a_default, add_a_filter, filter_an_input, remove_a_filter, reorder, comment, rename_a_task, rename_a_dataset,
              move_files, change_the_environment, keep_the_parts, read_no_longer, add_a_task, change_what_it_needs]


# These make something again as it was: what was to run if it were not, does not run.
SAME_BYTES = [rename_a_task, rename_a_dataset, move_files, keep_the_parts]


class Diff(Workspace):
    def setUp(self):
        super().setUp()
        self.write("runs.csv", RUNS)
        self.write("site.yaml", SITE)
        for run in range(1, 6):
            self.write(f"raw/{run}.txt", f"raw {run}\n")

    def what_ran(self, folder):
        """The elements of the last execution."""
        with sqlite3.connect(folder / ".osa/nights/registry.sqlite") as database:
            rows = database.execute("SELECT element FROM elements WHERE execution = (SELECT id FROM executions ORDER BY started DESC LIMIT 1)").fetchall()
        return {name for (name,) in rows}

    def predicted(self, *words, folder=None, code):
        """Elements by change."""
        answer = json.loads(self.osac("diff", *words, "--json", code=code, folder=folder).stdout)
        changes = {}
        for group in answer["groups"]:
            changes.setdefault(group["change"], set()).update(group["elements"])
        self.assertEqual(sum(map(len, changes.values())), answer["added"] + answer["removed"] + answer["would_rerun"] + answer["may_rerun"])
        return changes, answer

    def check_edit(self, number, before, after, is_cut_off=False):
        """Runs `before` in a new folder, asks, runs `after` and compares."""
        folder = self.folder / f"edit{number}"
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("edit*", ".osa"))
        (folder / "nights.osa").write_text(before)
        self.osac("run", "nights.osa", folder=folder)
        (folder / "new.osa").write_text(after)
        done = subprocess.run([OSAC, "diff", "nights.osa", "new.osa"], cwd=folder, capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr + after)
        changes, answer = self.predicted("nights.osa", "new.osa", folder=folder, code=done.returncode)
        self.assertEqual(done.returncode, 1 if changes else 0)
        ran_before = self.what_ran(folder)
        (folder / "nights.osa").write_text(after)
        self.osac("run", "nights.osa", folder=folder)
        ran = self.what_ran(folder) if answer["added"] + answer["would_rerun"] + answer["may_rerun"] else set()
        certain = changes.get("added", set()) | changes.get("would re-run", set())
        possible = certain | changes.get("may re-run", set())
        message = f"edit {number}\n{done.stdout}\n{before}\n{after}"
        self.assertLessEqual(changes.get("removed", set()), ran_before, message)
        if is_cut_off:
            self.assertLessEqual(certain, ran, message)
            self.assertLessEqual(ran, possible, message)
        else:
            self.assertEqual(ran, possible, message)
        shutil.rmtree(folder)
        return ran, possible

    def test_what_is_predicted_is_what_runs(self):
        chance = random.Random(SEED)
        counts = {}
        for number in range(EDITS):
            kind = EDIT_KINDS[number] if number < len(EDIT_KINDS) else chance.choice(EDIT_KINDS)
            edits = [kind] + [chance.choice(EDIT_KINDS) for _ in range(chance.choice([0, 0, 1]))]
            before = DECLARATIONS
            if chance.random() < 0.4:
                before = add_a_filter(before, chance)
            after = before
            for edit in edits:
                try:
                    after = edit(after, chance)
                except StopIteration:       # what it would edit has another name by now
                    continue
            ran, _ = self.check_edit(number, text_of(before), text_of(after), is_cut_off=any(edit in SAME_BYTES for edit in edits))
            counts[kind.__name__] = counts.get(kind.__name__, 0) + len(ran)
        for harmless in ("reorder", "comment", "change_what_it_needs"):
            self.assertIn(harmless, counts)
        self.assertGreater(sum(counts.values()), EDITS, f"the edits do something: {counts}")

    def test_edits_that_do_no_harm_make_no_difference(self):
        chance = random.Random(SEED + 1)
        before = DECLARATIONS
        self.write("nights.osa", text_of(before))
        for edit in (reorder, comment, change_what_it_needs, comment, reorder):
            before = edit(before, chance)
            self.write("new.osa", text_of(before))
            self.assertEqual(self.osac("diff", "nights.osa", "new.osa").stdout, "no difference: 16 elements as before\n")

    def test_an_equal_product_stops_what_may_run(self):
        # the new command gives the same bytes: what reads them does not run, and only that was said to be uncertain
        before = text_of(DECLARATIONS)
        after = before.replace("(echo w2 ${{MODE-}} {label}; cat {parts})", "(echo w2 {label}; cat {parts} /dev/null)")
        ran, possible = self.check_edit(0, before, after, is_cut_off=True)
        self.assertEqual(ran, {"merge[run=2]", "merge[run=4]", "merge[run=5]"} | {name for name in possible if name.startswith("reduce")})
        self.assertIn("write[run=2]", possible)

    def test_what_is_said(self):
        self.write("nights.osa", text_of(DECLARATIONS))
        self.write("new.osa", text_of(DECLARATIONS).replace("echo w3 ${{MODE-}};", "echo w3 more ${{MODE-}};").replace("offset : int = 3", "offset : int = 4"))
        done = self.osac("diff", "nights.osa", "new.osa", "--where", "run == 4", code=1)
        self.assertEqual(done.stderr, "")
        self.maxDiff = None
        self.assertEqual(done.stdout, """parameter offset: 3 -> 4

would re-run          2  calibrate  command changed  (new.osa:29)
    calibrate[run=1]
        (echo w0 ${MODE-} [-3;-] {+4;+} cat raw/1.txt) > pedestal/1.txt
would re-run          5  reduce     its temporary output is needed again  (new.osa:35)
    reduce[run=2,subrun=0]
would re-run          1  summarize  command changed  (new.osa:48)
    summarize[night=7]
        (echo w3 {+more+} ${MODE-}; cat merged/2.txt merged/4.txt) > summary/7.txt
would re-run          1  write      command changed  (new.osa:54)
    write[run=4]
        (echo w4 ${MODE-} [-3;-] {+4;+} cat merged/4.txt summary/7.txt) > report/4.txt
may re-run            2  merge      upstream changed  (new.osa:42)
    merge[run=2]
        from calibrate[run=1]: command changed (new.osa:29)

0 added, 0 removed, 9 would re-run, 2 may re-run; 0 as before
""")

    def test_parameters_are_for_the_version_that_has_them(self):
        self.write("nights.osa", text_of(DECLARATIONS))
        self.write("new.osa", text_of(["param extra : text", *DECLARATIONS]).replace("echo w3 ${{MODE-}};", "echo w3 {extra};"))
        self.assertIn("command changed", self.osac("diff", "nights.osa", "new.osa", "--extra", "more", code=1).stdout)
        self.assertIn("missing-parameter", self.osac("diff", "nights.osa", "new.osa", code=3).stderr)
        self.assertEqual(self.osac("diff", "nights.osa", "nights.osa", "--ofset", "3", code=2).stderr,
                         "osac: neither version has a parameter `ofset`\nhelp: did you mean `--offset`?\n")

    def test_the_plan_that_was_run_last_is_a_version(self):
        self.write("nights.osa", text_of(DECLARATIONS))
        self.osac("run", "nights.osa")
        self.osac("diff", ".osa/nights/plan", "nights.osa")
        self.osac("diff", ".osa/nights/plan", "nights.osa", "--offset", "5", code=1)

    def test_no_data_is_needed(self):
        shutil.rmtree(self.folder / "raw")
        self.write("nights.osa", text_of(DECLARATIONS))
        self.write("new.osa", text_of(DECLARATIONS).replace("w3 ", "w5 "))
        self.osac("diff", "nights.osa", "new.osa", code=1)

    def test_mistakes_in_one_version(self):
        self.write("nights.osa", text_of(DECLARATIONS))
        self.write("bad.osa", text_of(DECLARATIONS).replace("in  raw", "in  rwa"))
        self.assertIn("--> bad.osa:30", self.osac("diff", "nights.osa", "bad.osa", code=3).stderr)
        self.assertIn("--> bad.osa:30", self.osac("diff", "bad.osa", "nights.osa", code=3).stderr)


class Revisions(Workspace):
    def setUp(self):
        super().setUp()
        need("git")
        self.write("work/night.osa", 'workflow night\nimport tools (copy)\ntable runs = csv "runs.csv" { run : int }\ndimension run : int from runs.run\n'
                   'dataset out for run = "out/{run}.txt"\ntask make for run { out out  use copy(word: "one", file: out) }\n')
        self.write("work/tools.osa", 'tool copy { in word : text  out file  run "echo {word} > {file}" }\n'.replace("in word : text", "param word : text"))
        self.write("work/runs.csv", "run\n1\n2\n")
        self.git("init", "-q")
        self.commit("first")

    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test@localhost", *words], cwd=self.folder, check=True, capture_output=True)

    def commit(self, message):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def said(self, *words, code=2, folder=None, env=None):
        return self.osac("diff", *words, code=code, folder=folder or self.folder / "work", env=env).stderr

    def test_a_revision_against_the_working_tree(self):
        self.osac("diff", "HEAD", "night.osa", folder=self.folder / "work")
        self.write("work/night.osa", self.read("work/night.osa").replace('"one"', '"two"'))
        for words in (("HEAD", "night.osa"), ("HEAD:night.osa", "night.osa"), ("main", "night.osa")):
            if words[0] == "main":
                self.git("branch", "-f", "main-copy", "HEAD")
                words = ("main-copy", "night.osa")
            done = self.osac("diff", *words, code=1, folder=self.folder / "work")
            self.assertIn("echo [-one-] {+two+} > out/1.txt", done.stdout)
            self.assertIn("2 would re-run", done.stdout)
        self.osac("diff", "HEAD", "work/night.osa", code=1)                         # from the folder above
        self.osac("diff", "HEAD:night.osa", "HEAD:night.osa", folder=self.folder / "work")
        self.commit("second")
        self.osac("diff", "HEAD", "night.osa", folder=self.folder / "work")
        self.osac("diff", "HEAD~1:night.osa", "HEAD:night.osa", code=1, folder=self.folder / "work")

    def test_modules_are_those_of_the_revision(self):
        self.write("work/tools.osa", self.read("work/tools.osa").replace("echo", "printf"))
        self.assertIn("[-echo-] {+printf+}", self.osac("diff", "HEAD", "night.osa", code=1, folder=self.folder / "work").stdout)
        (self.folder / "work/tools.osa").unlink()
        self.commit("without the module")
        self.assertIn("unknown-module", self.said("HEAD~1", "night.osa", code=3))

    def test_tables_are_as_they_are_now_or_those_of_the_revision(self):
        self.write("work/runs.csv", "run\n1\n3\n")
        self.osac("diff", "HEAD", "night.osa", folder=self.folder / "work")
        done = self.osac("diff", "HEAD", "night.osa", "--tables-from-revision", code=1, folder=self.folder / "work")
        self.assertIn("1 added, 1 removed", done.stdout)
        self.assertIn("make[run=3]", done.stdout)

    def test_a_table_that_the_revision_lacks(self):
        self.write("work/night.osa", self.read("work/night.osa").replace("runs.csv", "new.csv"))
        self.commit("another table")
        self.write("work/new.csv", "run\n1\n")
        self.osac("diff", "HEAD", "night.osa", folder=self.folder / "work")
        self.assertIn("there is no `HEAD:new.csv`", self.said("HEAD", "night.osa", "--tables-from-revision", code=3))

    def test_mistakes_in_a_revision_name_it(self):
        self.write("work/night.osa", self.read("work/night.osa").replace("dimension run", "dimension rum"))
        self.commit("a mistake")
        self.git("checkout", "-q", "HEAD~1", "--", "work/night.osa")
        self.assertIn("--> HEAD:night.osa:", self.said("HEAD", "night.osa", code=3))

    def test_no_such_revision(self):
        for name in ("nowhere", "--upload-pack=x", "HEAD~7", "HEAD^{tree}"):
            word = "--" in name and f"{name}:night.osa" or name
            if word.startswith("--"):
                continue                                                            # it is an option, and reported as such
            self.assertEqual(self.said(word, "night.osa"),
                             f"osac: there is no revision `{name}` in the repository of `night.osa`\nhelp: `git log --oneline` lists them\n")
        self.assertIn("cannot open `:night.osa`", self.said(":night.osa", "night.osa", code=3))

    def test_a_file_that_is_not_in_it(self):
        self.assertEqual(self.said("HEAD:nigth.osa", "night.osa"),
                         "osac: there is no `nigth.osa` in revision `HEAD`\nhelp: paths are relative to this folder\n")
        self.write("work/later.osa", self.read("work/night.osa"))
        self.assertEqual(self.said("HEAD", "later.osa"), "osac: there is no `later.osa` in revision `HEAD`\n"
                         "help: it is here now: `git log --oneline -- later.osa` lists the revisions that have it\n")

    def test_a_folder_is_no_file(self):
        self.write("work/sub/x.txt", "x")
        self.commit("a folder")
        self.assertIn("`HEAD:sub` is no file", self.said("HEAD:sub", "night.osa"))

    def test_no_repository(self):
        shutil.rmtree(self.folder / ".git")
        self.assertEqual(self.said("HEAD", "night.osa", env={"GIT_CEILING_DIRECTORIES": str(self.folder.parent)}),
                         "osac: `night.osa` is in no git repository, so it has no revision `HEAD`\nhelp: give two files\n")

    def test_git_is_not_installed(self):
        self.assertEqual(self.said("HEAD", "night.osa", code=4, env={"PATH": "/nowhere"}),
                         "osac: `git` is not installed, so no revision can be read\nhelp: install git, or give two files\n")


if __name__ == "__main__":
    unittest.main()
