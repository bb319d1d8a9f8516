#!/usr/bin/env python3
"""Runs one golden case: osac on CASE.osa, and compares what it says with the files beside it.

usage: run_case.py OSAC CASE.osa
A case named fail_* must end with exit code 3, ok_* with 0. CASE.err is the expected stderr of `osac check` (absent: empty); if CASE.plan, CASE.program,
CASE.tree or CASE.dot is there, `osac compile --emit` must print just that. CASE.flags holds further words (parameters). With OSAC_ACCEPT=1 the files are
rewritten and the case counts as skipped (exit 77), never as passed.
CASE.md and CASE.html are what `osac doc` prints.
A case under lint/ is for `osac lint --strict`: fail_* ends with 1, CASE.err is what it prints, and CASE.fixed (if it is there) the file after `--fix`.
"""
import difflib
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
STAGES = ["tree", "program", "plan", "dot"]
PAGES = {".md": ["doc"], ".html": ["doc", "--format", "html"]}


def run(osac, words, folder):
    done = subprocess.run([osac, *words], cwd=folder, capture_output=True, timeout=60, env={**os.environ, "NO_COLOR": "1", "LC_ALL": "C.UTF-8"})
    return done.returncode, done.stdout.decode("utf-8", "backslashreplace"), done.stderr.decode("utf-8", "backslashreplace")


def compare(path, got, accept):
    """Returns the number of differences (0 or 1), printing them."""
    expected = path.read_text() if path.exists() else ""
    if got == expected:
        return 0
    if accept:
        if got:
            path.write_text(got)
        elif path.exists():
            path.unlink()
        return 0
    sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), got.splitlines(True), str(path), "what osac says"))
    return 1


def lint(osac, case, accept):
    """Returns the number of differences. Other programs are left out: what they say is theirs, and they may not be there."""
    words = ["lint", "--strict", "--own-rules"]
    code, out, err = run(osac, [*words, case.name], case.parent)
    wrong = compare(case.with_suffix(".err"), out, accept)
    if code != (1 if case.name.startswith("fail_") else 0) or err:
        print(f"osac lint {case.name} ended with {code}\n{err}")
        wrong += 1
    fixed = case.with_suffix(".fixed")
    if fixed.exists():
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copy(case, folder)
            run(osac, [*words, "--fix", case.name], folder)
            wrong += compare(fixed, pathlib.Path(copy).read_text(), accept)
    return wrong


def main():
    osac = os.path.abspath(sys.argv[1])
    case = pathlib.Path(sys.argv[2]).resolve()
    accept = os.environ.get("OSAC_ACCEPT") == "1"
    if case.parent.parent.name == "lint":
        wrong = lint(osac, case, accept)
        return 1 if wrong else SKIPPED if accept else 0
    flags_file = case.with_suffix(".flags")
    flags = shlex.split(flags_file.read_text()) if flags_file.exists() else []
    wanted = 3 if case.name.startswith("fail_") else 0
    code, out, err = run(osac, ["check", case.name, *flags], case.parent)
    wrong = compare(case.with_suffix(".err"), err, accept)
    if code != wanted:
        print(f"osac check {case.name} ended with {code}, but a case named {case.name.split('_')[0]}_* must end with {wanted}\n{err}")
        wrong += 1
    if out:
        print(f"osac check printed to stdout: {out}")
        wrong += 1
    for stage in STAGES:
        expected = case.with_suffix("." + stage)
        if expected.exists():
            code, out, err = run(osac, ["compile", "--emit", stage, case.name, *flags], case.parent)
            wrong += compare(expected, out, accept)
    for suffix, words in PAGES.items():
        expected = case.with_suffix(suffix)
        if expected.exists():
            code, out, err = run(osac, [*words, case.name], case.parent)
            wrong += compare(expected, out, accept)
    if wrong:
        return 1
    return SKIPPED if accept else 0


sys.exit(main())
