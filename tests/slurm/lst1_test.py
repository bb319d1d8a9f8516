#!/usr/bin/env python3
"""A night of LST-1 on Slurm with a simulated lstchain: its products are those of a run on this machine, run by run as their cleaning levels are known."""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from submitted import Submitted, skip_without_slurm

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support/lstchain"))
from observatory import Observatory

RUNS = {"20240301": [(17001, "DRS4", 1), (17002, "PEDCALIB", 1), (17003, "DATA", 4, 0.15, "Crab Nebula", 83.63, 22.01), (17004, "DATA", 3, 0.45, "Mrk 421", 166.11, 38.21)]}
DATE = "2024-03-01"


class Here(Observatory):
    """The same night in a folder of its own, without Slurm."""

    def __init__(self, test):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="osac-e2e-"))
        self.osac = lambda *words, **more: test.osac(*words, folder=self.folder, **more)
        self.set_up_night("20240301", runs=RUNS)


class Night(Observatory, Submitted):
    cluster_settings = {"nodes": 2, "cpus": 4, "memory": 300000}

    def test_a_night_on_slurm_gives_what_it_gives_here(self):
        here = Here(self)
        try:
            self.assertGreater(self.made(here.run_night(DATE)), 40)
            self.set_up_night("20240301", runs=RUNS)
            self.inject("lstchain_data_r0_to_dl1,17003,2,1,exit 2", "lstchain_dl1ab,17004,0,1,kill")  # what passes is tried again, and leaves no trace
            self.osac("submit", *self.words(DATE))
            said = self.wait("lst1", 300)
            self.assertNotIn("FAILED", said)
            wanted = here.products()
            self.assertGreater(len(wanted), 70)
            self.assertEqual(self.products(), wanted)
            self.assertEqual(self.made(self.run_night(DATE)), 0)
            # nothing twice: a call for each attempt
            count = {name: len(self.calls(name)) for name in ("onsite_create_drs4_pedestal_file", "onsite_create_calibration_file", "lstchain_dl1ab", "lstchain_dl1_to_dl2")}
            self.assertEqual(count, {"onsite_create_drs4_pedestal_file": 1, "onsite_create_calibration_file": 1, "lstchain_dl1ab": 7 + 1, "lstchain_dl1_to_dl2": 2})
            jobs = [job for submission in self.submissions("lst1") for job in submission.glob("*.sbatch")]
            self.assertLess(len(jobs), 60)
        finally:
            shutil.rmtree(here.folder, ignore_errors=True)


if __name__ == "__main__":
    skip_without_slurm()
    unittest.main(verbosity=1)
