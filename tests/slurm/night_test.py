#!/usr/bin/env python3
"""A simulated night of imaging, reduced with real tools on Slurm: the products are those of a run on this machine."""
import hashlib
import json
import os
import pathlib
import pwd
import re
import shutil
import tempfile
import unittest

from submitted import Submitted, skip_without_slurm
from workspace import ROOT, need

DAY = ["--day", "2024-09-18"]
# the programs write into headers when they ran, and for how many seconds
STAMP = re.compile(rb"20\d\d-\d\d-\d\d(T\d\d:\d\d:\d\d)?|\d\d:\d\d:\d\d|SEXELAPS= *\d+\.\d+")


def products(folder):
    """Hashes of all files, without those."""
    return {str(path.relative_to(folder)): hashlib.sha256(STAMP.sub(b"", path.read_bytes())).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


class Night(Submitted):
    def test_a_night_on_slurm_gives_what_it_gives_here(self):
        names = ["simulate.osa", "night.osa", "observing_plan.ecsv", "site.yaml"]
        for name in names:
            shutil.copy(ROOT / "workflows/auxtel" / name, self.folder)
        self.osac("run", "simulate.osa", *DAY)
        here = pathlib.Path(tempfile.mkdtemp(prefix="osac-e2e-"))
        try:
            for name in names:
                shutil.copy(ROOT / "workflows/auxtel" / name, here)
            shutil.copytree(self.folder / "data", here / "data")
            self.osac("run", "night.osa", *DAY, folder=here)
            self.osac("submit", "night.osa", *DAY)
            said = self.wait("night", 300)
            self.assertNotIn("FAILED", said)
            night = "data/20240918"
            wanted = products(here / night)
            self.assertGreater(len(wanted), 40)
            self.assertEqual(products(self.folder / night), wanted)
            self.assertEqual(self.made(self.osac("run", "night.osa", *DAY)), 0)
            self.assertTrue((self.submissions("night")[-1] / "provenance.pdf").exists())
            executions = json.loads(self.osac("prov", "list", "-w", "night", "--json").stdout)
            self.assertEqual({execution["user"] for execution in executions}, {pwd.getpwuid(os.getuid()).pw_name})
        finally:
            shutil.rmtree(here, ignore_errors=True)


if __name__ == "__main__":
    need("/usr/bin/python3", "astarithmetic", "source-extractor", "scamp", "SWarp")
    skip_without_slurm()
    unittest.main(verbosity=1)
