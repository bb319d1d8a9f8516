#!/usr/bin/env python3
"""osac graph and osac prov graph: what the pictures say, and where their links lead."""
import pathlib
import subprocess
import sys
import unittest
import urllib.parse
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"

NIGHT = """
workflow night
table log = csv "log.csv" { exposure : int  band : text }
dimension exposure : int from log.exposure implies band
dimension band     : text from log.band
dataset image for exposure = external "raw & more/{band}/100% {exposure}.txt"
dataset clean for exposure = "made/{exposure} <b>.txt"
dataset stack for band = "made/stack {band}.txt"
task reduce for exposure { in image  out clean  run "cp {image} {clean}" }
task coadd for band { in frames = all clean min 1  out stack  run \"\"\"cat {frames} > {stack}\"\"\" }
"""
BANDS = {1: "a#b", 2: "a#b", 3: "a#b", 5: "a#b", 8: "g"}


class Pictures(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        (self.folder / "pictures").mkdir()
        self.write("log.csv", "exposure,band\n" + "".join(f"{exposure},{band}\n" for exposure, band in BANDS.items()))
        for exposure, band in BANDS.items():
            self.write(f"raw & more/{band}/100% {exposure}.txt", f"{exposure}\n")

    def texts(self, name):
        return [element.text.strip() for element in xml.parse(self.folder / name).iter(SVG + "text")]

    def links(self, name):
        """The files that the links of a picture lead to."""
        found = [element.get(LINK) for element in xml.parse(self.folder / name).iter(SVG + "a") if element.get(LINK)]
        return {pathlib.Path(self.folder / name).parent / urllib.parse.unquote(link) for link in found}

    def test_a_plan(self):
        self.osac("graph", "night.osa", "-o", "night.svg")
        texts = self.texts("night.svg")
        for text in ["night", "reduce × 5", "coadd × 2", "image × 5", "1..4 → 1 per band", "1 → 1", "many into one", "not made here"]:
            self.assertIn(text, texts)
        self.osac("graph", "night.osa", "-o", "again.svg")
        self.assertEqual(self.read("night.svg"), self.read("again.svg"))

    def test_a_lineage_of_a_file_in_a_plan(self):
        self.osac("graph", "night.osa", "--element", 'stack[band="a#b"]', "-o", "pictures/stack.svg")
        texts = self.texts("pictures/stack.svg")
        for text in ["clean × 4", "exposure 1..3, 5", "4 → 1", "asked for"]:
            self.assertIn(text, texts)
        self.assertNotIn("coadd[band=g]", texts)
        self.assertIn(self.folder / "pictures/../made/stack a#b.txt", self.links("pictures/stack.svg"))
        wrong = self.osac("graph", "night.osa", "--element", "stack[band=x]", code=2).stderr
        self.assertTrue(wrong.startswith("osac: "), wrong)
        twice = self.osac("graph", "night.osa", "reduce", "--element", "coadd", code=2).stderr
        self.assertEqual(twice, "osac: elements are named twice: `reduce` and `coadd`\n")

    def test_what_was_executed_with_links_to_files_and_logs(self):
        self.osac("run", "night.osa")
        self.osac("prov", "graph", "--element", 'stack[band="a#b"]', "-o", "pictures/stack.svg")
        texts = self.texts("pictures/stack.svg")
        for text in ["reduce × 4", "exposure 1..3, 5", "4 → 1"]:
            self.assertIn(text, texts)
        links = self.links("pictures/stack.svg")
        self.assertEqual(len(links), 5, links)
        for link in links:
            self.assertTrue(link.exists(), link)
        self.assertIn(self.folder / "pictures/../made/stack a#b.txt", links)
        self.osac("prov", "graph", "--element", 'stack[band="a#b"]', "-o", "pictures/stack.pdf")
        listed = subprocess.run(["pdfinfo", "-url", self.folder / "pictures/stack.pdf"], capture_output=True, text=True, check=True).stdout
        self.assertIn("../made/stack%20a%23b.txt", listed)
        self.osac("prov", 'coadd[band="a#b"]', "-o", "old.svg")  # as it was said once
        self.assertIn("reduce × 4", self.texts("old.svg"))
        self.osac("prov", "graph", "nothing", code=2)

    def test_failures_are_said(self):
        self.write("night.osa", NIGHT.replace('run "cp {image} {clean}"', 'run """test {exposure} != 3 && cp {image} {clean}"""'))
        self.osac("run", "night.osa", code=1)
        self.osac("prov", "graph", "-o", "night.svg")
        texts = self.texts("night.svg")
        for text in ["reduce × 5", "1 failed", "failed"]:
            self.assertIn(text, texts)
        logs = [link for link in self.links("night.svg") if link.suffix == ".log"]
        self.assertTrue(any("reduce@3" in log.name and log.exists() for log in logs), logs)

    def test_never_more_than_500_boxes(self):
        self.write("chain.osa", """
workflow chain
dimension step : int from 0 ..< 1000
dataset level for step = "level/{step}.txt"
task follow for step { in before = level of prev step ?  out level  run \"\"\"echo {before} > {level}\"\"\" }
""")
        self.osac("graph", "chain.osa", "--element", "follow[step=999]", "-o", "chain.svg")
        self.assertIn("follow[step=998]", self.texts("chain.svg"))
        self.assertTrue(any(text.startswith("follow × ") for text in self.texts("chain.svg")))
        self.osac("graph", "chain.osa", "--element", "follow[step=999]", "--elements", "-o", "all.svg")
        texts = self.texts("all.svg")
        self.assertTrue(any(text.endswith(" more") for text in texts))
        self.assertTrue(any(text.startswith("not drawn one by one: ") for text in texts))
        for name in ["chain.svg", "all.svg"]:
            nodes = [element for element in xml.parse(self.folder / name).iter(SVG + "g") if element.get("class") == "node"]
            self.assertLessEqual(len(nodes), 500)


if __name__ == "__main__":
    unittest.main()
