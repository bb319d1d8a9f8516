#!/usr/bin/env python3
"""`osac lint` with the programs it asks, its exit codes, fixes, and findings as JSON and SARIF."""
import json
import os
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import sarif
from workspace import ROOT, Workspace, need

need("shellcheck", "python3")

# Columns are told apart by what stands before: a block with indentation and a hole, a short text with escapes, characters of two UTF-16 units.
SHELL = '''## Problems of shells in all forms of commands.
workflow shell

dataset words = external "words.txt"
dataset a     = "a.txt"
dataset b     = "b.txt"
dataset c     = "c.txt"

task block {
    in  words
    out a
    run """
        files=$(echo {words})
        if [ 3 = {len("x")} ]; then
            cat $files > {a}
        fi
    """
}
task short {
    in  words
    out b
    run "f=$(echo {words}); echo \\"\U0001f52d\\" $f > {b}"
}
task script {
    in  words
    out c
    script bash """
        f=$(echo {words})
        # shellcheck disable=SC2086
        cat $f > {c}
        echo ${{f}}
    """
}

goal a, b, c
'''

PYTHON = '''## A script that Python cannot read, and one that it can.
workflow python

dataset a = "a.txt"
dataset b = "b.txt"

task wrong {
    out a
    script python """
        with open({a}, "w") as file:
            print({{"x": 1}}, file=file
    """
}
task right {
    out b
    script python """
        print(f"{{1 + 1}}", "{b}", {{"x": [{b}]}}, file=open({b}, "w"))
    """
}

goal a, b
'''


