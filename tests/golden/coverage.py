#!/usr/bin/env python3
"""Every kind of diagnostic is shown by a golden case and explained by a page.

usage: coverage.py REPOSITORY
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
kinds = set()
for definition in sorted((root / "compiler/diagnostics/kinds").glob("*.def")):
    kinds |= {name.replace("_", "-") for name in re.findall(r"^OSAC_KIND\((\w+)", definition.read_text(), re.M)}
shown = set()
for expected in (root / "tests/golden").rglob("*.err"):
    shown |= set(re.findall(r"^(?:error|warning|advice)\[([\w-]+)\]", expected.read_text(), re.M))
# Shown by other tests, each named here: a text that cannot be a small file of its own, or a site file.
elsewhere = {line.split("#")[0].strip() for line in (root / "tests/golden/shown_elsewhere.txt").read_text().splitlines()} - {""}
pages = {page.stem for page in (root / "docs/errors").glob("*.md")}

wrong = [f"no golden case shows `{kind}`" for kind in sorted(kinds - shown - elsewhere)]
wrong += [f"`{kind}` is shown by a golden case: take it out of shown_elsewhere.txt" for kind in sorted(elsewhere & shown)]
wrong += [f"`{kind}` in shown_elsewhere.txt is no kind" for kind in sorted(elsewhere - kinds)]
wrong += [f"docs/errors/{kind}.md is missing" for kind in sorted(kinds - pages)]
wrong += [f"docs/errors/{page}.md explains no kind" for page in sorted(pages - kinds)]
print("\n".join(wrong) or f"{len(kinds)} kinds, all shown and explained")
sys.exit(1 if wrong else 0)
