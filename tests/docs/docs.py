#!/usr/bin/env python3
"""The documents are true: generated pages are current, every ```osa block that is a whole workflow passes the check, links lead somewhere.

usage: docs.py OSAC REPOSITORY          (OSAC_ACCEPT=1 rewrites the generated pages)
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

osac = os.path.abspath(sys.argv[1])
root = pathlib.Path(sys.argv[2])
wrong = []


def generated(path, words):
    got = subprocess.run([osac, *words], capture_output=True, text=True, check=True).stdout
    page = root / path
    if page.exists() and page.read_text() == got:
        return
    if os.environ.get("OSAC_ACCEPT") == "1":
        page.parent.mkdir(exist_ok=True)
        page.write_text(got)
    else:
        wrong.append(f"{path} is not what `osac {' '.join(words)}` prints (OSAC_ACCEPT=1 rewrites it)")


def blocks(page):
    return re.findall(r"^```osa\n(.*?)^```", page.read_text(), re.M | re.S)


def checked(page):
    """Blocks with a `workflow` line must pass `osac check` (parameters and data apart); a page of docs/errors must show its own kind in its first block."""
    count = 0
    for number, block in enumerate(blocks(page), 1):
        is_error_page = page.parent.name == "errors"
        if not re.search(r"^workflow ", block, re.M) or is_error_page:
            continue
        count += 1
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "block.osa")
            file.write_text(block)
            done = subprocess.run([osac, "compile", "--emit", "program", "block.osa"], cwd=folder, capture_output=True, text=True)
            if done.returncode != 0:
                wrong.append(f"{page.relative_to(root)}, osa block {number}:\n{done.stderr}")
    return count


def links(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
            wrong.append(f"{page.relative_to(root)}: the link to {target} leads nowhere")


generated("docs/reference/cli.md", ["reference"])
modules = sorted(f"std.{path.stem}" for path in (root / "stdlib/std").glob("*.osa"))
for module in modules:
    generated(f"docs/reference/stdlib/{module}.md", ["doc", module])
stale = [path.name for path in (root / "docs/reference/stdlib").glob("*.md") if path.stem not in modules]
wrong += [f"docs/reference/stdlib/{name} is of no module" for name in stale]
pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "workflows").rglob("*.md")]
count = sum(checked(page) for page in pages)
for page in pages:
    links(page)
print("\n".join(wrong) or f"{len(pages)} pages, {count} workflows in them: all current")
sys.exit(1 if wrong else 0)
