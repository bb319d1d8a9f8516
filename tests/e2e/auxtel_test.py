#!/usr/bin/env python3
"""A simulated night, reduced with real tools: the stack recovers the simulated stars, the numbers are right, and nothing runs twice."""
import json
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import ROOT, Workspace, need

need("/usr/bin/python3", "astarithmetic", "source-extractor", "scamp", "SWarp")
DAY = ["--day", "2024-09-18"]
# The stack's sources, found anew, against the truth table: run by the python that has astropy.
COMPARE = """
import json, subprocess, sys
import numpy
from astropy.io import fits
stack, truth = sys.argv[1:]
open("stack.param", "w").write("ALPHA_J2000\\nDELTA_J2000\\nMAG_AUTO\\nMAGERR_AUTO\\nFLAGS\\n")
subprocess.run(["source-extractor", stack, "-c", "/usr/share/source-extractor/default.sex", "-PARAMETERS_NAME", "stack.param", "-FILTER_NAME",
    "/usr/share/source-extractor/default.conv", "-STARNNW_NAME", "/usr/share/source-extractor/default.nnw", "-CATALOG_TYPE", "FITS_1.0",
    "-CATALOG_NAME", "stack.cat", "-DETECT_THRESH", "3", "-MAG_ZEROPOINT", "27", "-VERBOSE_TYPE", "QUIET"], check=True)
found, true = fits.getdata("stack.cat", 1), fits.getdata(truth, 1)
good = found[(found["FLAGS"] == 0) & (found["MAGERR_AUTO"] < 0.05)]
distance = numpy.hypot((good["ALPHA_J2000"][:, None] - true["RA"]) * numpy.cos(numpy.radians(27.79)), good["DELTA_J2000"][:, None] - true["DEC"]) * 3600
nearest = distance.argmin(axis=1)
distance = distance[numpy.arange(len(good)), nearest]
matched = distance < 1.0
offset = good["MAG_AUTO"][matched] - true["MAG"][nearest][matched]
print(json.dumps({"good": len(good), "matched": int(matched.sum()), "rms": float(numpy.sqrt(numpy.mean(distance[matched] ** 2))),
                  "scatter": float(1.4826 * numpy.median(numpy.abs(offset - numpy.median(offset))))}))
"""


class Night(Workspace):
    def test_a_night(self):
        for name in ["simulate.osa", "night.osa", "observing_plan.ecsv", "site.yaml"]:
            shutil.copy(ROOT / "workflows/auxtel" / name, self.folder)
        self.osac("run", "simulate.osa", *DAY)
        done = self.osac("run", "night.osa", *DAY)
        self.assertNotIn("FAILED", done.stderr)

        for band in ["r", "i"]:
            stars = json.loads(subprocess.run(["/usr/bin/python3", "-c", COMPARE, f"data/20240918/products/stack_{band}.fits", "data/20240918/truth/stars.fits"],
                                              cwd=self.folder, check=True, capture_output=True, text=True).stdout)
            self.assertGreater(stars["good"], 80, stars)
            self.assertGreaterEqual(stars["matched"], 0.98 * stars["good"], stars)
            self.assertLess(stars["rms"], 0.1, stars)
            self.assertLess(stars["scatter"], 0.05, stars)
            self.assertGreater((self.folder / f"data/20240918/products/stack_{band}.jpg").stat().st_size, 10_000)

        lines = [line.split() for line in self.read("data/20240918/products/summary.ecsv").splitlines() if not line.startswith("#")]
        self.assertEqual(lines[0], ["exposure", "n_matched", "astrometry_rms", "zeropoint", "depth"])
        self.assertEqual(len(lines), 1 + 8)
        for exposure, matched, rms, zeropoint, depth in lines[1:]:
            self.assertGreater(int(matched), 60, exposure)
            self.assertLess(float(rms), 0.1, exposure)
            self.assertLess(abs(float(zeropoint)), 0.5, exposure)
            self.assertTrue(18 < float(depth) < 23, (exposure, depth))

        self.assertEqual(self.made(self.osac("run", "night.osa", *DAY)), 0)
        self.osac("prov", "-w", "night", "-o", "provenance.pdf")
        text = subprocess.run(["pdftotext", "provenance.pdf", "-"], cwd=self.folder, capture_output=True, text=True, check=True).stdout
        for word in ["master_bias", "reduce", "stack", "coadd"]:
            self.assertIn(word, text)
        prov = json.loads(self.osac("prov", "data/20240918/products/stack_r.fits", "-w", "night", "--format", "json").stdout)
        labels = [activity["prov:label"] for activity in prov["activity"].values()]
        self.assertIn("coadd[filter=r]", labels)
        self.assertIn("master_bias", labels)
        self.assertNotIn("coadd[filter=i]", labels)
        self.assertTrue(any("osac:metric.fwhm" in activity for activity in prov["activity"].values()))


if __name__ == "__main__":
    unittest.main()
