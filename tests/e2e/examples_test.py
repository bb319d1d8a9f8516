#!/usr/bin/env python3
"""The example workflows whose programs have stand-ins: who reads what is as the tables say."""
import os
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import example_inputs
from workspace import ROOT, Workspace

STAND_IN = ROOT / "tests/support/stand_ins/stand_in.py"


class Example(Workspace):
    def take(self, workflow, *programs):
        """Copies a workflow into the folder and puts stand-ins for its programs first in the path."""
        source = ROOT / "workflows" / workflow
        shutil.copy(source, self.folder)
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        for program in programs:
            (bin_folder / program).symlink_to(STAND_IN)
        self.env = {"PATH": f"{bin_folder}:{os.environ['PATH']}"}
        return source.name

    def words_of(self, product):
        """What the product was made from: the words of its command line that are files, in order."""
        lines = self.read(product).splitlines()[1:]
        return [line.rsplit(" ", 1)[0] for line in lines if " " in line]


class SkyCoadds(Example):
    def setUp(self):
        super().setUp()
        example_inputs.coadds(self.folder)
        self.file = self.take("coadds/sky_coadds.osa", "makewarp", "makecoadd", "merge", "force")

    def test_each_warp_reads_the_detectors_that_touch_its_patch(self):
        self.osac("run", self.file, env=self.env)
        visits, detectors = range(1, example_inputs.VISITS + 1), range(example_inputs.DETECTORS)
        warps = 0
        for visit in visits:
            for patch in range(4):
                members = [d for d in detectors if patch in example_inputs.touches(visit, d)]
                warp = f"warps/{7 + patch // 2}/{patch}/{visit:08}.fits"
                self.assertEqual(self.exists(warp), bool(members), warp)
                if members:
                    warps += 1
                    self.assertEqual(self.words_of(warp), [f"images/{visit:08}/{d:03}.fits" for d in members])
        self.assertGreater(warps, 40)
        for visit in visits:
            for detector in detectors:
                patches = sorted(example_inputs.touches(visit, detector))
                catalogues = [f"catalogues/{7 + patch // 2}/{patch}.fits" for patch in patches]
                self.assertEqual(self.words_of(f"forced/{visit:08}/{detector:03}.fits"), [f"images/{visit:08}/{detector:03}.fits", *catalogues])
        self.assertEqual(self.made(self.osac("run", self.file, env=self.env)), 0)

    def test_a_row_more_in_the_relation_runs_what_reads_it(self):
        self.osac("run", self.file, env=self.env)
        visit, detector = 1, next(d for d in range(example_inputs.DETECTORS) if example_inputs.touches(1, d) == [2])
        with open(self.folder / "overlap.csv", "a") as table:
            table.write(f"{visit},{detector},8,3\n")
        self.osac("run", self.file, env=self.env)
        self.assertIn(f"images/{visit:08}/{detector:03}.fits", self.words_of(f"warps/8/3/{visit:08}.fits"))
        self.assertEqual(len(self.words_of(f"forced/{visit:08}/{detector:03}.fits")), 3)


class CalibrationChain(Example):
    def setUp(self):
        super().setUp()
        example_inputs.calibration(self.folder)
        self.file = self.take("calibration/calibration_chain.osa", "combine", "subtract", "level", "verify-bias", "drift")
        self.since = ["--since", "2026-11-20T18:00:00"]

    def test_drift_follows_time_and_not_numbers(self):
        self.osac("run", self.file, *self.since, env=self.env)
        flats = range(13, 19)
        for flat in flats:
            before = [f"drift/{flat + 1:06}.json"] if flat + 1 in flats else []
            frames = [f"work/{flat:06}_{detector}.fits" for detector in range(9)]
            self.assertEqual(self.words_of(f"drift/{flat:06}.json"), frames + before)
        self.assertEqual(self.made(self.osac("run", self.file, *self.since, env=self.env)), 0)

    def test_what_was_verified_is_certified(self):
        self.osac("run", self.file, *self.since, env=self.env)
        rows = [line for line in self.read(".osa/calibration_chain/certificates/bias.ecsv").splitlines() if not line.startswith("#")]
        self.assertEqual(len(rows), 10)
        for detector in range(9):
            self.assertEqual(sum(f"calib/20261120/bias_{detector}.fits" in row for row in rows), 1)

    def test_what_failed_its_check_is_not(self):
        (self.folder / "bin/verify-bias").unlink()
        (self.folder / "bin/verify-bias").symlink_to("/bin/false")
        self.osac("run", self.file, *self.since, env=self.env, code=1)
        self.assertFalse(self.exists(".osa/calibration_chain/certificates/bias.ecsv"))


if __name__ == "__main__":
    unittest.main()
