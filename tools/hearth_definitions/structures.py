"""Tables of types: one per resource type, one for all data types, one that lists them.

What a type inherits from its base is left out; the server puts it back when it loads.
https://hl7.org/fhir/R4/structuredefinition.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hearth_definitions import source

STRUCTURE_URL = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM_TYPE = "http://hl7.org/fhirpath/System."
REGEX = STRUCTURE_URL + "regex"
FHIR_TYPE = STRUCTURE_URL + "structuredefinition-fhir-type"
MAX_VALUE_SET = STRUCTURE_URL + "elementdefinition-maxValueSet"

CORRECTED = {
    "enableWhen.count() > 2 implies enableBehavior.exists()": (
        "enableWhen.count() > 1 implies enableBehavior.exists()"
    ),
    "operator = 'exists' implies (answer is Boolean)": (
        "operator = 'exists' implies (answer is boolean)"
    ),
    "probability is decimal implies (probability as decimal) <= 100": (
        "probability.empty() or (probability is decimal implies (probability as decimal) <= 100)"
    ),
    "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')": (
        "name.empty() or name.matches('[A-Z]([A-Za-z0-9_]){0,254}')"
    ),
    "fullUrl.contains('/_history/').not()": (
        "fullUrl.empty() or fullUrl.contains('/_history/').not()"
    ),
}
"""Expressions that do not say what their sentence says, and that later releases mend.

A constraint that is neither true nor false is broken, so an absent element needs a word.
"""

Table = dict[str, Any]


def read_structures() -> dict[str, Table]:
    """Return the release's own StructureDefinitions by type name, without constraints on types."""
    return {
        definition["type"]: definition
        for definition in source.examples("StructureDefinition")
        if definition["kind"] != "logical"
        and definition.get("derivation", "specialization") == "specialization"
    }


def structure_tables(definitions: Mapping[str, Table], release: str) -> dict[str, Any]:
    """Return the content of each table by its path below the release's folder."""
    rules = {name: _root_rules(definitions, name) for name in definitions}
    types = {name: structure_table(each, rules) for name, each in definitions.items()}
    tables: dict[str, Any] = {
        f"types/{name}.json": table for name, table in types.items() if table["kind"] == "resource"
    }
    tables["datatypes.json"] = [
        table for _, table in sorted(types.items()) if table["kind"] != "resource"
    ]
    tables["release.json"] = {
        "release": release,
        "version": definitions["Element"]["fhirVersion"],
        "types": {
            name: {key: table[key] for key in ("kind", "base", "abstract") if key in table}
            for name, table in sorted(types.items())
        },
    }
    return tables


def structure_table(definition: Table, rules: Mapping[str, frozenset[str]]) -> Table:
    """Return one type's table: its nodes, each with the elements and rules of its own.

    `rules` has the keys of the constraints that each type brings along.
    """
    name = definition["type"]
    table: Table = {"name": name, "kind": definition["kind"]}
    if "baseDefinition" in definition:
        table["base"] = definition["baseDefinition"].removeprefix(STRUCTURE_URL)
    if definition.get("abstract"):
        table["abstract"] = True
    elements = definition["snapshot"]["element"]
    primitive = definition["kind"] == "primitive-type"
    if primitive:
        table |= _primitive(elements)
        elements = elements[:1]
    paths = [element["path"] for element in elements]
    nested = {path.rpartition(".")[0] for path in paths[1:]} | {name}
    nodes: dict[str, Table] = {}
    for element in elements:
        path = element["path"]
        if path in nested:
            base = table.get("base") if path == name else element["type"][0]["code"]
            nodes[path] = ({"base": base} if base else {}) | {"elements": []}
            nodes[path] |= _rules(element, rules, rules[base] if base else frozenset())
        if path != name and element["base"]["path"].partition(".")[0] == name:
            parent = path.rpartition(".")[0]
            nodes[parent]["elements"].append(_element(element, rules, path in nested))
    table["nodes"] = nodes
    return table


def _root_rules(definitions: Mapping[str, Table], name: str) -> frozenset[str]:
    root = definitions[name]["snapshot"]["element"][0]
    return frozenset(constraint["key"] for constraint in root.get("constraint", ()))


def _element(element: Table, rules: Mapping[str, frozenset[str]], nested: bool) -> Table:
    path = element["path"]
    last = path.rpartition(".")[2]
    row: Table = {"name": last.removesuffix("[x]")}
    if last.endswith("[x]"):
        row["choice"] = True
    if any(use["code"].startswith(SYSTEM_TYPE) for use in element.get("type", ())):
        row["bare"] = True
    if element["min"]:
        row["min"] = element["min"]
    if element["max"] != "1":
        row["max"] = None if element["max"] == "*" else int(element["max"])
    if nested:
        row["node"] = path
    elif "contentReference" in element:
        row["node"] = element["contentReference"].removeprefix("#")
    row["types"] = [_type(path, use) for use in element.get("type", ())]
    if binding := _binding(element.get("binding")):
        row["binding"] = binding
    for flag, key in (("isSummary", "summary"), ("isModifier", "modifier")):
        if element.get(flag):
            row[key] = True
    return row if nested else row | _rules(element, rules)


def _type(path: str, use: Table) -> list[Any]:
    """Return a type's code, then its target types, then the profiles it must follow."""
    code = use["code"]
    for extension in use.get("extension", ()):
        if extension["url"] == FHIR_TYPE:
            code = extension["valueUrl"]
    if path == "Resource.id":
        code = "id"  # the published definition says string, the published page says id
    targets = [url.removeprefix(STRUCTURE_URL) for url in use.get("targetProfile", ())]
    row: list[Any] = [code, targets, use.get("profile", [])]
    while not row[-1]:
        row.pop()
    return row


def _binding(binding: Table | None) -> list[str] | None:
    """Return strength and value set, and the value set that nothing may leave, if one is named."""
    if binding is None or "valueSet" not in binding:
        return None
    widest = [
        extension["valueCanonical"]
        for extension in binding.get("extension", ())
        if extension["url"] == MAX_VALUE_SET
    ]
    return [binding["strength"], binding["valueSet"], *widest]


def _rules(
    element: Table, rules: Mapping[str, frozenset[str]], brought: frozenset[str] = frozenset()
) -> Table:
    """Return the constraints that neither the base nor the element's own type brings along."""
    for use in element.get("type", ()):
        brought |= rules.get(use["code"], frozenset())
    if element.get("contentReference"):
        brought |= rules["Element"]
    own = [_rule(each) for each in element.get("constraint", ()) if each["key"] not in brought]
    return {"rules": own} if own else {}


def _rule(constraint: Table) -> Table:
    rule = {"key": constraint["key"], "human": constraint["human"]}
    if constraint["severity"] != "error":
        rule["severity"] = constraint["severity"]
    if "expression" in constraint:
        expression = constraint["expression"]
        rule["expression"] = CORRECTED.get(expression, expression)
    return rule


def _primitive(elements: Iterable[Table]) -> Table:
    """Return the FHIRPath type of a primitive's value and its regular expression."""
    found: Table = {}
    value = next(element for element in elements if element["path"].endswith(".value"))
    for use in value["type"]:
        found["system"] = use["code"].removeprefix(SYSTEM_TYPE)
        for extension in use.get("extension", ()):
            if extension["url"] == REGEX:
                found["regex"] = extension["valueString"]
    return found
