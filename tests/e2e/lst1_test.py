#!/usr/bin/env python3
"""A night of LST-1 with a simulated lstchain: made from the right inputs, by the right words, once; calibrations and random forests by their rules; what can be left out."""
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path[:0] = [str(SUPPORT), str(SUPPORT / "lstchain")]
import nights
from observatory import Observatory
from workspace import Workspace

try:
    import prov.model
except ImportError:
    prov = None

CAT_A = "monitoring/PixelCalibration/Cat-A"
WORK = "running_analysis/20200117/v0.11"
DL1 = "DL1/20200117/v0.11"
R0_WORDS = [
    "lstchain_data_r0_to_dl1", "--input-file=SCRATCH/R0G/LST-1.1.Run01808.0003.fits.fz", "--output-dir=SCRATCH/made", "--config=BASE/configs/dl1a.json",
    "--pointing-file=BASE/monitoring/DrivePositioning/DrivePosition_log_20200117.txt", "--run-summary-path=BASE/monitoring/RunSummary/RunSummary_20200117.ecsv",
    f"--pedestal-file=BASE/{CAT_A}/drs4_baseline/20200117/v0.1.1/drs4_pedestal.Run01804.0000.h5",
    f"--calibration-file=BASE/{CAT_A}/calibration/20200117/v0.1.1/calibration_filters_52.Run01806.0000.h5",
    f"--time-calibration-file=BASE/{CAT_A}/drs4_time_sampling_from_FF/20191124/pro/time_calibration.Run01625.0000.h5",
    f"--systematic-correction-file=BASE/{CAT_A}/ffactor_systematics/20200725/pro/ffactor_systematics_20200725.h5"]
# What lstosa calls for run 1808, subrun 3, program by program. BASE is the observatory's tree or the program's private view of it, OUT and SCRATCH are where it writes.
LSTOSA_WORDS = [
    ["onsite_create_drs4_pedestal_file", "-r", "1804", "-b", "BASE", "--r0-dir=BASE/R0G", "--no-progress"],
    ["onsite_create_calibration_file", "-p", "1804", "-r", "1806", "-b", "BASE", "--r0-dir=BASE/R0G", "--flatfield-heuristic"],
    R0_WORDS,
    ["onsite_create_cat_B_calibration_file", "-r", "1808", "-b", "BASE", "--r0-dir=BASE/R0G", "--filters=52", "--catA_calibration_run=1806",
     "--interleaved-dir=BASE/running_analysis"],
    ["lstchain_find_tailcuts", "--input-dir=SCRATCH/dl1", "--run=1808", "--output-dir=SCRATCH/found"],
    ["lstchain_dl1ab", f"--input-file=BASE/{WORK}/dl1_LST-1.Run01808.0003.h5", "--output-file=OUT/dl1_LST-1.Run01808.0003.h5",
     "--config=BASE/auxiliary/TailCuts/dl1ab_Run01808.json",
     "--catB-calibration-file=BASE/monitoring/PixelCalibration/Cat-B/calibration/20200117/v0.11/cat_B_calibration_filters_52.Run01808.h5"],
    ["lstchain_check_dl1", f"--input-file=BASE/{WORK}/tailcut1005/dl1_LST-1.Run01808.0003.h5", "--output-dir=SCRATCH/checked", "--muons-dir=SCRATCH/muons", "--omit-pdf",
     "--batch"],
    ["lstchain_merge_muon_files", "--input-dir=SCRATCH/parts", "--output-file=OUT/muons_LST-1.Run01808.fits", "--run-number=1808",
     "--pattern=muons_LST-1.Run?????.????.fits"],
    ["lstchain_merge_hdf5_files", "--input-dir=SCRATCH/parts", "--output-file=OUT/dl1_LST-1.Run01808.h5", "--no-image", "--no-progress", "--run-number=1808",
     "--pattern=dl1_LST-1.Run?????.????.h5"],
    ["lstchain_dl1_to_dl2", f"--input-file=BASE/{DL1}/tailcut1005/dl1_LST-1.Run01808.h5", "--output-dir=SCRATCH/made",
     f"--path-models=BASE/models/AllSky/{nights.MC_PROD}nsb_tuning_0.50/dec_3476", "--config=BASE/configs/dl2.json"],
    ["lstchain_check_dl1", "--input-file=SCRATCH/checks/datacheck_dl1_LST-1.Run01808.*.h5", "--output-dir=SCRATCH/checked", "--muons-dir=SCRATCH/muons"],
    ["lstchain_longterm_dl1_check", "--input-dir=SCRATCH/checks", "--output-file=SCRATCH/made/DL1_datacheck_20200117.h5", "--muons-dir=SCRATCH/muons", "--batch"],
    ["lstchain_cherenkov_transparency", "--update-datacheck-file=SCRATCH/night.h5", "--input-dir=SCRATCH/checks"],
]


