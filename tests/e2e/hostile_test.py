#!/usr/bin/env python3
"""Hostile keys and values reach the process as exactly one word, or are refused with a place; none is executed, none garbled (T90-T93)."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

VALUES = ["a b", "a  b*", "; touch PWN", "$(touch PWN)", "`touch PWN`", "'; touch PWN; '", '"; touch PWN; "', "a\nb", "a\ntouch PWN\nb", "-n", "--help",
          "\u00e9\u2603", "\\", "$HOME", "${IFS}x", "!x", "#c", "a'b\"c", "*", "~", "EOF\ntouch PWN\ncat <<EOF", "%s%n", "x&&touch PWN", "|touch PWN", "\t",
          "'", "\\'", "a\\\nb", "{x}", "{{", "a=b"]
WORKFLOW = """
workflow hostile
param value : text
dataset words  = "words.json"
dataset quoted = "quoted.txt"
dataset here   = "here.txt"
task as_words {{ out words run "python3 show.py {{words}} {{value}} pre{{value}}post" }}
task in_quotes {{ out quoted run "printf '%s' \\"{{value}}\\" > {{quoted}}; printf '%s' 'x{{value}}' >> {{quoted}}" }}
task in_here_document {{
    out here
    run \"\"\"
        cat > {{here}} <<END
        {{value}}
        END
    \"\"\"
}}
""".replace("{{", "{").replace("}}", "}")
SHOW = "import json, sys\njson.dump(sys.argv[2:], open(sys.argv[1], 'w'))\n"


class Hostile(Workspace):
    def test_values_are_one_word_wherever_they_stand(self):
        self.write("hostile.osa", WORKFLOW)
        self.write("show.py", SHOW)
        for value in VALUES:
            with self.subTest(value=value):
                self.osac("run", "hostile.osa", f"--value={value}")
                self.assertEqual(json.loads(self.read("words.json")), [value, f"pre{value}post"])
                self.assertEqual(self.read("quoted.txt"), value + "x" + value)
                self.assertEqual(self.read("here.txt"), value + "\n")
                self.assertFalse(self.exists("PWN"))

    def test_keys_of_files_with_hostile_names(self):
        names = [name for name in VALUES if "/" not in name and "\n" not in name and "\t" not in name]
        for number, name in enumerate(names):
            self.write(f"in/{name}.txt", f"{number}\n")
        self.write("keys.osa", """
workflow keys
dimension name : text from scan "in/{name}.txt"
dataset source for name = external "in/{name}.txt"
dataset copy for name = "out/{name}.txt"
task duplicate for name { in source out copy run "cp -- {source} {copy}" }
""")
        self.osac("run", "keys.osa")
        for number, name in enumerate(names):
            self.assertEqual(self.read(f"out/{name}.txt"), f"{number}\n")
        self.assertFalse(self.exists("PWN"))
        self.assertEqual(self.made(self.osac("run", "keys.osa")), 0)

    def test_keys_that_would_leave_their_folder_are_refused(self):
        for key in ["../../etc/x", "/etc/x", "..", ".", "a/b"]:
            with self.subTest(key=key):
                self.write("table.csv", f'name\n"{key}"\n')
                self.write("keys.osa", """
workflow keys
table t = csv "table.csv" { name : text }
dimension name : text from t.name
dataset copy for name = "out/{name}"
task make for name { out copy run "echo x > {copy}" }
""")
                done = self.osac("run", "keys.osa", code=3)
                self.assertIn("table.csv:2:1", done.stderr)
                self.assertFalse(self.exists("out"))


if __name__ == "__main__":
    unittest.main()
