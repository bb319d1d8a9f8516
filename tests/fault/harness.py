"""What fault tests share: a generated workflow whose every byte can be worked out, ways to run and to kill osac, and the oracle.

The oracle's invariants (docs/explanation/testing.md):
  I1 nothing false    each recorded success has its outputs at their final names, with recorded size and hash, and the content they have to have
  I2 nothing lost     a success on record before a restart is not repeated after it
  I3 never two        no two attempts of one activity live at the same time (ft-task holds a lock)
  I4 nothing partial  a poller that reads final names all the time sees whole contents only
  I5 ends             osac ends within its bound, and no process of the run outlives it
  I6 honest           exit code and message name the cause
  I7 recovers         the same command again ends with 0 and the same bytes as if nothing had happened
"""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
OSAC = os.path.abspath(os.environ.get("OSAC", "build/release/osac"))
FT_TASK = os.path.abspath(os.environ.get("FT_TASK", "build/release/tests/fault/ft-task"))
FAULTFS = os.path.abspath(os.environ.get("FAULTFS", "build/release/tests/fault/libfaultfs.so"))
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "0"))
SEED = int(os.environ.get("FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
MASK = (1 << 64) - 1


def rounds(small):
    """How often a random test is repeated: few times by default, FAULT_ROUNDS times on demand."""
    return ROUNDS or small


# ---- what ft-task writes

def hash_bytes(state, data):
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & MASK
    return ((state ^ 0xFF) * 0x100000001B3) & MASK


CONTENTS = {}


def contents_of(activity, inputs):
    """The hash that an activity's outputs are made from; inputs are bytes, or lists of them for folders."""
    key = (activity, tuple(tuple(i) if isinstance(i, list) else i for i in inputs))
    if key not in CONTENTS:
        state = hash_bytes(0xCBF29CE484222325, activity.encode())
        for one in inputs:
            for data in one if isinstance(one, list) else [one]:
                state = hash_bytes(state, data)
        CONTENTS[key] = state
    return CONTENTS[key]


def text_of(activity, state, number):
    lines = [f"{activity} {number} {state:016x}\n"]
    counter = (state + number) & MASK
    for _ in range(64):
        counter = (counter + 0x9E3779B97F4A7C15) & MASK
        mixed = counter
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        lines.append(f"{mixed ^ (mixed >> 31):016x}\n")
    return "".join(lines).encode()


def folder_of(activity, state):
    return [text_of(activity, state, 100 + part) for part in range(4)]


# ---- the workflow

class Workflow:
    """`first` for each item, `second` (a file and a folder) for each, `third` for each, and one `join` of all: 3n + 1 elements."""

    def __init__(self, items=13, pause=30, modes=None, clauses=None):
        self.items, self.pause, self.modes, self.clauses = items, pause, modes or {}, clauses or {}

    def text(self):
        def run(task, name, inputs, outputs):
            mode = f" --mode {self.modes[task]}" if task in self.modes else ""
            return f'    run "{FT_TASK} --log exec.log --activity {name} --pause {self.pause}{mode} --input {inputs} --output {outputs}"\n' \
                   + "".join(f"    {clause}\n" for clause in self.clauses.get(task, []))
        return f"""# Made by tests/fault/harness.py.
workflow fault

dimension item : int from 0 ..< {self.items}

dataset raw   for item = external "in/{{item}}.txt"
dataset a     for item = "work/a_{{item}}.txt"
dataset b     for item = "work/b_{{item}}.txt"
dataset parts for item = "work/parts_{{item}}/"
dataset c     for item = "work/c_{{item}}.txt"
dataset total          = "out/total.txt"
dataset notes          = "out/notes.txt"

task first for item {{
    in raw
    out a
{run("first", "first_{item}", "{raw}", "{a}")}}}
task second for item {{
    in a
    out b
    out parts
{run("second", "second_{item}", "{a}", "{b} {parts}")}}}
task third for item {{
    in parts
    out c
{run("third", "third_{item}", "{parts}", "{c}")}}}
task join {{
    in bs = all b
    in cs = all c
    out total
    out notes
{run("join", "join", "{bs} {cs}", "{total} {notes}")}}}
goal total, notes
"""

    def expected(self, raw):
        """Path -> bytes (a list of bytes for a folder), for these contents of in/."""
        files = {}
        for item in range(self.items):
            first = contents_of(f"first_{item}", [raw[item]])
            files[f"work/a_{item}.txt"] = text_of(f"first_{item}", first, 0)
            second = contents_of(f"second_{item}", [files[f"work/a_{item}.txt"]])
            files[f"work/b_{item}.txt"] = text_of(f"second_{item}", second, 0)
            files[f"work/parts_{item}/"] = folder_of(f"second_{item}", second)
            third = contents_of(f"third_{item}", [files[f"work/parts_{item}/"]])
            files[f"work/c_{item}.txt"] = text_of(f"third_{item}", third, 0)
        join = contents_of("join", [files[f"work/b_{i}.txt"] for i in range(self.items)] + [files[f"work/c_{i}.txt"] for i in range(self.items)])
        files["out/total.txt"] = text_of("join", join, 0)
        files["out/notes.txt"] = text_of("join", join, 1)
        return files

    @property
    def count(self):
        return 3 * self.items + 1


def activity_of(element):
    """first[item=3] -> first_3"""
    return re.sub(r"\[item=(\d+)\]", r"_\1", element)


# ---- journals, as documented, read by other code than osac's

CRC = []
for number in range(256):
    for _ in range(8):
        number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
    CRC.append(number)


def crc32c(data):
    state = 0xFFFFFFFF
    for byte in data:
        state = CRC[(state ^ byte) & 255] ^ (state >> 8)
    return state ^ 0xFFFFFFFF


def read_journal(path):
    records = []
    for line in path.read_bytes().split(b"\n"):
        match = re.match(rb"([0-9a-f]{8}) ([0-9a-f]{6,7}) ", line)
        if not match or crc32c(line[9:]) != int(match[1], 16) or len(line) - match.end() != int(match[2], 16):
            break  # the end, or a torn tail
        records.append(json.loads(line[match.end():]))
    return records


# ---- processes

def processes_in(folder):
    """All processes that work for a workflow in this folder: pid -> command, osac itself too."""
    found = {}
    own = os.getpid()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == own:
            continue
        with contextlib.suppress(OSError):
            if pathlib.Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                continue
            inside = os.readlink(f"/proc/{name}/cwd").startswith(str(folder))
            if inside or os.fsencode(f"OSA_SCRATCH={folder}/") in pathlib.Path(f"/proc/{name}/environ").read_bytes():
                found[int(name)] = pathlib.Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def kill_all(folder):
    """SIGKILL for everything that works in the folder, until nothing is left."""
    deadline = time.monotonic() + 10
    while (found := processes_in(folder)) and time.monotonic() < deadline:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


# ---- a folder in which all this happens

class Violation(AssertionError):
    pass


class Bench:
    """A workflow in a folder of its own."""

    def __init__(self, workflow, folder, site="grace: 1 s\n"):
        self.workflow, self.folder = workflow, pathlib.Path(folder)
        self.raw = {i: f"raw {i} version 1\n".encode() for i in range(workflow.items)}
        self.valid = {}  # path -> all contents that may ever be seen there
        (self.folder / "in").mkdir(parents=True)
        (self.folder / "exec.log.locks").mkdir()
        (self.folder / "site.yaml").write_text(site)
        self.write_workflow()
        for item in self.raw:
            self.write_raw(item)
        self.accept_contents()

    def write_workflow(self):
        (self.folder / "fault.osa").write_text(self.workflow.text())

    def write_raw(self, item):
        (self.folder / f"in/{item}.txt").write_bytes(self.raw[item])

    def accept_contents(self):
        for path, content in self.workflow.expected(self.raw).items():
            self.valid.setdefault(path, set()).add(tuple(content) if isinstance(content, list) else content)

    def change_inputs(self, items, version):
        for item in items:
            self.raw[item] = f"raw {item} version {version}\n".encode()
            self.write_raw(item)
        self.accept_contents()

    def start(self, *words, env=None, jobs=4, **more):
        command = [OSAC, "run", "fault.osa", "-j", str(jobs), *words]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FAULT")}
        return subprocess.Popen(command, cwd=self.folder, env={**clean, "NO_COLOR": "1", **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True, **more)

    def finish(self, process, timeout=60):
        """Waits for osac; (exit code, stderr). It has to end within the bound (I5)."""
        try:
            _, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            stacks = self.processes()
            process.kill()
            _, errors = process.communicate()
            raise Violation(f"I5: osac did not end within {timeout} s; processes: {stacks}\n{errors}") from None
        return process.returncode, errors

    def run(self, *words, code=0, timeout=60, **more):
        got, errors = self.finish(self.start(*words, **more), timeout)
        allowed = code if isinstance(code, (tuple, set, list)) else (code,)
        if got not in allowed:
            raise Violation(f"I6: osac ended with {got} instead of {code}\n{errors}")
        return errors

    def processes(self):
        return processes_in(self.folder)

    # ---- what happened

    def journal(self):
        records = []
        for number, path in enumerate(sorted((self.folder / ".osa/fault/journal").glob("*.j1"))):
            records += [(record["t"], number, record["seq"], record) for record in read_journal(path)]
        return [record for *_, record in sorted(records, key=lambda r: r[:3])]

    def ends(self, element=None):
        return [r for r in self.journal() if r["kind"] == "end" and element in (None, r["element"])]

    def succeeded(self):
        """Activities whose newest end on record is a success."""
        state = {}
        for record in self.ends():
            state[activity_of(record["element"])] = record["outcome"] == "succeeded" and not record.get("tainted")
        return {activity for activity, good in state.items() if good}

    def succeeded_for_current(self):
        """Of these, the ones whose outputs are what the current inputs ask for: nothing may repeat them."""
        expected = self.workflow.expected(self.raw)
        state = {}
        for record in self.ends():
            good = record["outcome"] == "succeeded" and not record.get("tainted")
            for output in record.get("outputs", []):
                content = expected[output["path"]]
                if isinstance(content, bytes):
                    good = good and hashlib.sha256(content).hexdigest() == output["sha256"]
            state[activity_of(record["element"])] = good
        return {activity for activity, good in state.items() if good}

    def events(self):
        path = self.folder / "exec.log"
        return [line.split(" ") for line in path.read_text().splitlines()] if path.exists() else []

    def starts(self, since=0):
        return [event[2] for event in self.events()[since:] if event[0] == "start"]

    def content(self, path):
        full = self.folder / path
        if not path.endswith("/"):
            return full.read_bytes()
        names = sorted(p.name for p in full.iterdir())
        if names != [f"part{i}" for i in range(4)]:
            return names
        return [(full / name).read_bytes() for name in names]

    # ---- the oracle

    def check_done(self):
        """After a run that ended with 0: I1, I3, I5, I7."""
        expected = self.workflow.expected(self.raw)
        for path, content in expected.items():
            if not (self.folder / path).exists():
                raise Violation(f"I7: {path} is missing")
            if self.content(path) != content:
                raise Violation(f"I7: {path} has other content than it should")
        newest = {record["element"]: record for record in self.ends()}
        if len(newest) != self.workflow.count:
            raise Violation(f"I1: {len(newest)} elements on record instead of {self.workflow.count}")
        for element, record in newest.items():
            if record["outcome"] != "succeeded":
                raise Violation(f"I1: {element} is recorded as {record['outcome']}")
            for output in record["outputs"]:
                self.check_output(element, output)
        self.check_never()

    def check_output(self, element, output):
        path = self.folder / output["path"]
        if path.is_dir():
            size = sum(p.stat().st_size for p in path.iterdir())
        else:
            size = path.stat().st_size
            if hashlib.sha256(path.read_bytes()).hexdigest() != output["sha256"]:
                raise Violation(f"I1: {element}: the hash on record is not that of {output['path']}")
        if size != output["size"]:
            raise Violation(f"I1: {element}: {output['path']} has {size} bytes, {output['size']} on record")

    def check_never(self):
        """What may not be at any time: I3; and after an end of osac, I5 and scratch folders."""
        overlaps = [event for event in self.events() if event[0] == "overlap"]
        if overlaps:
            raise Violation(f"I3: two at the same time: {overlaps}")
        left = {}
        for _ in range(20):  # a killed process takes a moment to go
            left = self.processes()
            if not left:
                break
            time.sleep(0.05)
        if left:
            raise Violation(f"I5: processes left: {left}")
        scratch = self.folder / ".osa/fault/scratch"
        kept = [p.name for p in scratch.iterdir() if not re.search(r"\.failed$|^spare-\d+$", p.name)] if scratch.exists() else []
        if kept:
            raise Violation(f"scratch folders left: {kept}")

    def check_not_repeated(self, before, since):
        repeated = before & set(self.starts(since))
        if repeated:
            raise Violation(f"I2: repeated although on record: {sorted(repeated)}")

    @contextlib.contextmanager
    def poller(self):
        """I4: reads everything at a final name, over and over, while the body runs."""
        stop = threading.Event()
        wrong = []

        def look():
            while not stop.is_set():
                for path, valid in self.valid.items():
                    seen = self.sample(path)
                    if seen is not None and seen not in valid:
                        wrong.append((path, seen if len(str(seen)) < 300 else str(seen)[:300]))
                stop.wait(0.005)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if wrong:
            raise Violation(f"I4: partial content at a final name: {wrong[0]}")

    def sample(self, path):
        full = self.folder / path
        try:
            if not path.endswith("/"):
                return full.read_bytes()
            handle = os.open(full, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return None
        try:
            def part(number):
                with open(os.open(f"part{number}", os.O_RDONLY, dir_fd=handle), "rb") as file:
                    return file.read()
            return tuple(part(number) for number in range(4))
        except OSError as error:
            # taken away while it was read: then it is not at the final name any more
            with contextlib.suppress(OSError):
                if os.stat(full).st_ino != os.fstat(handle).st_ino:
                    return None
                return (str(error),)
            return None
        finally:
            os.close(handle)


class FaultTest(unittest.TestCase):
    """Gives each round a bench and a seed; keeps the folder of a round that violates something, and says how to repeat it."""

    @contextlib.contextmanager
    def bench(self, workflow, seed=SEED, **more):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="osac-fault-"))
        try:
            bench = Bench(workflow, folder / "w", **more)
            yield bench
        except BaseException as error:
            kill_all(folder)
            print(f"\nVIOLATION in {self.id()}: FAULT_SEED={seed}; the folder is kept: {folder}", file=sys.stderr)
            if isinstance(error, Violation):
                self.fail(str(error))
            raise
        kill_all(folder)
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)

    def seeds(self, count):
        """One seed a round; with FAULT_SEED set the first is that one."""
        print(f"{self.id()}: {count} rounds from FAULT_SEED={SEED}", file=sys.stderr)
        return range(SEED, SEED + count)


def host():
    return socket.gethostname()


def main():
    """Runs the tests of the file that was started; 77 (skipped) if what they need is not built."""
    for program in (OSAC, FT_TASK, FAULTFS):
        if not os.path.exists(program):
            print(f"{program} is not built", file=sys.stderr)
            sys.exit(77)
    unittest.main(module="__main__", verbosity=2)
