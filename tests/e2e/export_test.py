#!/usr/bin/env python3
"""osac prov export, read back by those who read such files: prov (python3-prov), and the IVOA model's own names."""
import collections
import datetime
import hashlib
import io
import json
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

try:
    import prov.model
    from prov.constants import PROV_N_MAP
except ImportError:
    prov = None

NIGHT = """
workflow night
param depth : int = 3
param note : text = "it's \\"quoted\\", {{braces}} & <marks>"
table log = csv "log.csv" { run : int  seq : int  kind : text  begin : time utc }
dimension run : int from log.run
dimension exposure : int from log.seq in run order by begin
dataset raw   for exposure = external "raw/{run}/{exposure}.txt"
dataset dark  for run = "made/{run}/dark.txt"
dataset clean for exposure = "made/{run}/clean.{exposure}.txt"
dataset total for run = "made/{run}/to tal's.txt"
tool cleaner {
    in raw : file
    in dark : file
    out clean : file
    metric size : int
    metric mean : float adu
    metric name : text
    metric rows : [float]
    version "echo 'Cleaner \\"2.1\\"'"
    run "cat {raw} {dark} > {clean}; cat extra.json >> $OSA_METRICS"
}
task make_dark for run { out dark  run "echo dark {run} {depth} {note} > {dark}" }
task clean_one for exposure { in raw, dark  out clean  use cleaner(...) }
task add for run { in parts = all clean  out total  run "cat {parts} > {total}; test {run} != 3" }
goal total
"""
EXPOSURES = {1: (1, 2, 3), 2: (1, 2), 3: (1,)}

# IVOA Provenance Data Model 1.0, its VO-DML: attributes and references of each class (sections 2.2 to 2.8); those marked are required
MODEL = {
    "Agent": "id! name! type comment email affiliation phone address url",
    "Activity": "id! name startTime endTime comment wasAssociatedWith used wasConfiguredBy informant activityDescription",
    "WasAssociatedWith": "role agent!",
    "Used": "role time entity! usageDescription",
    "WasConfiguredBy": "artefactType! configFile parameter",
    "Entity": "id! name location generatedAtTime invalidatedAtTime comment wasGeneratedBy wasAttributedTo usedEntity entityDescription",
    "WasGeneratedBy": "role activity! generationDescription",
    "ActivityDescription": "name! version description docurl type subtype parameterDescription configFileDescription usageDescription generationDescription",
    "UsageDescription": "role! description type multiplicity entityDescription",
    "GenerationDescription": "role! description type multiplicity entityDescription",
    "DatasetDescription": "name! description docurl type contentType!",
    "Parameter": "value! name! valueEntity parameterDescription",
    "ConfigFile": "name! location comment configFileDescription",
}
MODEL["DatasetEntity"] = MODEL["Entity"]
MODEL["Collection"] = MODEL["Entity"] + " entity"
COMPOSED = {"wasAssociatedWith": "WasAssociatedWith", "used": "Used", "wasConfiguredBy": "WasConfiguredBy", "wasGeneratedBy": "WasGeneratedBy",
            "usageDescription": "UsageDescription", "generationDescription": "GenerationDescription"}
REFERENCES = {"agent", "entity", "usageDescription", "configFile", "parameter", "activity", "generationDescription", "informant", "activityDescription",
              "usedEntity", "entityDescription"}


