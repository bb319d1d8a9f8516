#!/usr/bin/env python3
"""A real frame: source-extractor and a stack on the VLT/ISAAC image of eso-midas-testdata."""
import json
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import ROOT, Workspace, need

FRAMES = sorted(pathlib.Path("/usr/lib/eso-midas").glob("*/test/prim/ISAAC.2006-04-13T06:32:38.944.fits"))
need("source-extractor", "SWarp", str(FRAMES[0]) if FRAMES else "/usr/lib/eso-midas")


class RealFrame(Workspace):
    def test_a_crowded_field(self):
        for name in ["isaac.osa", "site.yaml"]:
            shutil.copy(ROOT / "workflows/isaac" / name, self.folder)
        self.osac("run", "isaac.osa", "--frames", FRAMES[0].parent)
        self.assertGreater((self.folder / "products/isaac_stack.fits").stat().st_size, 1_000_000)
        prov = json.loads(self.osac("prov", "products/isaac.ldac", "--format", "json").stdout)
        sources = [activity["osac:metric.n_sources"] for activity in prov["activity"].values()]
        self.assertEqual(len(sources), 1)
        self.assertGreater(sources[0], 500)


if __name__ == "__main__":
    unittest.main()
