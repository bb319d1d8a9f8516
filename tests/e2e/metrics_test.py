#!/usr/bin/env python3
"""osac metrics: what tasks have measured, in all its formats, read back by those who read such files."""
import csv
import io
import json
import pathlib
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

NIGHT = """
workflow night
table log = csv "log.csv" { exposure : int  band : text  airmass : float }
dimension exposure : int from log.exposure
dataset image for exposure = external "raw/{exposure}.txt"
dataset report for exposure = "made/{exposure}.txt"
dataset summary = "made/summary.txt"
task measure for exposure {
    in  image
    out report
    metric stars : int
    metric fwhm  : float arcsec
    metric note  : text
    run "cp {image} {report}; cat {image} >> $OSA_METRICS"
}
task sum_up {
    in  reports = all report
    out summary
    metric total    : int
    metric profile  : [float] arcsec
    metric complete : bool
    script python \"\"\"
        import json, os
        open({summary}, "w").write("".join(open(report).read() for report in {reports}))
        json.dump({{"total": len({reports}), "profile": [1.5, 2, 0.25], "complete": True}}, open(os.environ["OSA_METRICS"], "w"))
    \"\"\"
}
"""
VALUES = {7: (12, 1.25, 'it said "good", twice'), 3: (8, 0.9, "poor"), 5: (30, 2.5, "")}