class Lint(Workspace):
    def lint(self, *words, code=1):
        done = self.osac("lint", *words, code=code)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def findings(self, *words, code=1):
        """(line, the text that is marked, kind, code) of each finding."""
        found = []
        for line in self.lint(*words, "--json", code=code).splitlines():
            finding = json.loads(line)
            label = finding["labels"][0]
            lines = self.read(label["file"]).split("\n")
            text = lines[label["line"] - 1]
            end = label["end_column"] - 1 if label["end_line"] == label["line"] else len(text)
            found.append((label["line"], text[label["column"] - 1:end], finding["kind"], finding.get("code", "")))
        return found

    def test_shellcheck_points_into_the_osa_text(self):
        self.write("shell.osa", SHELL)
        self.assertEqual(self.findings("shell.osa"), [
            (15, "$files", "shell-problem", "SC2086"),
            (22, "$f", "shell-problem", "SC2086"),
            (31, "${{f}}", "shell-problem", "SC2086"),
        ])
        self.assertIn("https://www.shellcheck.net/wiki/SC2086", self.lint("shell.osa"))

    def test_fixes_of_shellcheck_are_applied_and_escaped(self):
        self.write("shell.osa", SHELL)
        done = self.osac("lint", "--fix", "shell.osa")
        self.assertEqual((done.stdout, done.stderr), ("", "fixed 1 file\n"))
        text = self.read("shell.osa")
        self.assertIn('cat "$files" > {a}', text)
        self.assertIn('\\" \\"$f\\" > {b}', text)
        self.assertIn('echo "${{f}}"', text)
        self.assertIn("        cat $f > {c}", text)
        self.osac("fmt", "--check", "shell.osa")

    def test_a_code_of_shellcheck_can_be_allowed(self):
        self.write("shell.osa", SHELL.replace("    run \"f=", "    # lint: allow SC2086 it is one word\n    run \"f=").replace(
            "    run \"\"\"", "    # lint: allow shell-problem the list is to be split\n    run \"\"\""))
        self.assertEqual([line for line, *_ in self.findings("shell.osa")], [33])

    def test_style_is_advice(self):
        self.write("style.osa", 'dataset a = "a.txt"\ntool count {\n    in  words : file\n    out n : file\n    run "cat {words} | wc -l > {n}"\n}\n')
        self.assertEqual(self.lint("style.osa", code=0), "")
        self.assertIn((5, "{words}", "shell-style", "SC2002"), self.findings("style.osa", "--strict"))

    def test_python_scripts_are_parsed(self):
        self.write("python.osa", PYTHON)
        self.assertEqual([(line, kind) for line, _, kind, _ in self.findings("python.osa")], [(11, "script-syntax")])

    def test_programs_that_are_not_there_are_named_once(self):
        self.write("shell.osa", SHELL)
        self.write("python.osa", PYTHON)
        done = self.osac("lint", "shell.osa", "python.osa", env={"PATH": str(self.folder)})
        self.assertEqual((done.stdout, done.stderr),
                         ("", "note: shellcheck is not installed, so its part was not checked\nnote: python3 is not installed, so its part was not checked\n"))
        self.assertEqual(self.lint("shell.osa", "--own-rules", code=0), "")

    def test_exit_codes_and_mistakes(self):
        self.write("good.osa", '## Good.\nworkflow good\n\ndataset a = "a.txt"\n\ntask make { out a  run "date > {a}" }\n\ngoal a\n')
        self.write("wrong.osa", "workflow wrong\nparam a : flaot\n")
        self.assertEqual(self.lint("good.osa", code=0), "")
        self.assertIn("advice[task-without-limits]", self.lint("good.osa", "--strict"))
        self.assertIn("error[unknown-name]", self.lint("good.osa", "wrong.osa", code=3))
        self.osac("lint", "wrong.osa", "--fix", code=3)
        self.assertEqual(self.read("wrong.osa"), "workflow wrong\nparam a : flaot\n")
        self.osac("lint", code=2)
        self.osac("lint", "nowhere.osa", code=3)

    def test_warnings_of_the_compiler_are_findings_that_can_be_allowed(self):
        text = '## Raw.\nworkflow raw\n\nparam o : text = "-l"  ## options\n\ndataset a = "a.txt"\n\ntask make {{\n    out a\n    run "ls {{o:raw}} > {{a}}"{}\n}}\n\ngoal a\n'
        self.write("raw.osa", text.format(""))
        self.assertEqual([kind for _, _, kind, _ in self.findings("raw.osa")], ["raw-interpolation"])
        self.write("raw.osa", text.format("  # lint: allow raw-interpolation options of ours"))
        self.assertEqual(self.findings("raw.osa", code=0), [])

    def test_fixing_the_programs_of_the_repository_leaves_them_well_formed_and_formatted(self):
        for file in [*ROOT.glob("stdlib/std/*.osa"), *ROOT.glob("workflows/*/*.osa")]:
            copy = self.folder / file.name
            shutil.copy(file, copy)
            code = self.run_lint("--strict", "--fix", copy.name)
            self.assertIn(code, (0, 1), file)
            self.osac("fmt", "--check", copy.name)
            before = copy.read_text()
            self.run_lint("--strict", "--fix", copy.name)
            self.assertEqual(copy.read_text(), before, "a second --fix finds nothing more to do")

    def run_lint(self, *words):
        import subprocess
        from workspace import OSAC
        return subprocess.run([OSAC, "lint", *words], cwd=self.folder, capture_output=True, env={**os.environ, "NO_COLOR": "1"}, check=False).returncode


