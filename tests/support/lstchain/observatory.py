"""What tests of workflows/lst1 share: a folder with the workflow, an observatory's tree of some nights, and the simulated lstchain as the environment of the tasks."""
import hashlib
import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import nights
import programs

WORKFLOW = HERE.parents[2] / "workflows/lst1"
SITE = """
cpus: 2
memory: 400 GiB
durability: none
envs:
  lstchain:
    variables:
      PATH: {folder}/programs:{python}:/usr/bin:/bin
      LSTCHAIN_CALLS: {folder}/calls
      LSTCHAIN_FAULTS: {folder}/faults.csv
"""


class Observatory:
    """For a test case with `self.folder` and `self.osac`."""

    def set_up_night(self, *wanted, runs=None, more_site=""):
        """`wanted`: nights of nights.NIGHTS, in this order of digits: 20200117; or of `runs`, which is like it."""
        for file in [*WORKFLOW.glob("*.osa"), *WORKFLOW.glob("*.csv")]:
            shutil.copy(file, self.folder)
        (self.folder / "programs").mkdir()
        for name in programs.NAMES:
            (self.folder / "programs" / name).symlink_to(HERE / "programs.py")
        (self.folder / "site.yaml").write_text(SITE.format(folder=self.folder, python=os.path.dirname(sys.executable)) + more_site)
        (self.folder / "lstchain.py").write_text("__version__ = '0.11.0 (simulated)'\n")  # what the tools ask for their version
        nights.write_all(self.folder / "base", *wanted, runs=runs)

    def words(self, date, *more):
        return ["night.osa", "--date", date, "--base", "base", *more]

    def run_night(self, date, *more, **keywords):
        return self.osac("run", *self.words(date, *more), **keywords)

    def planned(self, element, date, *more):
        """What an element reads, directly or not, by the plan: files below the base."""
        paths = self.osac("query", "night.osa", f"upstream {element}", "--files", *self.words(date, *more)[1:]).stdout.split("\n")
        return [path.removeprefix("base/") for path in paths if path]

    def open_elements(self, date, *more):
        """Elements that would run, as far as is known."""
        answer = json.loads(self.osac("plan", *self.words(date, *more), "--elements", "--json").stdout)
        return sorted(element for group in answer["groups"] for element in group["elements"])

    def inject(self, *lines):
        """Has programs fail: lines `program,run,subrun,attempt,failure`."""
        (self.folder / "faults.csv").write_text("\n".join(["program,run,subrun,attempt,failure", *lines]) + "\n")
        shutil.rmtree(self.folder / "faults.csv.attempts", ignore_errors=True)

    # ---- what was made

    def base(self, *parts):
        return self.folder.joinpath("base", *parts)

    def product(self, *parts):
        return json.loads(self.base(*parts).read_text())

    def digest(self, *parts):
        return programs.digest(self.base(*parts).read_bytes())

    def calls(self, program=None):
        """The words of all calls, paths as they were; of one program, if it is named."""
        folder = self.folder / "calls"
        calls = [json.loads(path.read_text()) for path in sorted(folder.iterdir())] if folder.exists() else []
        return [call for call in calls if program in (None, call[0])]

    def products(self):
        """Hashes of all that was made below the base: no raw data, nothing that was there before."""
        kept = ("DL1", "DL2", "DL3", "R0G", "running_analysis", "auxiliary/TailCuts", "monitoring/PixelCalibration/Cat-B", "monitoring/PixelCalibration/Cat-A/drs4_baseline",
                "monitoring/PixelCalibration/Cat-A/calibration")
        return {str(path.relative_to(self.base())): hashlib.sha256(path.read_bytes()).hexdigest()
                for name in kept for path in sorted(self.base(name).rglob("*")) if path.is_file() and not path.is_symlink()}