def normal(words):
    def one(word):
        word = re.sub(r"\.osa/lst1/scratch/[^/]*/tmp\.d/base\b", "BASE", word)
        word = re.sub(r"\.osa/lst1/scratch/[^/]*/tmp\.d\b", "SCRATCH", word)
        word = re.sub(r"\.osa/lst1/scratch/[^/]*/out\b", "OUT", word)
        return re.sub(r"(^|=)base/", r"\1BASE/", word)
    return [one(word) for word in words]


class Night(Observatory, Workspace):
    """The night of 2020-01-17: two runs of data, 11 and 9 subruns, under different skies."""

    def test_a_night(self):
        self.set_up_night("20200117")
        done = self.run_night("2020-01-17")
        self.assertNotIn("FAILED", done.stderr)
        self.assertNotIn("warning", done.stderr)
        # gains 20, streams of two calibration runs, two calibrations; r0_to_dl1, dl1ab, check_dl1 for 20 subruns; per run cleaning, Cat-B, two merges,
        # check, DL2, two about the target; per night check, transparency, and what was asked for
        self.assertEqual(self.made(done), 20 + 2 + 2 + 3 * 20 + 2 * 8 + 3)
        self.check_subruns()
        self.check_runs()
        self.check_words()
        self.check_it_is_done()

    def check_subruns(self):
        pedestal = self.digest(CAT_A, "drs4_baseline/20200117/v0.1.1/drs4_pedestal.Run01804.0000.h5")
        charge = self.digest(CAT_A, "calibration/20200117/v0.1.1/calibration_filters_52.Run01806.0000.h5")
        for run, subruns, folder, levels in ((1807, 11, "tailcut84", [8, 4]), (1808, 9, "tailcut1005", [10, 5])):
            cleaning = self.digest("auxiliary/TailCuts", f"dl1ab_Run{run:05}.json")
            cat_b = self.digest("monitoring/PixelCalibration/Cat-B/calibration/20200117/v0.11", f"cat_B_calibration_filters_52.Run{run:05}.h5")
            for subrun in range(subruns):
                name = f"LST-1.Run{run:05}.{subrun:04}"
                dl1a = self.product(WORK, f"dl1_{name}.h5")
                self.assertEqual((dl1a["made"]["pedestal_file"], dl1a["made"]["calibration_file"]), (pedestal, charge))
                self.assertEqual(dl1a["made"]["r0"], [self.digest("R0G/20200117", nights.raw_name(run, subrun, stream)) for stream in nights.STREAMS])
                self.assertEqual("pedestal_ids" in dl1a["made"], run == 1807)
                dl1b = self.product(WORK, folder, f"dl1_{name}.h5")
                self.assertEqual(dl1b["cleaning"], levels)
                self.assertEqual(dl1b["made"], {"program": "lstchain_dl1ab", "dl1a": self.digest(WORK, f"dl1_{name}.h5"),
                                                "config": cleaning, "cat_b": cat_b})
                check = self.product(WORK, folder, f"datacheck_dl1_{name}.h5")
                self.assertEqual(check["made"]["dl1b"], self.digest(WORK, folder, f"dl1_{name}.h5"))

    def check_runs(self):
        for run, subruns, folder, level, line in ((1807, 11, "tailcut84", "0.14", "2276"), (1808, 9, "tailcut1005", "0.50", "3476")):
            dl1 = self.product(DL1, folder, f"dl1_LST-1.Run{run:05}.h5")
            self.assertEqual(dl1["subruns"], list(range(subruns)))
            self.assertEqual(dl1["made"]["parts"], [self.digest(WORK, folder, f"dl1_LST-1.Run{run:05}.{subrun:04}.h5") for subrun in range(subruns)])
            dl2 = self.product("DL2/20200117/v0.11", folder, f"nsb_tuning_{level}", f"dl2_LST-1.Run{run:05}.h5")
            self.assertEqual(dl2["models"], [level, line])
            self.assertEqual(dl2["made"]["dl1"], self.digest(DL1, folder, f"dl1_LST-1.Run{run:05}.h5"))
        night = self.product("DL1/datacheck_files/night_wise/v0.11/20200117/DL1_datacheck_20200117.h5")
        self.assertEqual((night["runs"], night["transparency"]), ([1807, 1808], True))
        for name in ("drs4_baseline", "calibration"):
            self.assertEqual(str(self.base(CAT_A, name, "20200117/pro").readlink()), "v0.1.1")

    def check_words(self):
        calls = [normal(call) for call in self.calls()]
        for wanted in LSTOSA_WORDS:
            like = [call for call in calls if call[0] == wanted[0] and len(call) == len(wanted)]
            self.assertIn(wanted, calls, "\n".join(map(str, like[:3])))
        with_ids = [call for call in calls if call[1:2] == ["--input-file=SCRATCH/R0G/LST-1.1.Run01807.0002.fits.fz"]]
        self.assertEqual(with_ids[0][-1], "--pedestal-ids-path=BASE/auxiliary/PedestalFinder/20200117/pedestal_ids_Run01807.0002.h5")
        self.assertEqual([len(call) for call in with_ids], [len(R0_WORDS) + 1])

    def check_it_is_done(self):
        before = len(self.calls())
        self.assertEqual(self.made(self.run_night("2020-01-17")), 0)
        self.assertEqual(len(self.calls()), before)
        # one subrun's product is lost: it is made again, the same, and nothing else is
        lost = self.base(WORK, "tailcut84/dl1_LST-1.Run01807.0004.h5")
        lost.unlink()
        done = self.run_night("2020-01-17", "--explain")
        self.assertEqual(self.made(done), 1, done.stderr)
        self.assertTrue(lost.exists())
        versions = self.osac("prov", "sql", "select distinct tool_version from elements where tool like 'lst.%' and tool not in ('lst.copy_streams', 'lst.lst_dvr')", "-w", "lst1").stdout
        self.assertEqual(versions.split("\n")[1:], ["0.11.0 (simulated)", ""])
        self.check_provenance()
        self.check_closing()

    def check_provenance(self):
        """As lstosa's, of a run: one graph, from the calibrations to DL2, with the words that were called and the contents of files; and a picture that fits a sheet."""
        self.osac("prov", "export", "-w", "lst1", "--by", "run", "--format", "prov-json", "-o", "provenance")
        text = self.read("provenance/run=1807.json")
        told = json.loads(text)
        activities = {activity["prov:label"]: activity for activity in told["activity"].values()}
        for label in ("drs4[run=1804]", "charge_calibration[run=1806]", "r0_to_dl1", "find_cleaning[run=1807]", "cat_b[run=1807]", "dl1ab", "merge_dl1[run=1807]",
                      'dl1_to_dl2[run=1807,target="Crab Nebula"]'):
            self.assertIn(label, activities)
        self.assertFalse([label for label in activities if "1808" in label])
        self.assertEqual(activities["r0_to_dl1"]["osac:count"]["$"], "11")
        self.assertIn("onsite_create_drs4_pedestal_file -r 1804 -b ", activities["drs4[run=1804]"]["osac:command"])
        self.assertIn(f"{CAT_A}/drs4_baseline/20200117/v0.1.1/drs4_pedestal.Run01804.0000.h5", activities["r0_to_dl1"]["osac:command"])
        hashes = {entity["osac:path"]: entity.get("osac:sha256") for entity in told["entity"].values() if "osac:path" in entity}
        for path in (f"{CAT_A}/calibration/20200117/v0.1.1/calibration_filters_52.Run01806.0000.h5", f"{WORK}/tailcut84/dl1_LST-1.Run01807.0010.h5",
                     "DL2/20200117/v0.11/tailcut84/nsb_tuning_0.14/dl2_LST-1.Run01807.h5"):
            self.assertEqual(hashes[f"base/{path}"], hashlib.sha256(self.base(path).read_bytes()).hexdigest())
        self.assertEqual(self.components(told), 1)
        if prov is not None:
            document = prov.model.ProvDocument.deserialize(content=text, format="json")
            self.assertEqual(len(list(document.get_records(prov.model.ProvActivity))), len(activities))
        self.osac("prov", "graph", "dl2[run=1807]", "-w", "lst1", "-o", "run.pdf")
        if shutil.which("pdfinfo"):
            about = subprocess.run(["pdfinfo", self.folder / "run.pdf"], capture_output=True, text=True, check=True).stdout
            width, height = map(float, re.search(r"Page size: +([\d.]+) x ([\d.]+) pts", about).groups())
            self.assertLessEqual((min(width, height), max(width, height)), (842, 1191), "more than A3")
            self.assertRegex(about, r"Pages: +1\n")

    def check_closing(self):
        """What lstosa's closer does: subruns' files move to their folders, and links stay; a night's checks are in one folder; nothing is made again."""
        before = {name: self.digest(WORK, name) for name in ("muons_LST-1.Run01807.0003.fits", "tailcut84/dl1_LST-1.Run01807.0003.h5")}
        done = self.osac("close", "--by", "run")
        # muons, interleaved events, DL1B and checks of 20 subruns; links to two checks and their plots
        self.assertIn("84 files published", done.stderr)
        for name, place in (("muons_LST-1.Run01807.0003.fits", "muons"), ("tailcut84/dl1_LST-1.Run01807.0003.h5", "tailcut84")):
            final = self.base(DL1, place, name.rsplit("/", 1)[-1])
            self.assertTrue(final.is_file() and not final.is_symlink(), final)
            self.assertEqual(self.base(WORK, name).resolve(), final.resolve())
            self.assertEqual(self.digest(DL1, place, final.name), before[name])
        self.assertEqual(len(list(self.base(DL1, "interleaved").iterdir())), 20)
        self.assertTrue(self.base(DL1, "tailcut1005/datacheck/datacheck_dl1_LST-1.Run01808.0008.h5").is_file())
        folder = self.base("DL1/datacheck_files/20200117")
        self.assertEqual(sorted(path.name for path in folder.iterdir()), [f"datacheck_dl1_LST-1.Run0{run}.{kind}" for run in (1807, 1808) for kind in ("h5", "pdf")])
        for path in folder.iterdir():
            self.assertTrue(path.is_symlink() and path.resolve().is_file(), path)
        self.assertEqual(len(list(self.folder.glob(".osa/lst1/closed/*/run=1807.*"))), 2)
        calls = len(self.calls())
        self.assertIn("lst1: closed on", self.run_night("2020-01-17").stderr)
        self.osac("close", "--reopen", "--reason", "a look at it")
        self.assertEqual(self.made(self.run_night("2020-01-17")), 0)
        self.assertEqual(len(self.calls()), calls)

    @staticmethod
    def components(told):
        """Of a document's graph: its things, joined by whatever relates them."""
        leads = {name: name for kind in ("entity", "activity", "agent") for name in told.get(kind, {})}

        def root(name):
            while leads[name] != name:
                leads[name] = name = leads[leads[name]]
            return name
        for kind, relations in told.items():
            if kind in ("prefix", "entity", "activity", "agent"):
                continue
            for relation in relations.values():
                ends = [end for key, end in relation.items() if key.startswith("prov:")]
                ends = [one for end in ends for one in (end if isinstance(end, list) else [end]) if isinstance(one, str) and one in leads]
                for one, other in zip(ends, ends[1:]):
                    leads[root(one)] = root(other)
        return len({root(name) for name in leads})


