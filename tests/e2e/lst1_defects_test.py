#!/usr/bin/env python3
"""The defects that were found in lstosa, which drives LST-1's nights today: what it does, and what osac does in the same place. Numbers are those of the list of 23.

Each of the 23 is a test here, named by its number. Some are also, or more thoroughly, tests for every workflow:

 2, 3  missing elements keep a night open     tests/e2e/close_test.py: test_an_unfinished_night_does_not_close_and_says_what_is_missing
 4     an unfinished or empty night closes    tests/e2e/close_test.py: test_an_empty_night_does_not_close, and the one above
 5, 7  submitted again while it is there      tests/slurm/submit_test.py: test_killed_anywhere_and_started_again_nothing_is_doubled_or_forgotten
14     the mark of a closed night             tests/e2e/close_test.py: test_a_night_is_closed_only_once_its_mark_is_there
15     states of jobs, long times             tests/unit/slurm/collect_test.cpp (states that Slurm has); tests/slurm/retry_test.py (memory, time, a node that fails)
18     Slurm does not answer                  tests/slurm/submit_test.py: test_a_controller_that_is_down_is_told_and_the_same_command_goes_on
20     half files, what was killed            tests/fault, tests/slurm/array_task_test.py: test_the_copy_on_a_lost_node_publishes_nothing
21     nights hold back each other            tests/e2e/lst1_test.py: Campaign
22     a refused submission                   tests/slurm/submit_test.py: test_a_refusal_is_told_and_leaves_nothing
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path[:0] = [str(SUPPORT), str(SUPPORT / "lstchain")]
import nights
from observatory import WORKFLOW, Observatory
from workspace import OSAC, Workspace

# Two small nights under two skies
RUNS = {
    "20240301": [(17001, "DRS4", 1), (17002, "PEDCALIB", 1), (17003, "DATA", 3, 0.15, "Crab Nebula", 83.63, 22.01), (17004, "DATA", 2, 0.45, "Mrk 421", 166.11, 38.21)],
    "20240302": [(17011, "DRS4", 1), (17012, "PEDCALIB", 1), (17013, "DATA", 2, 0.15, "Crab Nebula", 83.63, 22.01)],
}
DATE = "2024-03-01"
DL2_OF_17003 = "DL2/20240301/v0.11/tailcut84/nsb_tuning_0.14/dl2_LST-1.Run17003.h5"
DL2_OF_17004 = "DL2/20240301/v0.11/tailcut1005/nsb_tuning_0.50/dl2_LST-1.Run17004.h5"
DL1_OF_17003 = "DL1/20240301/v0.11/tailcut84/dl1_LST-1.Run17003.h5"


class Defects(Observatory, Workspace):
    def setUp(self):
        super().setUp()
        self.set_up_night("20240301", runs=RUNS)

    def exists_in_base(self, name):
        return self.base(name).exists()

    def test_01_failed_then_good_is_good(self):
        """lstosa reads histories up to the first line that failed: a subrun whose second attempt succeeded is never done. osac: the attempt that succeeded counts."""
        self.inject("lstchain_dl1ab,17003,1,1,exit 1", "lstchain_check_dl1,17003,2,1,half")
        done = self.run_night(DATE)
        self.assertIn("retrying: dl1ab[run=17003,subrun=1]: exit code 1 (attempt 1)", done.stderr)
        self.assertTrue(self.exists_in_base(DL2_OF_17003))
        self.assertEqual(len(self.calls("lstchain_dl1ab")), 5 + 1)
        self.assertEqual(self.made(self.run_night(DATE)), 0)

    def test_02_a_night_with_missing_subruns_is_not_finished(self):
        """lstosa finishes a night of which 2 of 20 subruns are done: it counts only what left a history. osac counts what the plan wants."""
        self.inject("lstchain_data_r0_to_dl1,17003,1,,exit 2", "lstchain_data_r0_to_dl1,17003,2,,exit 2")
        done = self.run_night(DATE, code=1)
        for subrun in (1, 2):
            self.assertIn(f"failed: r0_to_dl1[run=17003,subrun={subrun}]: exit code 2", done.stderr)
        self.assertFalse(self.exists_in_base(DL1_OF_17003))  # a merge of one of three subruns is none
        self.assertFalse(self.exists_in_base(DL2_OF_17003))
        self.assertTrue(self.exists_in_base(DL2_OF_17004))

    def test_03_missing_subruns_are_seen(self):
        """lstosa takes a run for processed of which 5 of 11 subruns are, and the others left no trace. osac: the rest is still to be made."""
        self.run_night(DATE, "check", "--where", "run == 17003 and subrun == 0")
        self.assertEqual(self.open_elements(DATE, "dl1b", "--where", "run == 17003"), ["dl1ab[run=17003,subrun=1]", "dl1ab[run=17003,subrun=2]"])
        self.run_night(DATE)
        self.assertEqual(self.product(DL1_OF_17003)["subruns"], [0, 1, 2])

    def test_05_calibrations_are_made_once(self):
        """lstosa submits the calibration again at every pass, 26 times a day. osac: what is up to date is not started."""
        for _ in range(3):
            self.run_night(DATE, "dl1a")
        self.assertEqual([len(self.calls(f"onsite_create_{name}_file")) for name in ("drs4_pedestal", "calibration")], [1, 1])

    def test_06_a_run_without_cleaning_delays_only_itself(self):
        """lstosa's second sequencer ends with 1 for the whole night if one run's json is missing. osac: the other runs go on to their ends."""
        self.inject("lstchain_find_tailcuts,17003,,,exit 1")
        done = self.run_night(DATE, code=1)
        self.assertIn("failed: find_cleaning[run=17003]: exit code 1", done.stderr)
        self.assertIn("paths of `dl1b` could not be planned because of it: 1 file of `cleaning`", done.stderr)
        self.assertTrue(self.exists_in_base(DL2_OF_17004))
        self.inject()
        self.run_night(DATE)
        self.assertTrue(self.exists_in_base(DL2_OF_17003))
        self.assertEqual(len([call for call in self.calls("lstchain_find_tailcuts") if "--run=17004" in call]), 1)

    def test_07_what_is_running_is_not_started_again(self):
        """lstosa submits the search for cleaning levels at each pass until the json appears. osac: a second start is refused while the first one runs."""
        self.inject("lstchain_find_tailcuts,17003,,,timeout")
        first = subprocess.Popen([OSAC, "run", *self.words(DATE, "cleaning", "--where", "run == 17003")], cwd=self.folder, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.time() + 60
            while not self.calls("lstchain_find_tailcuts") and time.time() < deadline:
                time.sleep(0.05)
            self.assertIn("another", self.run_night(DATE, code=5).stderr)
            self.assertEqual(len(self.calls("lstchain_find_tailcuts")), 1)
        finally:
            first.send_signal(signal.SIGTERM)
            first.wait(60)
        self.inject()
        self.run_night(DATE, "cleaning", "--where", "run == 17003")

    def test_08_what_fails_for_good_is_given_up(self):
        """lstosa's veto has no effect, what failed is submitted for ever. osac: three attempts, for the charge calibration three more with other filters; then it says so."""
        self.inject("onsite_create_calibration_file,,,,exit 1")
        done = self.run_night(DATE, code=1)
        calls = self.calls("onsite_create_calibration_file")
        self.assertEqual(sorted("--filters=52" in call for call in calls), [False] * 3 + [True] * 3)
        self.assertIn("failed: charge_calibration[run=17002]: exit code 1", done.stderr)
        self.assertEqual(self.calls("lstchain_data_r0_to_dl1"), [])

    def test_09_looking_back_ends(self):
        """lstosa looks for calibrations night by night without end, and makes the tables it misses: 511 of them in 25 s. osac: four nights, and it makes none."""
        for name in ("RunSummary_20240301", "RunSummary_20240302"):
            text = nights.run_summary(name[-8:], [run for run in RUNS[name[-8:]] if run[1] == "DATA"])
            self.write(f"base/monitoring/RunSummary/{name}.ecsv", text)
        before = sorted(self.base("monitoring").rglob("*"))
        self.assertEqual([element for element in self.open_elements(DATE, "dl1a") if "no_" in element],
                         [f"report_no_{what}[run={run}]" for what in ("charge", "pedestal") for run in (17003, 17004)])
        self.assertEqual(sorted(self.base("monitoring").rglob("*")), before)

    def test_10_11_provenance_is_whole_and_true(self):
        """lstosa's lacks the calibration and DL2, and names files that nobody used; its graph falls apart. osac: one connected graph of what was really read and written."""
        self.run_night(DATE)
        prov = json.loads(self.osac("prov", f"base/{DL2_OF_17003}", "-w", "lst1", "--elements", "--format", "json").stdout)
        labels = {activity["prov:label"] for activity in prov["activity"].values()}
        for label in ("drs4[run=17001]", "charge_calibration[run=17002]", "cat_b[run=17003]", "r0_to_dl1[run=17003,subrun=2]", "find_cleaning[run=17003]",
                      "dl1ab[run=17003,subrun=2]", "merge_dl1[run=17003]", 'dl1_to_dl2[run=17003,target="Crab Nebula"]'):
            self.assertIn(label, labels)
        self.assertFalse([label for label in labels if "17004" in label])
        neighbours = {}
        for link in [*prov["used"].values(), *prov["wasGeneratedBy"].values()]:
            ends = link["prov:activity"], link["prov:entity"]
            for one, other in (ends, ends[::-1]):
                neighbours.setdefault(one, set()).add(other)
        reached, still = set(), [next(iter(neighbours))]
        while still:
            one = still.pop()
            if one not in reached:
                reached.add(one)
                still += neighbours[one]
        self.assertEqual(len(reached), len(neighbours))
        paths = {word for entity in prov["entity"].values() for word in entity.values() if isinstance(word, str) and word.startswith("base/")}
        self.assertIn("base/auxiliary/TailCuts/dl1ab_Run17003.json", paths)
        self.assertGreater(len(paths), 40)
        for path in paths:
            self.assertTrue(os.path.exists(self.folder / path), path)

    def test_12_no_word_none(self):
        """lstosa passes the word None as four file names if gains were selected before. osac: types have no such value; the calibrations are found as always."""
        self.run_night(DATE, "dl1a", "--input_state", "gain_selected", "--where", "run == 17004")
        self.assertEqual([word for call in self.calls() for word in call if "None" in word], [])
        self.assertEqual(len(self.calls("lstchain_data_r0_to_dl1")), 2)

    def test_13_three_streams_are_one_reported_subrun(self):
        """In lstosa a subrun with three streams gets no history and blocks the night for ever. osac: it fails by name, all else goes on; excluded with a reason, so does its run."""
        self.base("R0/20240301", nights.raw_name(17003, 1, 3)).unlink()
        done = self.run_night(DATE, code=1)
        self.assertIn("failed: select_gains[run=17003,subrun=1]: exit code 3", done.stderr)
        self.assertIn("a subrun has 4 streams, here are 3:", self.osac("log", "select_gains[run=17003,subrun=1]").stdout)
        self.assertEqual(done.stderr.count("FAILED:"), 1)
        self.assertTrue(self.exists_in_base(DL2_OF_17004))
        self.assertTrue(self.exists_in_base("running_analysis/20240301/v0.11/tailcut84/dl1_LST-1.Run17003.0002.h5"))
        self.assertFalse(self.exists_in_base(DL1_OF_17003))
        self.write("base/exclusions.csv", "run,subrun,reason,author\n17003,1,stream 3 was not written,me\n")
        self.run_night(DATE)
        self.assertEqual(self.product(DL1_OF_17003)["subruns"], [0, 2])
        self.assertTrue(self.exists_in_base(DL2_OF_17003))

    def test_15_a_limit_that_was_passed_is_a_cause(self):
        """lstosa shows None for a job that ran out of memory, and nobody submits again what ran out of time. osac: a limit is a cause, tried again with more. (Memory: tests/slurm.)"""
        module = (WORKFLOW.parents[1] / "stdlib/std/lstchain.osa").read_text()
        self.write("std/lstchain.osa", module.replace("memory 6 GB  time 1 h 15 min", "memory 6 GB  time 4 s"))  # found before the one that comes with osac
        self.inject("lstchain_dl1ab,17004,0,1,timeout")
        done = self.run_night(DATE, "run_check", "--where", "run == 17004")
        self.assertIn("retrying: dl1ab[run=17004,subrun=0]: took longer than 4.0 s (attempt 1)", done.stderr)
        self.assertTrue(self.exists_in_base("running_analysis/20240301/v0.11/tailcut1005/dl1_LST-1.Run17004.0000.h5"))

    def test_16_versions_are_not_compared(self):
        """lstosa takes for the latest production the one with the largest minor number: v1.2 is before v0.11. osac: a production is a parameter, each has its own files."""
        for prod in ("v0.11", "v0.11.3", "v0.11_crab", "v1.2"):
            self.assertIn(f"production {prod} of the night", self.run_and_read(prod))

    def run_and_read(self, prod):
        self.run_night(DATE, "production", "--prod", prod)
        return self.read(f"base/running_analysis/20240301/{prod}/production.txt")

    def test_17_a_source_with_a_blank_is_a_name(self):
        """A blank in a source's name shifts the columns that lstosa's autocloser reads. osac: a name is one value, in commands, paths and answers."""
        self.run_night(DATE, "dl3", "--make_dl3", "true", "--where", "run == 17003")
        self.assertTrue(self.exists_in_base("DL3/20240301/v0.11/std_cuts/Crab Nebula/dl3_LST-1.Run17003.fits.gz"))
        self.assertIn("--source-name=Crab Nebula", self.calls("lstchain_create_dl3_file")[0])
        self.assertIn("--source-name='Crab Nebula'", self.osac("log", 'create_dl3[run=17003,target="Crab Nebula"]').stdout)

    def slurm(self):
        """The environment of a Slurm without daemons (tests/support/fake_slurm.py); its folder is `slurm`."""
        (self.folder / "slurm").mkdir()
        (self.folder / "slurm/bin").mkdir()
        for name in ("sbatch", "squeue", "scontrol", "scancel"):
            (self.folder / "slurm/bin" / name).symlink_to(SUPPORT / "fake_slurm.py")
        return {"PATH": f"{self.folder}/slurm/bin:/usr/bin:/bin", "FAKE_SLURM": str(self.folder / "slurm")}

    def ask(self, *words, env):
        """osac, whatever its exit code."""
        return subprocess.run([OSAC, *words], cwd=self.folder, capture_output=True, text=True, timeout=300, env={**os.environ, **env}, stdin=subprocess.DEVNULL, check=False)

    def queued(self):
        return [job for job in json.loads(self.read("slurm/state"))["jobs"] if job["state"] == "PENDING"]

    def test_18_a_slurm_that_does_not_answer_is_told(self):
        """A failing sacct or an empty answer of squeue ends lstosa in a traceback, also where it only looks. osac: status answers from its records, and says what it could not ask."""
        slurm = self.slurm()
        self.osac("submit", *self.words(DATE, "dl1a"), env=slurm)
        jobs = len(self.queued())
        self.assertGreater(jobs, 3)
        self.write("slurm/down", "1000000")
        said = self.ask("status", "-w", "lst1", env=slurm)
        self.assertIn("Unable to contact slurm controller", said.stdout + said.stderr)
        self.assertNotIn("Traceback", said.stderr)
        self.write("slurm/down", "0")
        self.assertNotIn("does not answer", self.osac("status", "-w", "lst1", env=slurm).stdout)
        self.assertEqual(len(self.queued()), jobs)

    def test_19_forcing_forces(self):
        """lstosa accepts --force-submit and does nothing. osac: what is forced runs again; as it makes the same, nothing behind it does."""
        self.run_night(DATE, "dl1b")
        self.assertEqual(self.made(self.run_night(DATE, "dl1b", "--force", "dl1ab[run=17004,subrun=0]")), 1)

    def test_20_nothing_partial_is_left(self):
        """lstosa looks for what failed attempts left in the wrong places, and what was killed leaves half files. osac: only whole files of attempts that succeeded get their names."""
        self.inject("lstchain_data_r0_to_dl1,17003,0,,half", "lstchain_data_r0_to_dl1,17003,1,,kill", "onsite_create_cat_B_calibration_file,17004,,,half",
                    "lstchain_dl1_to_dl2,17004,,,silent")
        before = {path for path in self.base().rglob("*") if path.is_file()}
        done = self.run_night(DATE, code=1)
        self.assertIn("failed: r0_to_dl1[run=17003,subrun=1]: exit code 137 (from a shell: signal 9 (killed))", done.stderr)
        for path in {path for path in self.base().rglob("*.h5") if path.is_file()} - before:
            json.loads(path.read_text())  # whole
        self.assertEqual([path for path in self.base().rglob("*17003.000[01]*") if "R0" not in str(path)], [])
        self.assertEqual(list(self.base().rglob("cat_B*17004*")) + list(self.base().rglob("dl2*17004*")), [])

    def test_21_a_night_does_not_hold_back_another(self):
        """lstosa finishes a night only if the closing jobs of all nights have succeeded. osac: nights of a campaign have nothing to do with each other."""
        nights.write_night(self.base(), "20240302", RUNS["20240302"])
        nights.write_raw(self.base(), "20240302", RUNS["20240302"])
        self.inject("lstchain_merge_muon_files,17003,,,exit 1")
        done = self.run_night("2024-03-02", "--since", DATE, code=1)
        self.assertEqual(done.stderr.count("FAILED:"), 1)
        self.assertTrue(self.exists_in_base("DL1/datacheck_files/night_wise/v0.11/20240302/DL1_datacheck_20240302.h5"))
        self.assertTrue(self.exists_in_base("DL2/20240302/v0.11/tailcut84/nsb_tuning_0.14/dl2_LST-1.Run17013.h5"))
        self.assertTrue(self.exists_in_base(DL2_OF_17003))  # not even its own run's event data

    def test_22_without_calibration_there_are_no_data(self):
        """lstosa submits the data jobs without a dependency if the calibration could not be submitted. osac: what needs a calibration that failed is not started."""
        self.inject("onsite_create_drs4_pedestal_file,,,,exit 1")
        done = self.run_night(DATE, code=1)
        self.assertIn("failed: drs4[run=17001]: exit code 1", done.stderr)
        self.assertEqual(self.calls("lstchain_data_r0_to_dl1") + self.calls("onsite_create_calibration_file"), [])

    def test_22_a_refused_job_leaves_none_behind(self):
        """lstosa goes on submitting. osac: what was submitted before the refusal is withdrawn, and the same command begins anew."""
        slurm = self.slurm()
        self.write("slurm/faults", "3 refuse\n")
        said = self.ask("submit", *self.words(DATE, "dl1a"), env=slurm)
        self.assertEqual(said.returncode, 1)
        self.assertIn("invalid partition specified: nowhere", said.stderr)
        self.assertEqual(self.queued(), [])

    def test_23_options_are_the_programs_own(self):
        """lstosa has switches that give options no value may follow, and a command of several words as one. osac: the simulated programs refuse what the real ones do."""
        self.run_night(DATE, "dl1", "--images", "false", "--where", "run == 17004")
        self.assertEqual({call[4] for call in self.calls("lstchain_dl1ab")}, {"--no-image"})
        refused = subprocess.run([self.folder / "programs/lstchain_dl1ab", "--no-image=True"], capture_output=True, text=True, check=False)
        self.assertEqual(refused.returncode, 2)


if __name__ == "__main__":
    unittest.main()
