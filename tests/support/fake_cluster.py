"""A folder with fake_slurm.py under the names of Slurm's commands, for end-to-end tests: nothing runs, tests say what becomes of jobs."""
import json
import os
import pathlib

from workspace import Workspace

FAKE = pathlib.Path(__file__).resolve().parent / "fake_slurm.py"


class FakeCluster(Workspace):
    def setUp(self):
        super().setUp()
        self.slurm = self.folder / "fake"
        self.slurm.mkdir()
        commands = self.folder / "bin"
        commands.mkdir()
        for name in ("sbatch", "squeue", "scontrol", "scancel"):
            (commands / name).symlink_to(FAKE)
        self.environment = {"PATH": f"{commands}:{os.environ['PATH']}", "FAKE_SLURM": str(self.slurm)}

    def osac(self, *words, **more):
        return super().osac(*words, **{**more, "env": {**self.environment, **(more.get("env") or {})}})

    def state(self):
        path = self.slurm / "state"
        return json.loads(path.read_text()) if path.exists() else {"jobs": []}

    def jobs(self, prefix="osac-"):
        """Jobs that are not over: {number: name}."""
        return {job["id"]: job["name"] for job in self.state()["jobs"] if job["state"] in ("PENDING", "RUNNING") and job["name"].startswith(prefix)}

    def set_state(self, job, state):
        known = self.state()
        for one in known["jobs"]:
            if one["id"] == job:
                one["state"] = state
        (self.slurm / "state").write_text(json.dumps(known))

    def calls(self, command):
        path = self.slurm / "calls"
        return [line for line in path.read_text().splitlines() if line.startswith(command + " ")] if path.exists() else []

    def faults(self, *lines):
        (self.slurm / "faults").write_text("".join(line + "\n" for line in lines))