class Choices(Observatory, Workspace):
    """What a plan chooses, and what can be left out or asked for; little of it is executed."""

    def calibrations(self, element, date, *more):
        """The files of Cat-A that an element comes from."""
        return [re.sub(r".*/", "", path) for path in self.planned(element, date, *more) if "Cat-A" in path and "pdf" not in path]

    def test_calibrations_of_the_same_night(self):
        self.set_up_night("20200117")
        for more, charge in (([], 1806), (["--highest_of_night", "true"], 1809)):
            self.assertEqual(self.calibrations("r0_to_dl1[run=1807,subrun=0]", "2020-01-17", *more), [
                "time_calibration.Run01625.0000.h5", "ffactor_systematics_20200725.h5", "drs4_pedestal.Run01804.0000.h5", f"calibration_filters_52.Run0{charge}.0000.h5"])

    def test_calibrations_of_the_night_before(self):
        self.set_up_night("20220923")
        self.assertEqual(self.calibrations("r0_to_dl1[run=9379,subrun=0]", "2022-09-23"), [
            "time_calibration.Run05979.0000.h5", "ffactor_systematics_20201110.h5", "drs4_pedestal.Run09255.0000.h5", "calibration_filters_52.Run09258.0000.h5"])
        found = self.calibrations("r0_to_dl1[run=9379,subrun=0]", "2022-09-23", "--highest_of_night", "true")
        self.assertIn("drs4_pedestal.Run09381.0000.h5", found)  # of this night, although taken after the data
        self.assertIn("calibration_filters_52.Run09258.0000.h5", found)

        self.assertEqual(self.made(self.run_night("2022-09-23", "cleaning")), 21 + 2 + 2 + 21 + 1)
        self.assertEqual(str(self.base(CAT_A, "drs4_baseline/20220922/pro").readlink()), "v0.1.1")

    def test_a_calibration_further_back_than_four_nights_is_none(self):
        self.set_up_night("20220923")
        summary = self.base("monitoring/RunSummary/RunSummary_20220922.ecsv")
        summary.rename(summary.with_name("RunSummary_20220918.ecsv"))
        self.assertIn("report_no_pedestal[run=9379]", self.open_elements("2022-09-23"))
        done = self.run_night("2022-09-23", code=1)
        self.assertIn("failed: report_no_pedestal[run=9379]: exit code 3", done.stderr)
        self.assertIn("run 9379 has no DRS4 pedestal from the four nights before it", self.osac("log", "report_no_pedestal[run=9379]").stdout)
        self.assertEqual(self.calls("lstchain_data_r0_to_dl1"), [])

    def test_a_run_without_calibration_holds_back_no_other(self):
        """Of two nights the first one has no calibrations at all."""
        runs = {"20240301": [(17003, "DATA", 2, 0.15, "Crab Nebula", 83.63, 22.01)],
                "20240302": [(17011, "DRS4", 1), (17012, "PEDCALIB", 1), (17013, "DATA", 2, 0.45, "Mrk 421", 166.11, 38.21)]}
        self.set_up_night("20240301", "20240302", runs=runs)
        done = self.run_night("2024-03-02", "--since", "2024-03-01", code=1)
        failed = re.findall(r"failed: (\S+):", done.stderr)
        self.assertEqual(sorted(failed), ["find_cleaning[run=17003]", "report_no_charge[run=17003]", "report_no_pedestal[run=17003]"])
        self.assertIn("run 17003 has no charge calibration from the four nights before it", self.osac("log", "report_no_charge[run=17003]").stdout)
        self.assertTrue(self.base("DL2/20240302/v0.11/tailcut1005/nsb_tuning_0.50/dl2_LST-1.Run17013.h5").exists())
        self.assertEqual([product for product in self.products() if "17003" in product and re.search("/(dl1|dl2|muons|datacheck|cat_B)_", product)], [])
        # raw data that were calibrated before need none
        self.run_night("2024-03-01", "dl1a", "--input_state", "catA_calibrated", "--prod", "calibrated")

    def test_a_single_run(self):
        self.set_up_night("20240110")
        self.run_night("2024-01-10", "--where", "run == 16111")
        self.assertEqual(sorted({product.split("Run")[1][:5] for product in self.products() if "DL1/" in product and "Run" in product}), ["16111"])
        self.assertTrue(self.base("DL2/20240110/v0.11/tailcut1407/nsb_tuning_1.25/dl2_LST-1.Run16111.h5").exists())

        # without images there is nothing to check, and the word says so in the way that the program understands
        self.run_night("2024-01-10", "dl1", "--where", "run == 16111", "--images", "false")
        self.assertEqual({call[4] for call in self.calls("lstchain_dl1ab") if len(call) == 6}, {"--no-image"})
        # the same cleaning for all
        self.run_night("2024-01-10", "dl2", "--where", "run == 16111", "--standard_cleaning", "true", "--prod", "v0.12", "--standard_nsb", "0.07")
        self.assertTrue(self.base("DL2/20240110/v0.12/tailcut84/nsb_tuning_0.07/dl2_LST-1.Run16111.h5").exists())
        # without Cat-B
        self.run_night("2024-01-10", "dl1", "--where", "run == 16111", "--prod", "v0.13", "--cat_b_calibration", "false")
        self.assertNotIn("cat_b", self.product("running_analysis/20240110/v0.13/tailcut1407/dl1_LST-1.Run16111.0000.h5")["made"])

    def test_event_lists(self):
        self.set_up_night("20240110")
        self.run_night("2024-01-10", "obs_index", "--make_dl3", "true")
        crab = self.product("DL3/20240110/v0.11/std_cuts/Crab Nebula/obs-index.fits.gz")
        self.assertEqual(crab["runs"], [16110, 16113])
        other = 'moon & "stars" 100%'
        self.assertEqual(self.product("DL3/20240110/v0.11/std_cuts", other, "dl3_LST-1.Run16111.fits.gz")["source"], [other, 120.0, -20.5])
        call = normal(next(call for call in self.calls("lstchain_create_dl3_file") if other in " ".join(call)))
        self.assertEqual(call, ["lstchain_create_dl3_file", "-d", "BASE/DL2/20240110/v0.11/tailcut1407/nsb_tuning_1.25/dl2_LST-1.Run16111.h5", "-o", "SCRATCH/made",
                                "--input-irf=BASE/DL3/20240110/v0.11/irf.fits.gz", f"--source-name={other}", "--source-ra=120deg", "--source-dec=-20.5deg", "--overwrite",
                                "--config=BASE/configs/dl3.json"])

    def test_what_is_not_planned_yet_says_what_it_waits_for(self):
        self.set_up_night("20240110")
        said = self.osac("graph", *self.words("2024-01-10"), "--element", "dl2[run=16111]", code=2).stderr
        self.assertIn("`dl2[run=16111]` is not planned yet", said)
        self.assertIn("known once `cleaning[run=16111]` is made", said)
        self.run_night("2024-01-10", "dl1a", "--where", "run == 16111")
        said = self.osac("prov", "graph", "-w", "lst1", "--element", "cat_b[run=16111]", code=2).stderr
        self.assertIn("no element or file of which there is a record", said)
        said = self.osac("run", "night.osa", "--help").stdout
        self.assertIn('--dl1a_config path        [default: "{configs}/dl1a.json"]', said)
        self.assertIn('--since date              of a campaign: the first one [default: date]', said)

    def test_states_of_the_raw_data(self):
        self.set_up_night("20240110")
        self.run_night("2024-01-10", "dl1a", "--where", "run == 16111", "--input_state", "gain_selected")
        self.assertEqual(self.calls("lstchain_r0_to_r0g"), [])
        self.assertNotIn("None", str(self.calls()))
        self.assertEqual(len([word for word in self.calls("lstchain_data_r0_to_dl1")[0] if "-file=" in word]), 6)
        self.run_night("2024-01-10", "dl1a", "--where", "run == 16111", "--input_state", "catA_calibrated", "--prod", "calibrated")
        made = self.product("running_analysis/20240110/calibrated/dl1_LST-1.Run16111.0000.h5")["made"]
        self.assertEqual(sorted(made), ["config", "drive", "program", "r0", "run_summary"])

    def test_calibrations_that_are_there(self):
        self.set_up_night("20240110")
        self.assertIn("report_no_pedestal[run=16111]", self.open_elements("2024-01-10", "--make_calibration", "false"))
        nights.write_calibrations(self.base(), "20240110", 16108, 16109, "v0.1.0")
        self.run_night("2024-01-10", "dl1a", "--where", "run == 16111", "--make_calibration", "false")
        self.assertEqual(self.calls("onsite_create_drs4_pedestal_file"), [])
        self.assertIn(f"--pedestal-file=base/{CAT_A}/drs4_baseline/20240110/pro/drs4_pedestal.Run16108.0000.h5", self.calls("lstchain_data_r0_to_dl1")[0])

    def test_what_is_excluded_is_left_out(self):
        self.set_up_night("20240110")
        self.write("base/exclusions.csv", "run,subrun,reason,author\n16111,,a car's headlights,me\n16113,2,\"lightning, near\",me\n16113,7,half a file,me\n")
        read = [path for path in self.planned("find_cleaning[run=16113]", "2024-01-10") if "/dl1_LST" in path]
        self.assertEqual([path[-7:-3] for path in read], ["0000", "0001", "0003", "0004", "0005", "0006"])
        self.run_night("2024-01-10", "dl1a")
        self.assertEqual([path for path in self.products() if "16111" in path], [])
        self.assertEqual(len([path for path in self.products() if "/dl1_LST-1.Run16113" in path]), 6)

    def test_a_night_without_data_is_no_mistake(self):
        self.set_up_night("20220923")
        for date in ("2022-09-22", "2022-10-22"):
            self.assertEqual(self.made(self.run_night(date)), 1)
            self.assertIn(f"production v0.11 of the night {date},", self.read(f"base/running_analysis/{date.replace('-', '')}/v0.11/production.txt"))
            self.assertEqual(self.calls(), [])

    def test_a_run_whose_target_is_not_known_is_named(self):
        self.set_up_night("20240110")
        catalog = self.base("monitoring/RunCatalog/RunCatalog_20240110.ecsv")
        catalog.write_text("".join(line for line in catalog.read_text().splitlines(True) if not line.startswith("16113")))
        done = self.run_night("2024-01-10", "dl2", "target_check", "--where", "run == 16113", code=1)
        self.assertIn("failed: check_target[run=16113]", done.stderr)
        self.assertIn("run 16113 is not in the night's run catalogue", self.osac("log", "check_target[run=16113]").stdout)


