#!/usr/bin/env python3
"""The fixture itself: a Slurm with accounting comes up, runs dependent arrays, and leaves nothing behind."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cluster import Cluster, missing, start_time


class Smoke(unittest.TestCase):
    def test_a_dependent_array_runs_is_accounted_and_nothing_stays(self):
        with Cluster(nodes=2) as cluster:
            gate = cluster.run("sbatch", "--parsable", "-H", "-o", "/dev/null", "--wrap", "true").stdout.strip()
            first = cluster.run("sbatch", "--parsable", "-o", "/dev/null", "--array=0-4", f"--dependency=afterok:{gate}", "--wrap",
                                "test $SLURM_ARRAY_TASK_ID != 3").stdout.strip()
            second = cluster.run("sbatch", "--parsable", "-o", "/dev/null", "--kill-on-invalid-dep=yes",
                                 f"--dependency=afterok:{first}_[0-2]", "--wrap", "sleep 0.2").stdout.strip()
            third = cluster.run("sbatch", "--parsable", "-o", "/dev/null", "--kill-on-invalid-dep=yes",
                                f"--dependency=afterok:{first}_[2-3]", "--wrap", "true").stdout.strip()
            cluster.run("scontrol", "release", gate)
            states = {job: state for job, state, _, _ in cluster.wait_idle()}
            self.assertEqual(states[f"{first}_3"], "FAILED")
            self.assertEqual(states[second], "COMPLETED")
            self.assertEqual(states[third], "CANCELLED")
            accounted = lambda: cluster.run("sacct", "-X", "-n", "-P", "-j", second, "-o", "state").stdout.strip() == "COMPLETED"
            self.assertTrue(cluster.until(accounted, 20), "sacct does not know the job")
            daemons = list(cluster.daemons.values())
            sleeper = cluster.run("sbatch", "--parsable", "-o", "/dev/null", "--wrap", "sleep 1000 & sleep 1000").stdout.strip()
            self.assertTrue(cluster.until(lambda: (sleeper, "RUNNING") in [job[:2] for job in cluster.jobs()], 20))
            folder = cluster.folder
        self.assertEqual([pid for pid, start in daemons if start_time(pid) == start], [])
        self.assertEqual(cluster.leftovers(), [])
        self.assertFalse(folder.exists())


if __name__ == "__main__":
    reason = missing()
    if reason:
        print(f"SKIPPED: no Slurm here, {reason}")
        sys.exit(77)
    unittest.main(verbosity=1, argv=[sys.argv[0], *sys.argv[1:]])
