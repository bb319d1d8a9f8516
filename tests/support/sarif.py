"""What a SARIF 2.1.0 log has to look like: the required properties, types and relations of the OASIS standard that our logs use, written from its text (sections in
brackets). Where a schema and jsonschema are at hand (SARIF_SCHEMA names the file), they are used as well."""
import json
import os
import pathlib
from urllib.parse import unquote

LEVELS = {"none", "note", "warning", "error"}


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


def units(text, offset, length):
    """A piece of a text by UTF-16 code units."""
    return text.encode("utf-16-le")[2 * offset:2 * (offset + length)].decode("utf-16-le")


class Checker:
    """Collects what is wrong with a log. `folder` is where its relative paths are."""

    def __init__(self, log, folder):
        self.wrong = []
        self.folder = pathlib.Path(folder)
        self.log = log
        self.check_log()

    def need(self, condition, what):
        if not condition:
            self.wrong.append(what)
        return condition

    def only(self, value, allowed, where):
        self.need(isinstance(value, dict) and set(value) <= set(allowed), f"{where}: properties {sorted(set(value) - set(allowed))} are not SARIF's")

    def check_log(self):  # [3.13]
        self.only(self.log, {"$schema", "version", "runs"}, "log")
        self.need(self.log.get("version") == "2.1.0", "log.version")
        self.need(isinstance(self.log.get("runs"), list) and len(self.log["runs"]) == 1, "log.runs")
        for run in self.log["runs"]:
            self.check_run(run)

    def check_run(self, run):  # [3.14]
        self.only(run, {"tool", "columnKind", "artifacts", "results"}, "run")
        self.need(run.get("columnKind") == "utf16CodeUnits", "run.columnKind")
        driver = run.get("tool", {}).get("driver", {})  # [3.18, 3.19]
        self.only(driver, {"name", "version", "semanticVersion", "rules"}, "driver")
        self.need(driver.get("name") == "osac", "driver.name is required")
        self.rules = driver.get("rules", [])
        ids = [rule.get("id") for rule in self.rules]
        self.need(len(set(ids)) == len(ids), "rule ids are unique [3.49.3]")
        for rule in self.rules:
            self.check_rule(rule)
        self.artifacts = run.get("artifacts", [])
        for artifact in self.artifacts:  # [3.24]
            self.only(artifact, {"location", "encoding"}, "artifact")
            self.need("index" not in artifact["location"], "artifact.location has no index")
        self.need(isinstance(run.get("results"), list), "results is there even if empty [3.14.23]")
        for result in run["results"]:
            self.check_result(result)

    def check_message(self, message, where):  # [3.11]
        self.only(message, {"text", "markdown"}, where)
        self.need(isinstance(message.get("text"), str) and message["text"], f"{where}.text")

    def check_rule(self, rule):  # [3.49]
        where = f"rule {rule.get('id')}"
        self.only(rule, {"id", "name", "shortDescription", "help", "helpUri", "defaultConfiguration"}, where)
        self.need(isinstance(rule.get("id"), str) and rule["id"], "rule.id is required")
        self.check_message(rule["help"], where + ".help")
        if "shortDescription" in rule:
            self.check_message(rule["shortDescription"], where + ".shortDescription")
        self.need(":" in rule["helpUri"] and " " not in rule["helpUri"], where + ".helpUri is an absolute URI")
        self.need(rule["defaultConfiguration"]["level"] in LEVELS, where + ".level")

    def check_result(self, result):  # [3.27]
        where = f"result {result.get('ruleId')}"
        self.only(result, {"ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "fixes"}, where)
        self.check_message(result["message"], where + ".message")
        self.need(result["level"] in LEVELS, where + ".level")
        self.need(self.rules[result["ruleIndex"]]["id"] == result["ruleId"], where + ": ruleIndex leads to another rule")
        self.need(len(result["locations"]) <= 1, where + ": one place")
        for location in result["locations"]:
            self.check_location(location, where, False)
        related = result.get("relatedLocations", [])
        self.need(len({location["id"] for location in related}) == len(related), where + ": ids are unique [3.28.2]")
        for location in related:
            self.check_location(location, where, True)
        for fix in result.get("fixes", []):  # [3.55]
            self.only(fix, {"description", "artifactChanges"}, where + ".fix")
            self.need(fix["artifactChanges"], where + ".artifactChanges is not empty")
            for change in fix["artifactChanges"]:
                self.only(change, {"artifactLocation", "replacements"}, where + ".change")
                self.need(change["replacements"], where + ".replacements is not empty")
                for replacement in change["replacements"]:
                    self.only(replacement, {"deletedRegion", "insertedContent"}, where + ".replacement")
                    self.check_region(replacement["deletedRegion"], self.text_of(change["artifactLocation"]), where)

    def check_location(self, location, where, has_id):
        self.only(location, {"id", "physicalLocation", "message"} if has_id else {"physicalLocation", "message"}, where + ".location")
        if "message" in location:
            self.check_message(location["message"], where + ".location.message")
        physical = location["physicalLocation"]
        self.only(physical, {"artifactLocation", "region"}, where + ".physicalLocation")
        self.check_region(physical["region"], self.text_of(physical["artifactLocation"]), where)

    def text_of(self, location):  # [3.4]
        self.only(location, {"uri", "index"}, "artifactLocation")
        self.need(self.artifacts[location["index"]]["location"]["uri"] == location["uri"], f"index of {location['uri']}")
        self.need(not set(location["uri"]) & set(" \\\"<>{}|^`"), f"`{location['uri']}` is no URI reference")
        path = self.folder / unquote(location["uri"].removeprefix("file://"))
        return path.read_bytes().decode() if path.exists() else None

    def check_region(self, region, text, where):  # [3.30]: both descriptions of the place agree with each other and with the text
        names = {"startLine", "startColumn", "endLine", "endColumn", "charOffset", "charLength"}
        self.only(region, names, where + ".region")
        if not self.need(set(region) == names and all(isinstance(region[name], int) for name in names), where + ": region is whole") or text is None:
            return
        lines = text.split("\n")
        offset = lambda line, column: sum(utf16(each) + 1 for each in lines[:line - 1]) + column - 1
        self.need(1 <= region["startLine"] <= region["endLine"] <= len(lines), where + ": lines are in the text")
        self.need(offset(region["startLine"], region["startColumn"]) == region["charOffset"], where + ": line and column say another place than charOffset")
        self.need(offset(region["endLine"], region["endColumn"]) == region["charOffset"] + region["charLength"], where + ": end")
        self.need(region["charOffset"] + region["charLength"] <= utf16(text), where + ": the region is in the text")


def problems(log, folder):
    found = Checker(log, folder).wrong
    schema = os.environ.get("SARIF_SCHEMA")
    if schema:
        import jsonschema
        found += [error.message for error in jsonschema.Draft4Validator(json.loads(pathlib.Path(schema).read_text())).iter_errors(log)]
    return found


def apply_fixes(text, result):
    """The text after the first fix of a result."""
    data = text.encode("utf-16-le")
    edits = [replacement for change in result["fixes"][0]["artifactChanges"] for replacement in change["replacements"]]
    for edit in sorted(edits, key=lambda each: -each["deletedRegion"]["charOffset"]):
        begin = 2 * edit["deletedRegion"]["charOffset"]
        end = begin + 2 * edit["deletedRegion"]["charLength"]
        data = data[:begin] + edit.get("insertedContent", {"text": ""})["text"].encode("utf-16-le") + data[end:]
    return data.decode("utf-16-le")
