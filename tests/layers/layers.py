#!/usr/bin/env python3
"""Who may include whom: reads every #include "..." of compiler/ and runtime/ against the table below, and third-party headers against their rooms.

usage: layers.py REPOSITORY
"""
import pathlib
import re
import sys

# A room may include itself and the rooms it names; "+" means also everything that those may include.
ROOMS = {
    "compiler/base": [],
    "compiler/diagnostics": ["compiler/base"],
    "compiler/expression": ["compiler/base"],
    "compiler/syntax": ["compiler/base", "compiler/diagnostics"],
    "compiler/program": ["compiler/base", "compiler/diagnostics", "compiler/expression"],
    "compiler/semantics": ["compiler/syntax", "compiler/program"],
    "compiler/lint": ["compiler/semantics"],
    "compiler/doc": ["compiler/semantics"],
    "compiler/tables": ["compiler/program"],
    "compiler/records": ["compiler/base", "compiler/expression"],
    "compiler/plan": ["compiler/base", "compiler/expression"],
    "compiler/planning": ["compiler/program", "compiler/tables", "compiler/records", "compiler/plan"],
    "compiler/emit": ["compiler/plan"],
    "compiler/driver": ["compiler/semantics", "compiler/planning", "compiler/emit", "stdlib"],
    "stdlib": [],
    "runtime/base": ["compiler/base"],
    "runtime/site": ["runtime/base", "compiler/diagnostics", "compiler/expression"],
    "runtime/step": ["runtime/site", "compiler/plan", "compiler/records"],
    "runtime/notify": ["runtime/step"],
    "runtime/schedule": ["compiler/plan"],
    "runtime/registry": ["runtime/step"],
    "runtime/local": ["runtime/registry", "runtime/schedule"],
    "runtime/closing": ["runtime/registry"],
    "runtime/provenance": ["runtime/registry", "compiler/emit"],
    "runtime/compare": ["runtime/registry"],
    "runtime/slurm": ["runtime/step", "runtime/registry", "runtime/local", "compiler/plan", "runtime/site"],
    "runtime/osa_step": ["runtime/slurm", "runtime/local"],
    "runtime/cli": ["compiler/driver", "compiler/lint", "compiler/doc", "runtime/local", "runtime/provenance", "runtime/compare", "runtime/notify", "runtime/closing", "runtime/slurm"],
}
# Third-party headers stay in these rooms. fmt, tl::expected and the standard library may be used everywhere.
THIRD_PARTY = {
    r"tao/": ["compiler/syntax"],
    r"(tbb|oneapi)/": ["runtime/local"],
    r"(graphviz/|gvc|cgraph|cairo)": ["compiler/emit"],
    r"archive(_entry)?\.h": ["runtime/provenance"],
    r"libpq|mysql|mariadb": ["runtime/registry"],
    r"sqlite3": ["runtime/registry", "compiler/tables"],
    r"yaml-cpp/": ["compiler/tables", "runtime/site"],
    r"CLI/": ["runtime/cli"],
    r"openssl/|xxhash": ["compiler/base"],
}


def closure(room, seen=None):
    seen = seen if seen is not None else set()
    for other in ROOMS[room]:
        if other not in seen:
            seen.add(other)
            closure(other, seen)
    return seen


def room_of(path):
    parts = path.split("/")
    return "stdlib" if parts[0] == "stdlib" else "/".join(parts[:2])


def main():
    root = pathlib.Path(sys.argv[1])
    wrong = []
    count = 0
    for source in sorted([*root.glob("compiler/**/*"), *root.glob("runtime/**/*")]):
        if source.suffix not in {".h", ".cpp"}:
            continue
        name = source.relative_to(root).as_posix()
        room = room_of(name)
        allowed = closure(room) | {room}
        for number, line in enumerate(source.read_text().splitlines(), 1):
            ours = re.match(r'#include "([^"]+)"', line)
            theirs = re.match(r"#include <([^>]+)>", line)
            if ours:
                count += 1
                target = room_of(ours.group(1))
                if target not in ROOMS:
                    wrong.append(f"{name}:{number}: `{ours.group(1)}` is not written from the root")
                elif target not in allowed:
                    wrong.append(f"{name}:{number}: {room} may not include {target}")
            elif theirs:
                for pattern, rooms in THIRD_PARTY.items():
                    if re.match(pattern, theirs.group(1)) and room not in rooms:
                        wrong.append(f"{name}:{number}: <{theirs.group(1)}> belongs to {', '.join(rooms)}")
    print("\n".join(wrong) or f"{count} includes, all within their layers")
    return 1 if wrong or count == 0 else 0


sys.exit(main())
