#!/usr/bin/env python3
"""osac prov export as Workflow Run RO-Crate and WfFormat, read back by rdflib and jsonschema: what the profiles demand, and nothing that leads nowhere."""
import hashlib
import json
import os
import pathlib
import re
import sys
import unittest
import urllib.parse
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

try:
    import rdflib
except ImportError:
    rdflib = None
try:
    import jsonschema
except ImportError:
    jsonschema = None

NIGHT = """
## Two frames and a stack.
workflow night
param sigma : int = 3
table log = csv "log.csv" { exposure : int }
dimension exposure : int from log.exposure
dataset image for exposure = external "raw & more/it's {exposure} 100%.txt"
dataset clean for exposure = "made/{exposure} <b> \\"q\\" #.txt"
dataset stack = "made/stack.txt"
tool cleaner {
    in image : file
    out clean : file
    version "echo cleaner 2.1"
    run "cat {image} > {clean}"
}
task reduce for exposure { in image  out clean  use cleaner(...) }
task coadd { in frames = all clean  out stack  run "cat {frames} > {stack}" }
goal stack
"""
SCHEMA = "http://schema.org/"


class Export(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", NIGHT)
        self.write("log.csv", "exposure\n1\n2\n")
        for exposure in (1, 2):
            self.write(f"raw & more/it's {exposure} 100%.txt", f"counts {exposure}\n")
        self.osac("run", "night.osa")

    def crate(self, name="crate"):
        return json.loads((self.folder / name / "ro-crate-metadata.json").read_text())

    def entities(self, document, kind):
        return [entity for entity in document["@graph"] if kind in ([entity["@type"]] if isinstance(entity["@type"], str) else entity["@type"])]

    def test_every_reference_leads_somewhere(self):
        self.osac("prov", "export", "--format", "ro-crate", "-o", "crate")
        document = self.crate()
        known = [entity["@id"] for entity in document["@graph"]]
        self.assertEqual(len(known), len(set(known)))
        elsewhere = {"https://w3id.org/ro/crate/1.1", SCHEMA + "CompletedActionStatus", SCHEMA + "FailedActionStatus"}

        def follow(value):
            if isinstance(value, list):
                for item in value:
                    follow(item)
            elif isinstance(value, dict):
                self.assertEqual(list(value), ["@id"])
                self.assertIn(value["@id"], elsewhere | set(known))

        for entity in document["@graph"]:
            for name, value in entity.items():
                if not name.startswith("@"):
                    follow(value)
            self.assertRegex(entity["@id"], r"^[A-Za-z0-9:/?#@!$&'()*+,;=._~%-]+$")  # an IRI of ASCII (RFC 3987)
        self.assertEqual(self.read("crate/night.osa"), NIGHT)

    @unittest.skipIf(rdflib is None, "python3-rdflib is not installed")
    def test_what_the_profiles_demand(self):
        self.osac("prov", "export", "--format", "ro-crate", "-o", "crate")
        document = self.crate()
        self.assertEqual(document["@context"][0], "https://w3id.org/ro/crate/1.1/context")
        document["@context"] = {"@vocab": SCHEMA}  # no network in tests
        graph = rdflib.Graph().parse(data=json.dumps(document), format="json-ld", publicID="http://crate.test/")

        def ask(pattern):
            return bool(graph.query("PREFIX s: <http://schema.org/> ASK { " + pattern + " }").askAnswer)

        def all_have(kind, pattern):
            self.assertTrue(ask(f"?x a s:{kind}"), kind)
            self.assertFalse(ask(f"?x a s:{kind} FILTER NOT EXISTS {{ {pattern} }}"), f"{kind}: {pattern}")

        root = "<http://crate.test/>"
        for part in ["process/0.5", "workflow/0.5", "provenance/0.5"]:
            self.assertTrue(ask(f"{root} s:conformsTo <https://w3id.org/ro/wfrun/{part}> . <https://w3id.org/ro/wfrun/{part}> a s:CreativeWork"))
        for name in ["name", "description", "datePublished", "license", "hasPart", "mentions"]:
            self.assertTrue(ask(f"{root} s:{name} ?y"), name)
        self.assertTrue(ask(f"<http://crate.test/ro-crate-metadata.json> s:about {root} ; s:conformsTo <https://w3id.org/ro/crate/1.1>"))
        self.assertTrue(ask(f"{root} s:mainEntity ?w . ?w a s:File, s:SoftwareSourceCode, s:ComputationalWorkflow, s:HowTo ; s:programmingLanguage ?l . ?l a s:ComputerLanguage"))
        all_have("ComputationalWorkflow", "?x s:hasPart ?t . ?t a s:SoftwareApplication")
        all_have("ComputationalWorkflow", "?x s:step ?t . ?t a s:HowToStep")
        all_have("ComputationalWorkflow", "?x s:input ?p . ?p a s:FormalParameter")
        all_have("FormalParameter", "?x s:additionalType ?y ; s:name ?n")
        all_have("HowToStep", "?x s:workExample ?t . ?t a s:SoftwareApplication")
        all_have("CreateAction", "?x s:instrument ?t . { ?t a s:SoftwareApplication } UNION { ?t a s:ComputationalWorkflow }")
        for name in ["name", "startTime", "endTime", "agent", "object", "result", "actionStatus"]:
            all_have("CreateAction", f"?x s:{name} ?y")
        all_have("CreateAction", f"{root} s:mentions ?x")
        all_have("ControlAction", "?x s:instrument ?step ; s:object ?run . ?step a s:HowToStep . ?run a s:CreateAction")
        all_have("OrganizeAction", "?x s:instrument ?e ; s:object ?c ; s:result ?r . ?e a s:SoftwareApplication . ?c a s:ControlAction . ?r a s:CreateAction")
        all_have("SoftwareApplication", "?x s:name ?n")
        self.assertTrue(ask('?x a s:SoftwareApplication ; s:name "cleaner" ; s:softwareVersion "cleaner 2.1"'))
        self.assertTrue(ask('?x a s:PropertyValue ; s:name "sigma" ; s:value "3" ; s:exampleOfWork ?p . ?p a s:FormalParameter'))
        self.assertTrue(ask('?x a s:CreateAction ; s:name "coadd" ; s:result ?f . ?f s:exampleOfWork ?p . ?p s:name "stack"'))
        actions = list(graph.query("PREFIX s: <http://schema.org/> SELECT ?x { ?x a s:CreateAction }"))
        self.assertEqual(len(actions), 4)  # three elements, one execution

    def test_files_are_copied_if_they_are_as_recorded(self):
        self.write("made/stack.txt", "edited\n")
        done = self.osac("prov", "export", "--format", "ro-crate", "--with-files", "-o", "crate")
        self.assertIn("note: 1 file is not copied: gone, changed since, or outside the workflow's folder\n", done.stderr)
        copied = 0
        for entity in self.entities(self.crate(), "File"):
            path = self.folder / "crate" / urllib.parse.unquote(entity["@id"])
            if entity["name"] == "made/stack.txt":
                self.assertTrue(entity["@id"].startswith("urn:osac:night:"))
                self.assertFalse((self.folder / "crate/made/stack.txt").exists())
            else:
                copied += 1
                self.assertTrue(path.is_file(), path)
                if "sha256" in entity:
                    self.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), entity["sha256"])
        self.assertEqual(copied, 5)  # the workflow, two images, two clean ones
        again = self.osac("prov", "export", "--format", "ro-crate", "-o", "crate", code=2).stderr
        self.assertEqual(again, "osac: `crate` is there already\nhelp: a crate gets a folder of its own: name another one\n")

    def test_an_archive_is_the_same_bytes_each_time(self):
        self.osac("prov", "export", "--with-files", "-o", "one.zip")
        self.osac("prov", "export", "--with-files", "-o", "two.zip")
        self.assertEqual((self.folder / "one.zip").read_bytes(), (self.folder / "two.zip").read_bytes())
        with zipfile.ZipFile(self.folder / "one.zip") as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.namelist()[0], "ro-crate-metadata.json")
            self.assertEqual(archive.read("made/stack.txt"), b"counts 1\ncounts 2\n")
            self.assertIn("raw & more/it's 1 100%.txt", archive.namelist())
        self.assertFalse((self.folder / "one.zip.part").exists())

    def test_failures_have_their_status_and_error(self):
        self.write("night.osa", NIGHT.replace("cat {frames} > {stack}", "cat {frames} > {stack}; exit 7"))
        self.osac("run", "night.osa", code=1)
        self.osac("prov", "export", "--format", "ro-crate", "--failures", "-o", "crate")
        failed = [entity for entity in self.crate()["@graph"] if entity.get("actionStatus") == {"@id": SCHEMA + "FailedActionStatus"}]
        self.assertEqual(sorted({entity["@type"] for entity in failed}), ["ControlAction", "CreateAction", "OrganizeAction"])
        for entity in failed:
            self.assertIn("7", entity["error"])
        for entity in self.crate()["@graph"]:
            if entity.get("actionStatus") == {"@id": SCHEMA + "CompletedActionStatus"}:
                self.assertNotIn("error", entity)

    # what WfFormat 1.5 says of a document (WfCommons, wfcommons-schema.json): required members, kinds of values and of identifiers
    NAME = {"type": "string", "pattern": r"^[0-9a-zA-Z-_.#]*$"}
    FILE = {"type": "string", "pattern": r"^[0-9a-zA-Z-_./:#]*$"}
    WFFORMAT = {
        "type": "object",
        "required": ["name", "schemaVersion", "workflow"],
        "properties": {
            "name": {"type": "string"}, "description": {"type": "string"}, "createdAt": {"type": "string"}, "schemaVersion": {"enum": ["1.5"]},
            "runtimeSystem": {"type": "object", "required": ["name", "version"]},
            "workflow": {"type": "object", "required": ["specification"], "properties": {
                "specification": {"type": "object", "required": ["tasks"], "properties": {
                    "tasks": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {
                        "type": "object", "required": ["name", "id", "parents", "children"], "properties": {
                            "parents": {"type": "array", "items": NAME, "uniqueItems": True}, "children": {"type": "array", "items": NAME, "uniqueItems": True},
                            "inputFiles": {"type": "array", "items": FILE, "uniqueItems": True}, "outputFiles": {"type": "array", "items": FILE, "uniqueItems": True}}}},
                    "files": {"type": "array", "uniqueItems": True, "items": {
                        "type": "object", "required": ["id", "sizeInBytes"], "properties": {"id": FILE, "sizeInBytes": {"type": "integer", "minimum": 0}}}}}},
                "execution": {"type": "object", "required": ["makespanInSeconds", "executedAt", "tasks"], "properties": {
                    "makespanInSeconds": {"type": "number", "minimum": 0}, "executedAt": {"type": "string"},
                    "tasks": {"type": "array", "minItems": 1, "items": {
                        "type": "object", "required": ["id", "runtimeInSeconds"], "properties": {
                            "runtimeInSeconds": {"type": "number", "minimum": 0}, "executedAt": {"type": "string"}, "coreCount": {"type": "number"},
                            "avgCPU": {"type": "number"}, "memoryInBytes": {"type": "number"}, "machines": {"type": "array", "items": {"type": "string"}},
                            "command": {"type": "object", "properties": {"program": {"type": "string"}, "arguments": {"type": "array", "items": {"type": "string"}}}}}}},
                    "machines": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["nodeName"]}}}}}}}}

    @unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed")
    def test_wfformat(self):
        document = json.loads(self.osac("prov", "export", "--format", "wfformat").stdout)
        schemas = [self.WFFORMAT]
        if "WFFORMAT_SCHEMA" in os.environ:  # the standard's own file, where it is at hand
            schemas.append(json.loads(pathlib.Path(os.environ["WFFORMAT_SCHEMA"]).read_text()))
        for schema in schemas:
            jsonschema.validate(document, schema)
        specification = document["workflow"]["specification"]
        tasks = {task["id"]: task for task in specification["tasks"]}
        self.assertEqual(sorted(task["name"] for task in tasks.values()), ["coadd", "reduce", "reduce"])
        self.assertEqual(len(tasks["coadd"]["parents"]), 2)
        for parent in tasks["coadd"]["parents"]:
            self.assertEqual(tasks[parent]["children"], ["coadd"])
        files = {file["id"]: file["sizeInBytes"] for file in specification["files"]}
        self.assertEqual(files["made/stack.txt"], 18)
        self.assertEqual(len(files), 5)
        named = {name for task in tasks.values() for name in task["inputFiles"] + task["outputFiles"]}
        self.assertEqual(named, set(files))
        decoded = {re.sub("#([0-9A-F]{2})", lambda match: chr(int(match.group(1), 16)), name) for name in files}
        self.assertIn("raw & more/it's 1 100%.txt", decoded)
        self.assertEqual({task["id"] for task in document["workflow"]["execution"]["tasks"]}, set(tasks))

    def test_wrong_ways(self):
        wrong = self.osac("prov", "export", "--format", "wfformat", "--with-files", code=2).stderr
        self.assertEqual(wrong, "osac: --with-files is for crates\nhelp: --format ro-crate\n")
        self.assertIn("--by is for documents", self.osac("prov", "export", "--format", "ro-crate", "--by", "exposure", code=2).stderr)
        (self.folder / "night.osa").unlink()
        self.assertIn("a crate holds the workflow's text, and `night.osa` is not there",
                      self.osac("prov", "export", "-w", "night", "--format", "ro-crate", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