class Export(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        self.write("site.yaml", "cpus: 2\n")
        self.write("log.csv", "run,seq,kind,begin\n" + "".join(
            f"{run},{seq},S,2026-11-20T{18 + run}:{seq:02}:00\n" for run, exposures in EXPOSURES.items() for seq in exposures))
        self.write("extra.json", '{"size": 12, "mean": 1.5e-3, "name": "a \\"b\\" \\u00e9", "rows": [1, 2.5]}\n')
        for run, exposures in EXPOSURES.items():
            for seq in exposures:
                self.write(f"raw/{run}/{seq}.txt", f"raw {run} {seq}\n")
        self.osac("run", "night.osa", "--site", "site.yaml", code=1)  # the total of run 3 fails

    def export(self, form, *words):
        return self.osac("prov", "export", "--format", form, *words).stdout

    def document(self, *words):
        return json.loads(self.export("prov-json", *words))

    # ---- PROV-JSON

    def test_prov_json_says_all_that_is_on_record(self):
        told = self.document()
        runs = {body["prov:label"]: (name, body) for name, body in told["activity"].items()}
        self.assertEqual(sorted(runs), sorted([f"make_dark[run={r}]" for r in EXPOSURES] + ["add[run=1]", "add[run=2]"] +
                                              [f"clean_one[run={r},exposure={s}]" for r in EXPOSURES for s in EXPOSURES[r]]))
        name, body = runs["clean_one[run=1,exposure=2]"]
        self.assertEqual(body["osac:toolVersion"], 'Cleaner "2.1"')
        self.assertEqual(body["osac:metric.size"], {"$": "12", "type": "xsd:long"})
        self.assertEqual(body["osac:metric.mean"], {"$": "1.5e-3", "type": "xsd:double"})
        self.assertEqual((body["osac:metric.name"], body["osac:metric.rows"]), ('a "b" \u00e9', "[1,2.5]"))
        self.assertEqual(runs["make_dark[run=1]"][1]["osac:parameter.note"], "it's \"quoted\", {braces} & <marks>")
        self.assertNotIn("osac:parameter.depth", body)
        paths = {name: body["osac:path"] for name, body in told["entity"].items() if "osac:path" in body}
        used = {(row["prov:role"], paths[row["prov:entity"]]) for row in told["used"].values() if row["prov:activity"] == name}
        self.assertEqual(used, {("raw", "raw/1/2.txt"), ("dark", "made/1/dark.txt"), ("site", "site.yaml")})
        made = {paths[row["prov:entity"]]: row for row in told["wasGeneratedBy"].values()}
        self.assertEqual((made["made/1/clean.2.txt"]["prov:activity"], made["made/1/clean.2.txt"]["prov:time"]), (name, body["prov:endTime"]))
        digests = {body["osac:path"]: body["osac:sha256"] for body in told["entity"].values() if "osac:sha256" in body}
        for path in ("made/1/to tal's.txt", "night.osa", "log.csv", "site.yaml"):
            self.assertEqual(digests[path], hashlib.sha256((self.folder / path).read_bytes()).hexdigest())
        derived = collections.Counter(paths[row["prov:generatedEntity"]] for row in told["wasDerivedFrom"].values() if row["prov:generatedEntity"] in paths)
        self.assertEqual(derived["made/1/to tal's.txt"], 3)
        informed = {(row["prov:informed"], row["prov:informant"]) for row in told["wasInformedBy"].values()}
        self.assertIn((runs["add[run=1]"][0], name), informed)
        self.assertEqual(len(informed), len(told["wasInformedBy"]))
        agents = {name: (body["prov:type"]["$"], body["prov:label"]) for name, body in told["agent"].items()}
        roles = {row["prov:role"]: agents[row["prov:agent"]] for row in told["wasAssociatedWith"].values() if row["prov:activity"] == name}
        self.assertEqual(roles["tool"], ("prov:SoftwareAgent", "cleaner"))
        self.assertEqual(roles["engine"][0], "prov:SoftwareAgent")
        plan = next(name for name, body in told["entity"].items() if body.get("prov:type") == {"$": "prov:Plan", "type": "prov:QUALIFIED_NAME"})
        self.assertEqual({row["prov:plan"] for row in told["wasAssociatedWith"].values()}, {plan})
        self.assertEqual([agents[row["prov:responsible"]][0] for row in told["actedOnBehalfOf"].values()], ["prov:Person"])

    def test_what_is_chosen(self):
        labels = lambda *words: sorted(body["prov:label"] for body in self.document(*words)["activity"].values())
        self.assertEqual(labels("--where", "run == 2 and exposure == 1"), ["clean_one[run=2,exposure=1]"])
        self.assertEqual(labels("made/2/clean.1.txt"), ["clean_one[run=2,exposure=1]", "make_dark[run=2]"])
        self.assertEqual(labels("add[run=2]"), sorted(["add[run=2]", "make_dark[run=2]"] + [f"clean_one[run=2,exposure={s}]" for s in (1, 2)]))
        self.assertIn("add[run=3]", labels("--failures"))
        failed = next(body for body in self.document("--failures")["activity"].values() if body["prov:label"] == "add[run=3]")
        self.assertEqual((failed["osac:outcome"], failed["osac:exitCode"]["$"]), ("failed", "1"))

    def test_the_same_records_give_the_same_bytes(self):
        for form in ("prov-json", "prov-n", "ivoa-json"):
            self.assertEqual(self.export(form), self.export(form))
        self.osac("prov", "export", "-o", "out.provn")
        self.assertEqual(self.read("out.provn"), self.export("prov-n"))

    def test_prov_reads_it_and_writes_it_again(self):
        self.read_with_prov(self.export("prov-json", "--failures"), self.export("prov-n", "--failures"))

    def test_prov_reads_collections(self):
        self.osac("prov", "export", "--by", "run", "-o", "by", "--format", "prov-json")
        self.osac("prov", "export", "--by", "run", "-o", "by", "--format", "prov-n")
        self.assertEqual(sorted(os.listdir(self.folder / "by")), sorted(f"run={r}.{e}" for r in EXPOSURES for e in ("json", "provn")))
        self.read_with_prov(self.read("by/run=1.json"), self.read("by/run=1.provn"))

    def read_with_prov(self, text, notation):
        if prov is None:
            self.skipTest("python3-prov is not installed")
        told = json.loads(text)
        document = prov.model.ProvDocument.deserialize(content=text, format="json")
        again = json.loads(document.serialize(format="json"))
        self.assertEqual(json.loads(prov.model.ProvDocument.deserialize(content=json.dumps(again), format="json").serialize(format="json")).keys(), again.keys())
        sections = [section for section in told if section != "prefix" and told[section]]
        self.assertEqual({section: len(told[section]) for section in sections}, {section: len(again[section]) for section in sections})
        times = lambda tree: sorted(self.instant(value) for section in sections for body in tree[section].values() for key, value in body.items()
                                    if key in ("prov:startTime", "prov:endTime", "prov:time"))
        self.assertEqual(times(told), times(again))
        self.assertGreater(len(times(told)), 2)
        # its PROV-N, statement by statement; it puts attributes in an order of its own, and knows no numbers beyond xsd:int and xsd:float
        ours, theirs = self.statements(notation), self.statements(document.get_provn())
        self.assertEqual(sum(ours.values()), sum(len(told[section]) for section in sections))
        self.assertEqual(ours, theirs)

    @staticmethod
    def instant(text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

    def statements(self, notation):
        """Each statement as (kind, arguments, set of attributes), with texts and numbers as Python has them."""
        lines = notation.strip().splitlines()
        self.assertEqual((lines[0], lines[-1]), ("document", "endDocument"))
        found = collections.Counter()
        for line in re.findall(r"^  (\w+\(.*\))$", "\n".join(lines[1:-1]), re.MULTILINE):
            kind, rest = line[:-1].split("(", 1)
            attributes = frozenset()
            if rest.endswith("]") and "[" in rest:
                rest, listed = rest.split("[", 1)
                pairs = re.findall(r"""([\w:.]+)=("(?:[^"\\]|\\.)*"(?: %% [\w:]+)?|'[^']*'|[^,\]]+)(?:, |$)""", listed[:-1])
                attributes = frozenset((key, self.value(text)) for key, text in pairs)
            arguments = [self.argument(word) for word in rest.rstrip(", ").split(", ")]
            while arguments and arguments[-1] == "-":
                arguments.pop()
            found[kind, tuple(arguments), attributes] += 1
        return found

    def argument(self, word):
        return self.instant(word) if re.match(r"\d{4}-\d\d-\d\dT", word) else word

    @staticmethod
    def value(text):
        if text.startswith("'"):
            return text.strip("'")
        quoted, _, kind = text.partition(" %% ")
        if not quoted.startswith('"'):
            return float(quoted) if re.fullmatch(r"-?\d+", quoted) else quoted
        # it writes backslashes as they are, which PROV-N does not allow: they are not compared
        plain = re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1]), quoted[1:-1]).replace("\\", "")
        if kind in ("xsd:long", "xsd:int"):
            return float(plain)
        return float(f"{float(plain):g}") if kind in ("xsd:double", "xsd:float") else plain

    # ---- IVOA

    def ivoa(self, *words):
        return json.loads(self.export("ivoa-json", *words))

    def test_ivoa_classes_and_attributes_are_the_model_s(self):
        told = self.ivoa("--failures")
        self.osac("prov", "export", "--by", "run", "-o", "by", "--format", "ivoa-json")
        for document in (told, json.loads(self.read("by/run=1.json"))):
            self.assertEqual((document["model"], document["modelVersion"]), ("voprov", "1.0"))
            known = {item.get("id", item.get("@id")) for value in document.values() if isinstance(value, list) for item in value}
            known |= {port["@id"] for item in document["ActivityDescription"] for side in ("usageDescription", "generationDescription") for port in item.get(side, [])}
            for name, items in document.items():
                if isinstance(items, list):
                    for item in items:
                        self.check(name, item, known)

    def check(self, name, item, known):
        attributes = {word.rstrip("!"): word.endswith("!") for word in MODEL[name].split()}
        for key, value in item.items():
            if key.startswith("osac:") or key == "@id":
                continue
            self.assertIn(key, attributes, name)
            nested = value if isinstance(value, list) else [value]
            if any(isinstance(one, dict) for one in nested):
                for one in nested:
                    self.check(COMPOSED[key], one, known)
            elif key in REFERENCES:
                self.assertLessEqual(set(nested), known, f"{name}.{key}")
        self.assertLessEqual({key for key, is_required in attributes.items() if is_required}, set(item), name)

    def test_ivoa_says_how_things_were_made(self):
        told = self.ivoa()
        activity = next(one for one in told["Activity"] if one["name"] == "clean_one[run=1,exposure=2]")
        described = next(one for one in told["ActivityDescription"] if one["@id"] == activity["activityDescription"])
        self.assertEqual((described["name"], described["version"], described["osac:tool"]), ("clean_one", 'Cleaner "2.1"', "cleaner"))
        self.assertEqual({port["role"]: port["multiplicity"] for port in described["usageDescription"]}, {"raw": "1", "dark": "1"})
        gathers = next(one for one in told["ActivityDescription"] if one["name"] == "add")
        self.assertEqual(gathers["usageDescription"][0]["multiplicity"], "0..*")
        entities = {one["id"]: one for one in told["DatasetEntity"]}
        self.assertEqual({entities[use["entity"]]["location"] for use in activity["used"]}, {"raw/1/2.txt", "made/1/dark.txt"})
        product = next(one for one in told["DatasetEntity"] if one["location"] == "made/1/clean.2.txt")
        self.assertEqual((product["name"], product["wasGeneratedBy"]["activity"], product["generatedAtTime"]),
                         ("clean.2.txt", activity["id"], activity["endTime"]))
        self.assertEqual(product["osac:sha256"], hashlib.sha256((self.folder / product["location"]).read_bytes()).hexdigest())
        configured = {next(one for one in told["Parameter"] if one["@id"] == by["parameter"])["name"]
                      for one in told["Activity"] if one["name"] == "make_dark[run=1]" for by in one["wasConfiguredBy"] if "parameter" in by}
        self.assertEqual(configured, {"depth", "note"})
        self.assertEqual(sorted(one["name"] for one in told["ConfigFile"]), ["log.csv", "night.osa", "site.yaml"])
        self.assertEqual(activity["osac:metrics"]["rows"], [1, 2.5])

    def test_a_file_a_run_with_collections(self):
        self.osac("prov", "export", "--by", "run", "-o", "by", "--format", "ivoa-json")
        told = json.loads(self.read("by/run=1.json"))
        self.assertEqual(sorted(one["name"] for one in told["Activity"]), ["add[run=1]", "clean_one", "make_dark[run=1]"])
        cleaning = next(one for one in told["Activity"] if one["name"] == "clean_one")
        self.assertEqual(cleaning["osac:count"], 3)
        collections_ = {one["id"]: one for one in told["Collection"]}
        made = next(one for one in collections_.values() if one.get("wasGeneratedBy", {}).get("activity") == cleaning["id"])
        self.assertEqual((made["name"], made["osac:count"], made["location"], len(made["entity"])), ("clean_one.clean", 3, "made/1/", 3))
        size = sum((self.folder / f"made/1/clean.{seq}.txt").stat().st_size for seq in (1, 2, 3))
        self.assertEqual(made["osac:size"], size)
        adding = next(one for one in told["Activity"] if one["name"] == "add[run=1]")
        self.assertEqual([use["entity"] for use in adding["used"]], [made["id"]])  # one thing to both
        self.assertEqual(adding["informant"], [cleaning["id"]])
        single = json.loads(self.read("by/run=3.json"))
        self.assertEqual(sorted(one["name"] for one in single["Activity"]), ["clean_one[run=3,exposure=1]", "make_dark[run=3]"])
        self.assertEqual(single["Collection"], [])

    # ---- hostile names and mistakes

    def test_names_that_no_text_can_hold(self):
        self.write("names.osa", 'workflow names\nparam name : text\ndataset made = "{name}"\ntask make { out made  run "echo 1 > {made}" }\n')
        self.write("site.yaml", "cpus: 1\n")
        for name in ("a b'c\"d%<&>.txt", "\u00e9\\n.txt"):
            self.osac("run", "names.osa", "--name", name)
            told = json.loads(self.osac("prov", "-w", "names", "export", "--format", "prov-json").stdout)
            self.assertIn(name, {body.get("osac:path") for body in told["entity"].values()})
            notation = self.osac("prov", "-w", "names", "export", "--format", "prov-n").stdout
            self.assertIn('osac:path="%s"' % name.replace("\\", "\\\\").replace('"', '\\"'), notation)
            if prov is not None and "\\" not in name:
                self.read_with_prov(json.dumps(told), notation)
            self.assertIn(name, {one["location"] for one in json.loads(self.osac("prov", "-w", "names", "export", "--format", "ivoa-json").stdout)["DatasetEntity"]})

    def test_mistakes(self):
        wrong = lambda *words: self.osac("prov", "export", *words, code=2).stderr
        self.assertIn("`pdf` is no format of exports\nhelp: one of prov-json, prov-n, ivoa-json", wrong("--format", "pdf"))
        self.assertIn("--by `runs`: the workflow has no such dimension\nhelp: did you mean `run`?", wrong("--by", "runs"))
        self.assertIn("--by writes a file for each key, and needs a folder", wrong("--by", "run", "-o", "-"))
        self.assertIn("`nothing` is no element or file of which there is a record", wrong("nothing"))
        self.assertIn("--where `ran == 1`", wrong("--where", "ran == 1"))
        self.write("here/keep.txt", "")
        self.assertIn("here", self.osac("prov", "export", "-o", "here", code=4).stderr)
        self.assertEqual(os.listdir(self.folder / "here"), ["keep.txt"])
        self.assertEqual([name for name in os.listdir(self.folder) if ".part" in name], [])


if __name__ == "__main__":
    unittest.main()
