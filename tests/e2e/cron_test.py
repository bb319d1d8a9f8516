#!/usr/bin/env python3
"""osac cron: lines that cron, scrontab and systemd take, and that start the right night whatever paths and values hold."""
import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

WORKFLOW = '''workflow night
param night : date
param who : text = "me"
dataset out = "made-{night}"
task make {
    out out
    run "echo {who} > {out}"
}
goal out
'''
HOSTILE = "a b'c%d \"e\" $HOME \\% \\\\% `f` #g"


def as_cron_runs_it(text):
    """The command of a crontab's last line as cron hands it to sh: it ends at a `%`, unless a backslash stands before it, which is taken away (crontab(5))."""
    out, escaped = "", False
    for c in text.splitlines()[-1].split(" ", 5)[5]:
        if escaped:
            out = out[:-1] + c if c == "%" else out + c
            escaped = False
        elif c == "%":
            break
        else:
            out += c
            escaped = c == "\\"
    return out


def as_systemd_runs_it(text):
    """The last word of ExecStart (systemd.service(5)): C escapes in quotes, `%%` and `$$`."""
    word = next(line for line in text.splitlines() if line.startswith("ExecStart=/bin/sh -c ")).removeprefix("ExecStart=/bin/sh -c ")
    assert word[0] == word[-1] == '"'
    out, at = "", 1
    while at < len(word) - 1:
        assert word[at] != '"'
        if word[at] in "%$":
            assert word[at + 1] == word[at]
            at += 1
        elif word[at] == "\\":
            at += 1
        out += word[at]
        at += 1
    return out


class Cron(Workspace):
    def setUp(self):
        super().setUp()
        self.place = self.folder / HOSTILE.replace("/", "_")
        self.place.mkdir()
        (self.place / "night.osa").write_text(WORKFLOW)

    def cron(self, *words, **more):
        return self.osac("cron", "night.osa", "--at", "08:05", "--runs-on", "here", *words, **{"folder": self.place, **more}).stdout

    def check_started(self, line, day="yesterday"):
        subprocess.run(["sh", "-c", line], cwd="/", check=True, env={"PATH": "/usr/bin:/bin"}, timeout=120)
        date = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=day == "yesterday")
        # the day may have changed meanwhile
        made = [self.place / f"made-{date - datetime.timedelta(days=ago)}" for ago in (0, 1)]
        self.assertEqual([one.read_text() for one in made if one.exists()], [HOSTILE + "\n"], (self.place / "night-cron.log").read_text())

    def test_a_crontab_line_starts_the_night_before(self):
        text = self.cron("--who", HOSTILE)
        self.assertRegex(text, r"^# osac: night, each day at 08:05 UTC.*\n\d+ \d+ \* \* \* cd ")
        self.assertIn(' --night "$(date -u -d yesterday +\\%F)" >> night-cron.log 2>&1\n', text)
        self.check_started(as_cron_runs_it(text))

    @unittest.skipUnless(shutil.which("crontab"), "cron is not installed")
    def test_cron_takes_it(self):
        path = self.write("tab", self.cron("--who", HOSTILE))
        subprocess.run(["crontab", "-n", str(path)], check=True, capture_output=True)

    @unittest.skipUnless(shutil.which("busybox"), "busybox is not installed")
    def test_busybox_takes_it(self):
        (self.folder / "spool").mkdir()
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        text = self.cron("--each", "night=today")
        path = self.write("tab", text)
        done = subprocess.run(["busybox", "crontab", "-c", str(self.folder / "spool"), str(path)], capture_output=True, text=True)
        if "must be suid" in done.stderr or "not found" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "spool" / user).read_text(), text)

    def test_scrontab_has_no_escapes(self):
        text = self.cron("--who", HOSTILE, "--format", "scrontab", "--each", "night=today", env={"TZ": "UTC"})
        lines = text.splitlines()
        self.assertEqual(lines[0], "# osac: night, each day at 08:05 UTC")
        self.assertTrue(lines[1].startswith("#SCRON --"))
        self.assertTrue(lines[2].startswith("5 8 * * * cd "))
        self.check_started(lines[2].split(" ", 5)[5], "today")

    def test_systemd_units(self):
        text = self.cron("--who", HOSTILE, "--format", "systemd")
        self.assertIn("\nOnCalendar=*-*-* 08:05:00 UTC\n", text)
        self.check_started(as_systemd_runs_it(text))
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        service, timer = text.split("\n\n# ~")
        paths = [self.write("osac-night.service", service + "\n"), self.write("osac-night.timer", "# ~" + timer)]
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *map(str, paths)], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_what_is_passed_on(self):
        self.write("site.yaml", "cpus: 1\n")
        self.write("inner/night.osa", WORKFLOW)
        text = self.osac("cron", "--at=08:00", "inner/night.osa", "--format=crontab", "--who=x", "--site", "site.yaml", "--due", "12:00", "--close",
                         "--max-running", "50", "--log", "here.log").stdout
        here = self.folder.resolve()
        command = as_cron_runs_it(text)
        self.assertTrue(command.startswith(f"cd {here}/inner && "), command)
        self.assertIn(f" submit night.osa --who=x --site {here}/site.yaml --due 12:00 --close --max-running 50 --night \"$(date", command)
        self.assertTrue(command.endswith(f" >> {here}/here.log 2>&1"), command)

    def test_times_are_utc_whatever_the_clock_says(self):
        lines = self.cron(env={"TZ": "XYZ-5:30"}).splitlines()
        self.assertEqual(lines[0], "# osac: night, each day at 08:05 UTC; cron goes by this machine's clock, now at UTC+0530: after a change of it the line is "
                                   "to be changed, too")
        self.assertTrue(lines[1].startswith("35 13 * * * cd "))
        self.assertTrue(self.cron(env={"TZ": "XYZ+9"}).splitlines()[1].startswith("5 23 * * * cd "))

    def test_which_parameter(self):
        self.assertIn("--night \"$(date -u -d today +\\%Y\\%m\\%d)\"", self.cron("--each", "night=today:%Y%m%d"))
        self.assertNotIn("date -u", self.cron("--night", "2024-01-10"))
        self.assertIn("there is no parameter `nihgt`\nhelp: did you mean `night`?", self.osac("cron", "night.osa", "--at", "08:00", "--each", "nihgt=today",
                                                                                            folder=self.place, code=2).stderr)
        for each in ("night", "night=monday", "night=today:$(x)"):
            self.assertIn("names no day", self.osac("cron", "night.osa", "--at", "08:00", "--each", each, folder=self.place, code=2).stderr)
        self.write("two.osa", WORKFLOW.replace("param who", "param until : date\nparam who"))
        self.assertIn("night and until are dates without value", self.osac("cron", "two.osa", "--at", "08:00", code=2).stderr)
        self.assertIn("--at `8` is no time of day", self.osac("cron", "two.osa", "--at", "8", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
