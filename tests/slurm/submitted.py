"""What tests of `osac submit` share: a cluster a class, a folder a test, and commands with the cluster's environment."""
import hashlib
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from cluster import Cluster, missing
from workspace import OSAC, SKIPPED, Workspace


class Submitted(Workspace):
    """`cluster_settings`: what the class's cluster is to be like."""

    cluster_settings = {"nodes": 2, "cpus": 4}

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(**cls.cluster_settings)
        cls.cluster.up()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.down()

    def tearDown(self):
        # what a failed test left would be in the way of the next one
        self.cluster.run("scancel", "-u", str(os.getuid()), code=None)
        self.cluster.until(lambda: not self.live(), 60)
        super().tearDown()

    def osac(self, *words, **more):
        return super().osac(*words, **{**more, "env": {**self.cluster.environment, **more.get("env", {})}})

    # ---- looking

    def live(self):
        """Names of jobs and array tasks that are not over."""
        return [name for _, state, name, _ in self.cluster.jobs() if state in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED")]

    def status(self, name):
        return json.loads(self.osac("status", "-w", name, "--json").stdout)

    def cells(self, name, word):
        """Elements in a state, by task: {"first": 6}."""
        count = {}
        for row in self.status(name)["rows"]:
            for task, cell in row["tasks"].items():
                count[task] = count.get(task, 0) + cell[word]
        return {task: number for task, number in count.items() if number}

    def submissions(self, name):
        return sorted(path for path in (self.folder / f".osa/{name}/slurm").iterdir() if path.is_dir())

    def until(self, condition, seconds=90, what="it"):
        if not Cluster.until(condition, seconds):
            self.fail(f"{what} did not come about within {seconds} s\n{self.cluster.jobs()}\n{self.service_log()}")

    def wait(self, name, seconds=150):
        """Until the execution has come to its end by itself: nothing is in the queue, nothing is open. Gives what its last job said."""
        self.until(lambda: not self.live(), seconds, "the end of all jobs")
        self.assertEqual(self.status(name)["submissions"], [], self.service_log())
        return self.service_log()

    def service_log(self):
        logs = sorted(self.folder.glob(".osa/*/slurm/*/out/service.log"))
        return "".join(f"--- {log.parent.parent.name}\n{log.read_text()}" for log in logs)

    def products(self, folder="made"):
        root = self.folder / folder
        return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}


def skip_without_slurm():
    if not os.path.exists(os.path.join(os.path.dirname(OSAC), "osa-step")):
        print("SKIPPED: osa-step is not beside osac")
        sys.exit(SKIPPED)
    reason = missing()
    if reason:
        print(f"SKIPPED: no Slurm here, {reason}")
        sys.exit(SKIPPED)
