#!/usr/bin/env python3
"""The site file at work: the env of tasks that name none, and folders that nodes see."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

WORKFLOW = '''workflow site

dataset own   = "own.txt"
dataset other = "other.txt"

task say {
    out own
    run "echo $GREETING > {own}"
}
task name {
    in  own
    out other
    env quiet
    run "echo $GREETING > {other}"
}

goal other
'''

SITE = '''envs:
  loud:  {variables: {GREETING: HELLO}}
  quiet: {variables: {GREETING: hello}}
defaults: {env: loud}
'''


class Site(Workspace):
    def setUp(self):
        super().setUp()
        self.write("site.osa", WORKFLOW)
        self.write("site.yaml", SITE)

    def test_who_names_no_env_runs_in_the_default_one(self):
        self.osac("run", "site.osa")
        self.assertEqual(self.read("own.txt"), "HELLO\n")
        self.assertEqual(self.read("other.txt"), "hello\n")
        rows = json.loads(self.osac("prov", "sql", "select element, env from elements order by element", "--json").stdout)
        self.assertEqual([list(row.values()) for row in rows], [["name", "quiet"], ["say", "loud"]])

    def test_another_default_env_is_a_reason_to_run_again(self):
        self.osac("run", "site.osa")
        self.write("site.yaml", SITE.replace("{env: loud}", "{env: quiet}"))
        plan = self.osac("plan", "site.osa").stdout
        self.assertIn("environment loud -> quiet", plan)
        self.osac("run", "site.osa")
        self.assertEqual(self.read("own.txt"), "hello\n")

    def test_nodes_have_to_see_the_workflows_folder(self):
        self.write("site.yaml", SITE + "slurm: {shared: [/usr, there]}\n")
        refused = self.osac("submit", "--simulate", "site.osa", code=2)
        here = self.folder.resolve()
        self.assertEqual(refused.stderr,
                         f"osac: nodes do not see `{here}`: site.yaml names `/usr`, `there` as shared\n"
                         "help: keep the workflow in one of these folders, or add the folder that it is in to `shared` under `slurm`\n")
        self.write("site.yaml", SITE + f"slurm: {{shared: ['{here.parent}']}}\n")
        self.osac("submit", "--simulate", "site.osa")


if __name__ == "__main__":
    unittest.main()
