"""What end-to-end tests share: a temporary folder in which the built osac is run. On failure the folder is kept and named."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

OSAC = os.path.abspath(os.environ.get("OSAC", "build/release/osac"))
ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


class Workspace(unittest.TestCase):
    """A test case with a folder of its own, `self.folder`."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="osac-e2e-"))

    def tearDown(self):
        outcome = self._outcome.result
        if any(test is self for test, _ in outcome.failures + outcome.errors):
            print(f"the folder is kept: {self.folder}", file=sys.stderr)
        else:
            subprocess.run(["chmod", "-R", "u+w", str(self.folder)], check=False)
            shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def read(self, name):
        return (self.folder / name).read_text()

    def exists(self, name):
        return (self.folder / name).exists()

    def osac(self, *words, code=0, folder=None, timeout=300, env=None):
        """Runs osac; its exit code must be `code`. Gives the completed process with text."""
        done = subprocess.run([OSAC, *map(str, words)], cwd=folder or self.folder, capture_output=True, text=True, errors="surrogateescape", timeout=timeout,
                              env={**os.environ, "NO_COLOR": "1", **(env or {})}, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, f"osac {' '.join(map(str, words))}\nstdout: {done.stdout}\nstderr: {done.stderr}")
        return done

    def made(self, done):
        """The summary's count of elements that were made."""
        line = [line for line in done.stderr.splitlines() if " made, " in line][-1]
        return int(line.split(": ", 1)[1].split(" made")[0].replace(",", ""))


def need(*programs):
    """Ends the whole test as skipped where a program is not installed."""
    for program in programs:
        found = os.path.exists(program) if program.startswith("/") else shutil.which(program)
        if not found:
            print(f"SKIPPED: {program} is not installed")
            sys.exit(SKIPPED)