THREE_NIGHTS = {f"2024030{n}": [(17001 + 10 * n, "DRS4", 1), (17002 + 10 * n, "PEDCALIB", 1), (17003 + 10 * n, "DATA", 2, 0.15, "Crab Nebula", 83.63, 22.01)] for n in (1, 2, 3)}


class Campaign(Observatory, Workspace):
    """Many nights at once: one plan, one status."""

    def run_three(self, *more, code=0):
        return self.run_night("2024-03-03", "--since", "2024-03-01", *more, code=code)

    def whole_nights(self):
        """Those that have all that is made of them: event data, and checks."""
        return [night for night in THREE_NIGHTS if list(self.base("DL2", night).rglob("*.h5")) and list(self.base(f"DL1/datacheck_files/night_wise/v0.11/{night}").glob("*.h5"))]

    def states(self):
        rows = json.loads(self.osac("status", "-w", "lst1", "--by", "night", "--json").stdout)["rows"]
        return {row["key"]: row["state"] for row in rows if row["key"] >= "2024-03-01"}

    def test_a_missing_stream_breaks_one_night_of_three(self):
        self.set_up_night(*THREE_NIGHTS, runs=THREE_NIGHTS)
        stream = self.base("R0/20240302", nights.raw_name(17023, 1, 3))
        content = stream.read_text()
        stream.unlink()
        done = self.run_three(code=1)
        self.assertEqual(re.findall(r"failed: (\S+):", done.stderr), ["select_gains[run=17023,subrun=1]", "longterm_check[night=2024-03-02]"])
        self.assertEqual(self.whole_nights(), ["20240301", "20240303"])
        before = self.products()
        self.assertEqual(self.states(), {"2024-03-01": "done", "2024-03-02": "failed", "2024-03-03": "done"})
        stream.write_text(content)
        done = self.run_three()
        self.assertEqual(self.whole_nights(), list(THREE_NIGHTS))
        self.assertEqual(set(self.states().values()), {"done"})
        after = self.products()
        remade = [path for path in before if before[path] != after[path]]
        self.assertEqual([path for path in remade if "20240302" not in path and "Run17023" not in path], [])  # the other nights are as they were
        self.assertEqual(self.made(self.run_three()), 0)

    def test_an_unreadable_summary_breaks_one_night_of_three(self):
        self.set_up_night(*THREE_NIGHTS, runs=THREE_NIGHTS)
        summary = self.base("monitoring/RunSummary/RunSummary_20240302.ecsv")
        content = summary.read_text()
        summary.write_text(content.replace("17023,2,", "17023,two,"))
        done = self.run_three(code=1)
        self.assertIn("`run_summary[night=2024-03-02]` cannot be used", done.stderr)
        self.assertIn("not planned: what comes of table `summary`: 1 file of `run_summary` cannot be used", done.stderr)
        self.assertEqual(self.whole_nights(), ["20240301", "20240303"])
        self.assertIn("what comes of table `summary`", self.osac("plan", *self.words("2024-03-03", "--since", "2024-03-01")).stdout)
        calls = len(self.calls())
        self.run_three(code=1)  # what is not planned is not forgotten
        self.assertEqual(len(self.calls()), calls)
        summary.write_text(content)
        self.run_three()
        self.assertEqual(self.whole_nights(), list(THREE_NIGHTS))

    def test_what_another_production_changes(self):
        self.set_up_night("20240301", runs=THREE_NIGHTS)
        self.run_night("2024-03-01")
        words = [".osa/lst1/plan", *self.words("2024-03-01")]
        self.assertIn("as before", self.osac("diff", *words).stdout)
        said = self.osac("diff", *words, "--prod", "v0.12", code=1).stdout
        self.assertIn('parameter prod: v0.11 -> v0.12', said)
        found = {one["task"]: one for one in json.loads(self.osac("diff", *words, "--filters", "51", "--json", code=1).stdout)["groups"]}
        self.assertIn("charge_calibration", found)
        self.assertNotIn("select_gains", found)

    def test_many_nights_are_one_plan(self):
        count, subruns = 20, 20
        runs, run = {}, 18001
        for day in range(1, count + 1):
            data = [(run + 2 + i, "DATA", subruns, 0.15, "Crab Nebula", 83.63, 22.01) for i in range(8)]
            runs[f"202502{day:02}"] = [(run, "DRS4", 1), (run + 1, "PEDCALIB", 1), *data]
            run += 10
        self.set_up_night("20250201", runs=runs)
        for night in runs:
            nights.write_night(self.base(), night, runs[night])
        # a night: gains and DL1A of subruns; two calibrations and their streams; of runs cleaning, Cat-B, muons, two about the target; what was asked for
        a_night = 2 * 8 * subruns + 4 + 5 * 8 + 1
        for more, nights_made in ((["--since", "2025-02-01"], count), (["--since", "2025-02-01", "--where", "night in [2025-02-03, 2025-02-11]"], 2), ([], 1)):
            done = self.osac("compile", *self.words("2025-02-20", *more), "--no-scan", "-o", "nights.plan")
            self.assertIn(f" {nights_made * a_night:,} elements of ", done.stdout + done.stderr)