class Sarif(Workspace):
    def log(self, *words, code):
        done = self.osac(*words, code=code)
        self.assertEqual(done.stderr, "")
        log = json.loads(done.stdout)
        self.assertEqual(sarif.problems(log, self.folder), [])
        return log["runs"][0]

    def test_findings_of_lint(self):
        self.write("shell.osa", SHELL)
        self.write("b c.osa", '## T\u00e4ols \U0001f52d.\nimport std.gnuastro (picture)\n\n## T.\ntool t {\n    out a : file\n    run "date > {a}"\n}\n')
        run = self.log("lint", "shell.osa", "b c.osa", "--strict", "--sarif", code=1)
        rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
        self.assertEqual(rules["SC2086"]["helpUri"], "https://www.shellcheck.net/wiki/SC2086")
        self.assertEqual(rules["SC2086"]["defaultConfiguration"]["level"], "warning")
        self.assertEqual(rules["task-without-limits"]["defaultConfiguration"]["level"], "note")
        self.assertTrue(rules["unused-import"]["help"]["markdown"].startswith("# unused-import\n"))
        self.assertEqual([artifact["location"]["uri"] for artifact in run["artifacts"]], ["shell.osa", "b%20c.osa"])
        short = [result for result in run["results"] if result["ruleId"] == "SC2086"][1]
        region = short["locations"][0]["physicalLocation"]["region"]
        self.assertEqual(sarif.units(SHELL, region["charOffset"], region["charLength"]), "$f")
        self.assertEqual(region["startColumn"], 1 + sarif.utf16(SHELL.split("\n")[21].split("$f")[0]))
        self.assertIn('\\"$f\\"', sarif.apply_fixes(SHELL, short))
        unused = [result for result in run["results"] if result["ruleId"] == "unused-import"][0]
        self.assertNotIn("import", sarif.apply_fixes(self.read("b c.osa"), unused))

    def test_mistakes_of_check_with_second_places_and_without_any(self):
        text = 'workflow wrong\n\n# \U0001f52d\nparam a : int = 1\nparam a : int = 2\tparam b : flaot\ndataset d = "{a}"\n'
        self.write("wrong.osa", text)
        run = self.log("check", "wrong.osa", "--sarif", code=3)
        twice = [result for result in run["results"] if result["ruleId"] == "duplicate-declaration"][0]
        self.assertEqual(twice["level"], "error")
        self.assertEqual(twice["relatedLocations"][0]["message"]["text"], "first declared here")
        unknown = [result for result in run["results"] if result["ruleId"] == "unknown-name"][0]
        self.assertIn("b : float", sarif.apply_fixes(text, unknown))
        nowhere = self.log("check", "nowhere.osa", "--sarif", code=3)
        self.assertEqual(nowhere["results"][0]["locations"], [])
        self.write("good.osa", 'workflow good\ndataset a = "a.txt"\ntask t { out a  run "date > {a}" }\n')
        self.assertEqual(self.log("check", "good.osa", "--sarif", code=0)["results"], [])

    def test_mistakes_in_tables_and_the_standard_library_have_their_places(self):
        self.write("table.csv", "run,n\n1,x\n2,\u00e4\n")
        self.write("table.osa", 'workflow table\ntable runs = csv "table.csv" { run : int  n : int }\ndimension run : int from runs.run\n'
                                'dataset a for run = "{run}.txt"\ntask t for run { out a  run "echo {n} > {a}" }\n')
        run = self.log("check", "table.osa", "--sarif", code=3)
        self.assertIn("table.csv", [artifact["location"]["uri"] for artifact in run["artifacts"]])

    def test_the_same_in_json_and_on_standard_error(self):
        self.write("wrong.osa", "workflow wrong\nparam a : flaot\n")
        done = self.osac("check", "wrong.osa", "--json", code=3)
        self.assertEqual([json.loads(line)["kind"] for line in done.stdout.splitlines()], ["unknown-name"])
        done = self.osac("plan", "wrong.osa", "--diagnostics", "sarif", code=3)
        self.assertEqual(sarif.problems(json.loads(done.stderr), self.folder), [])

    def test_relative_places_stay_relative_and_absolute_ones_become_files(self):
        self.write("f/wrong.osa", "workflow wrong\nparam a : flaot\n")
        run = self.log("check", "f/wrong.osa", "--sarif", code=3)
        self.assertEqual(run["artifacts"][0]["location"]["uri"], "f/wrong.osa")
        run = self.log("check", str(self.folder / "f/wrong.osa"), "--sarif", code=3)
        self.assertEqual(run["artifacts"][0]["location"]["uri"], f"file://{self.folder}/f/wrong.osa")


if __name__ == "__main__":
    unittest.main()