class Metrics(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        self.write("log.csv", "exposure,band,airmass\n7,r,1.1\n3,g,1.9\n5,r,1.4\n")
        for exposure in VALUES:
            self.set_values(exposure, *VALUES[exposure])
        self.osac("run", "night.osa")

    def set_values(self, exposure, stars, fwhm, note):
        self.write(f"raw/{exposure}.txt", json.dumps({"stars": stars, "fwhm": fwhm, "note": note}) + "\n")

    def table(self, *words):
        return self.osac("metrics", "measure", *words).stdout

    def rows(self, *words):
        return json.loads(self.table("--format", "json", *words))["rows"]

    def test_a_table_for_people(self):
        text = self.osac("metrics").stdout
        self.assertIn("measure\nelement              exposure  stars  fwhm [arcsec]  note\nmeasure[exposure=3]         3      8            0.9  poor\n", text)
        self.assertIn("sum_up\nelement  total  profile [arcsec]  complete\nsum_up       3  [1.5,2,0.25]      true\n", text)

    def test_rows_are_sorted_by_what_they_are_looked_at_against(self):
        self.assertEqual([row["exposure"] for row in self.rows()], [3, 5, 7])
        self.assertEqual([(row["airmass"], row["exposure"]) for row in self.rows("--against", "airmass")], [(1.1, 7), (1.4, 5), (1.9, 3)])
        self.assertEqual([(row["band"], row["exposure"]) for row in self.rows("--against", "band")], [("g", 3), ("r", 5), ("r", 7)])
        wrong = self.osac("metrics", "measure", "--against", "seeing", code=2).stderr
        self.assertEqual(wrong, "osac: `seeing` is no dimension or attribute of `measure`\nhelp: there are: airmass, band and exposure\n")

    def panels(self, name):
        """Tooltips by panel are in the picture's order; here all of its circles and lines, and all texts."""
        root = xml.parse(self.folder / name).getroot()
        space = "{http://www.w3.org/2000/svg}"
        titles = lambda kind: [mark.find(space + "title").text for mark in root.iter(space + kind) if mark.find(space + "title") is not None]
        return titles("circle"), titles("polyline"), [text.text for text in root.iter(space + "text")]

    def test_a_plot_has_a_panel_for_each_metric(self):
        self.osac("metrics", "measure", "--against", "airmass", "-o", "plot.svg")
        points, _, texts = self.panels("plot.svg")
        self.assertEqual(len(points), 9)
        self.assertIn("measure[exposure=7]\nairmass = 1.1\nfwhm [arcsec] = 1.25", points)
        for text in ["measure of workflow night", "3 elements", "stars", "fwhm [arcsec]", "note", "airmass", "poor", "1.2", "1.4", "1.6"]:
            self.assertIn(text, texts)
        self.osac("metrics", "measure", "--against", "airmass", "-o", "again.svg")
        self.assertEqual(self.read("plot.svg"), self.read("again.svg"))
        self.osac("metrics", "measure", "--against", "airmass", "-o", "plot.pdf")
        self.assertTrue((self.folder / "plot.pdf").read_bytes().startswith(b"%PDF"))
        said = subprocess.run(["pdftotext", "plot.pdf", "-"], cwd=self.folder, capture_output=True, text=True, check=True).stdout
        self.assertIn("fwhm [arcsec]", said)

    def test_a_plot_of_chosen_metrics_categories_and_attempts(self):
        self.set_values(3, 9, 1.0, "better")
        self.osac("run", "night.osa")
        self.osac("metrics", "measure", "--against", "band", "--plot", "fwhm", "--all", "-o", "plot.svg")
        points, _, texts = self.panels("plot.svg")
        self.assertEqual(len(points), 4)
        for text in ["g", "r", "3 elements, 4 attempts (older ones are circles)"]:
            self.assertIn(text, texts)
        wrong = self.osac("metrics", "measure", "--plot", "seeing", "-o", "plot.svg", code=2).stderr
        self.assertEqual(wrong, "osac: `seeing` is no metric of `measure`\nhelp: there are: stars, fwhm and note\n")
        wrong = self.osac("metrics", "measure", "--plot", "fwhm", code=2).stderr
        self.assertEqual(wrong, "osac: --plot is for pictures, not for text\nhelp: write to a file that ends in .svg or .pdf: -o FILE.svg\n")

    def test_lists_are_lines(self):
        self.osac("metrics", "sum_up", "--plot", "profile", "-o", "plot.svg")
        _, lines, texts = self.panels("plot.svg")
        self.assertEqual(lines, ["sum_up"])
        self.assertIn("place in the list", texts)

    def test_times_are_a_scale(self):
        self.write("trend.osa", """
workflow trend
table log = csv "trend.csv" { exposure : int  begin : time utc }
dimension exposure : int from log.exposure order by begin
dataset image for exposure = external "raw/{exposure}.txt"
dataset report for exposure = "made/trend{exposure}.txt"
task measure for exposure { in image  out report  metric fwhm : float arcsec  run "cp {image} {report}; cat {image} >> $OSA_METRICS" }
""")
        self.write("trend.csv", "exposure,begin\n7,2026-11-20T22:10:00\n3,2026-11-21T02:40:00\n5,2026-11-21T01:00:00\n")
        for exposure, fwhm in [(7, 0.9), (3, 1.4), (5, 1.1)]:
            self.write(f"raw/{exposure}.txt", json.dumps({"fwhm": fwhm}) + "\n")
        self.osac("run", "trend.osa")
        self.osac("metrics", "-w", "trend", "--against", "begin", "-o", "plot.svg")
        points, _, texts = self.panels("plot.svg")
        self.assertEqual(len(points), 3)
        for text in ["2026-11-21", "23:00", "01:00", "begin, 2026-11-20 to 2026-11-21"]:
            self.assertIn(text, texts)

    def test_json_and_csv(self):
        document = json.loads(self.table("--format", "json"))
        self.assertEqual(document["units"], {"fwhm": "arcsec"})
        self.assertEqual(document["rows"][2], {"element": "measure[exposure=7]", "exposure": 7, "stars": 12, "fwhm": 1.25, "note": VALUES[7][2]})
        self.osac("metrics", "measure", "-o", "table.csv")
        rows = list(csv.DictReader(io.StringIO(self.read("table.csv"))))
        self.assertEqual([(int(row["exposure"]), int(row["stars"]), float(row["fwhm"]), row["note"]) for row in rows], [(e, *VALUES[e]) for e in (3, 5, 7)])

    def test_ecsv_is_read_by_astropy(self):
        try:
            from astropy.table import Table
        except ImportError:
            self.skipTest("astropy is not installed")
        self.osac("metrics", "measure", "-o", "table.ecsv")
        table = Table.read(self.folder / "table.ecsv", format="ascii.ecsv")
        self.assertEqual((str(table["fwhm"].unit), table["stars"].dtype.kind, table.meta["task"]), ("arcsec", "i", "measure"))
        self.assertEqual([(row["exposure"], row["stars"], row["fwhm"]) for row in table], [(e, *VALUES[e][:2]) for e in (3, 5, 7)])
        self.assertEqual(table["note"][2], VALUES[7][2])
        self.osac("metrics", "sum_up", "-o", "sum.ecsv")
        table = Table.read(self.folder / "sum.ecsv", format="ascii.ecsv")
        self.assertEqual((list(table["profile"][0]), str(table["profile"].unit), bool(table["complete"][0])), ([1.5, 2.0, 0.25], "arcsec", True))

    def test_openmetrics(self):
        text = self.table("--format", "openmetrics")
        self.assertTrue(text.endswith("# EOF\n"))
        self.assertNotIn("note", text)
        try:
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
        except ImportError:
            self.skipTest("prometheus_client is not installed")
        read = {family.name: {sample.labels["element"]: sample.value for sample in family.samples} for family in families(text)}
        self.assertEqual(read["osac_fwhm"], {f"measure[exposure={e}]": VALUES[e][1] for e in VALUES})
        self.assertEqual(sorted(read), ["osac_fwhm", "osac_stars"])

    def test_every_attempt_or_the_newest(self):
        self.set_values(3, 9, 0.8, "better")
        self.osac("run", "night.osa")
        self.assertEqual([row["stars"] for row in self.rows()], [9, 30, 12])
        everything = self.rows("--all")
        self.assertEqual([row["stars"] for row in everything], [8, 9, 30, 12])
        self.assertEqual(len({row["execution"] for row in everything}), 2)

    def test_elements_that_are_no_longer_there_are_kept(self):
        self.write("log.csv", "exposure,band,airmass\n7,r,1.1\n")
        self.osac("run", "night.osa")
        rows = self.rows()
        self.assertEqual([(row["element"], row["exposure"]) for row in rows],
                         [("measure[exposure=7]", 7), ("measure[exposure=3]", None), ("measure[exposure=5]", None)])

    def test_mistakes(self):
        wrong = self.osac("metrics", "--format", "csv", code=2).stderr
        self.assertEqual(wrong, "osac: which task's metrics?\nhelp: these have metrics: measure and sum_up\n")
        self.assertIn("no task with metrics is called `nothing`", self.osac("metrics", "nothing", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