CLEANINGS = """
workflow cleanings
import std.lstchain as lst
table cleanings = csv "cleanings.csv" { row : int  picture : int  boundary : int  rate : float }
dimension row : int from cleanings.row
dataset folders for row = "folders/{row}"
task name for row { out folders  run "echo {lst.cleaning_name(picture, boundary)} {lst.nsb_level(picture, rate)} > {folders}" }
"""
LINES = """
workflow lines
import std.lstchain as lst
table pointings = csv "pointings.csv" { number : int  pointing : float }
table lines     = csv "lines.csv" { name : text  declination : float }
dimension number : int  from pointings.number
dimension line   : text from lines.name order by declination
dataset forest for line   = external "forests/{line}"
dataset chosen for number = "chosen/{number}"
task choose for number {
    in  forest = nearest forest at pointing where lst.line_suits(declination, pointing)
    out chosen
    run "basename {forest} > {chosen}"
}
"""


class Rules(Workspace):
    """Values that lstosa gives."""

    def test_cleanings_and_levels(self):
        known = [(8, 4, 0.0, "tailcut84 0.00"), (10, 4, 0.4, "tailcut104 0.38"), (10, 5, 0.45, "tailcut1005 0.50"), (6, 3, 0.1, "tailcut603 of_picture_threshold_6"),
                 (18, 9, 9.0, "tailcut1809 2.34"), (8, 4, 0.036, "tailcut84 0.07"), (8, 4, 0.12, "tailcut84 0.14"), (8, 4, 5.0, "tailcut84 0.22"),
                 (12, 6, 0.1, "tailcut1206 0.81"), (14, 7, 0.1, "tailcut1407 1.25"), (16, 8, 0.1, "tailcut1608 1.76"), (8, 4, -0.01, "tailcut84 of_negative_rate")]
        self.write("cleanings.osa", CLEANINGS)
        self.write("cleanings.csv", "row,picture,boundary,rate\n" + "".join(f"{i},{p},{b},{r}\n" for i, (p, b, r, _) in enumerate(known)))
        self.osac("run", "cleanings.osa")
        self.assertEqual([self.read(f"folders/{i}").strip() for i in range(len(known))], [wanted for *_, wanted in known])

    def test_declination_lines(self):
        known = {-45: -29.24, -10: -4.13, 0: 9.31, 12: 22.76, 22.08: 22.76, 28: 22.76, 29: 34.76, 43.98: 34.76, 52: 48.22, 80: 66.76, 22.76: 22.76, 9.31: 9.31}
        names = {declination: name for name, declination in nights.LINES.items()}
        self.write("lines.osa", LINES)
        self.write("pointings.csv", "number,pointing\n" + "".join(f"{i},{pointing}\n" for i, pointing in enumerate(known)))
        self.write("lines.csv", "name,declination\n" + "".join(f"{name},{declination}\n" for name, declination in nights.LINES.items()))
        for name in nights.LINES:
            self.write(f"forests/{name}", "")
        self.osac("run", "lines.osa")
        self.assertEqual([self.read(f"chosen/{i}").strip() for i in range(len(known))], [names[line] for line in known.values()])


if __name__ == "__main__":
    unittest.main()
