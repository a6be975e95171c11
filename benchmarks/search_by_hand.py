"""The twenty searches as somebody would write them who knows the tables, the data and the plan.

Joins are crossed in the order in which they are best followed, which SQLite then keeps to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from hearth_server.search.decimals import sortable
from hearth_server.search.engines.hashes import field_hash, resource_hash, text_hash
from hearth_server.search.engines.sql.fragment import Sql, Value
from hearth_server.search.parameters import find
from hearth_server.store.protocol import SINGLE_TENANT

PAGE = 21
LOINC = "http://loinc.org"

Names: TypeAlias = Mapping[str, str]
Hand: TypeAlias = Callable[[Names], Sql]


def _statement(tables: str, conditions: list[Sql], order: str = "r.rid", shown: str = "") -> Sql:
    """Return the statement that joins tables to `resource r` and takes a page."""
    where = " AND ".join(each.text for each in conditions)
    values = tuple(value for each in conditions for value in each.parameters)
    more = f", {shown}" if shown else ""
    return Sql(
        f"SELECT r.type, r.id, r.version{more} FROM {tables} WHERE {where} AND r.state = 0"
        f" ORDER BY {order} LIMIT {PAGE}",
        values,
    )


def _fields(type: str, name: str) -> list[Value]:
    parameter = find(type, name)
    assert parameter is not None
    return [field_hash(SINGLE_TENANT, each) for each in parameter.fields]


def _in(column: str, values: list[Value]) -> Sql:
    marks = ", ".join("?" * len(values))
    return Sql(f"{column} IN ({marks})" if len(values) > 1 else f"{column} = ?", tuple(values))


def _term(at: str, type: str, name: str, key: str, system: str | None = None) -> Sql:
    """Return that a row of `term` has a code, of a system if one is named."""
    fields = _in(f"{at}.field", _fields(type, name))
    text, values = f"{fields.text} AND {at}.key = ?", (*fields.parameters, key)
    if system is None:
        return Sql(text, values)
    return Sql(f"{text} AND {at}.qualifier = ?", (*values, text_hash(system)))


def _starts(at: str, type: str, name: str, text: str) -> Sql:
    fields = _in(f"{at}.field", _fields(type, name))
    return Sql(
        f"{fields.text} AND {at}.key >= ? AND {at}.key < ?",
        (*fields.parameters, text, text[:-1] + chr(ord(text[-1]) + 1)),
    )


def _link(at: str, type: str, target: str, id: str, name: str = "patient") -> Sql:
    fields = _in(f"{at}.field", _fields(type, name))
    number = resource_hash(SINGLE_TENANT, target, id)
    return Sql(f"{fields.text} AND {at}.target = ?", (*fields.parameters, number))


def _moment(at: str, type: str, name: str) -> Sql:
    return _in(f"{at}.field", _fields(type, name))


def _same(*aliases: str) -> Sql:
    return Sql(" AND ".join(f"{each}.rid = r.rid" for each in aliases))


def _start(year: int, month: int = 1) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp() * 1_000_000)


def _identifier(names: Names) -> Sql:
    system, _, value = names["identifier"].partition("|")
    found = _term("t", "Patient", "identifier", value, system)
    return _statement("term t CROSS JOIN resource r", [found, _same("t")])


def _id(names: Names) -> Sql:
    rid = resource_hash(SINGLE_TENANT, "Patient", names["patient"])
    return _statement("resource r", [Sql("r.rid = ?", (rid,))])


def _family(names: Names) -> Sql:
    found = _starts("t", "Patient", "family", names["family"])
    return _statement("term t CROSS JOIN resource r", [found, _same("t")])


def _of_patient(type: str, name: str) -> Hand:
    """Return what lists a patient's resources, the newest first."""

    def written(names: Names) -> Sql:
        return _statement(
            "link l CROSS JOIN moment m CROSS JOIN resource r",
            [_link("l", type, "Patient", names["patient"]), _moment("m", type, name),
             Sql("m.rid = l.rid"), _same("l")],
            "m.low DESC, m.rid DESC", "m.low",
        )  # fmt: skip

    return written


def _height(names: Names) -> Sql:
    return _statement(
        "link l CROSS JOIN term t CROSS JOIN moment m CROSS JOIN resource r",
        [_link("l", "Observation", "Patient", names["patient"]),
         _term("t", "Observation", "code", "8302-2", LOINC), Sql("t.rid = l.rid"),
         _moment("m", "Observation", "date"), Sql("m.rid = l.rid"), _same("l")],
        "m.low DESC", "m.low",
    )  # fmt: skip


def _coded(key: str, system: str) -> Hand:
    def written(names: Names) -> Sql:
        found = _term("t", "Observation", "code", key, system)
        return _statement("term t CROSS JOIN resource r", [found, _same("t")], "t.rid")

    return written


def _latest(type: str, date: str, name: str, key: str) -> Hand:
    """Return what looks for a common code among the newest, as far as it must."""

    def written(names: Names) -> Sql:
        test = _term("t", type, name, key)
        return _statement(
            "moment m CROSS JOIN resource r",
            [_moment("m", type, date), Sql("m.wide = 0"), _same("m"),
             Sql(f"EXISTS (SELECT 1 FROM term t WHERE t.rid = m.rid AND {test.text})",
                 test.parameters)],
            "m.low DESC, m.rid DESC", "m.low",
        )  # fmt: skip

    return written


def _named_and_born(names: Names) -> Sql:
    named = _starts("t", "Patient", "name", names["family"])
    return _statement(
        f"(SELECT DISTINCT t.rid FROM term t WHERE {named.text}) d"
        " CROSS JOIN moment m CROSS JOIN resource r",
        [Sql("m.rid = d.rid", named.parameters), _moment("m", "Patient", "birthdate"),
         Sql("m.low >= ?", (_start(1950),)), _same("m")],
    )  # fmt: skip


def _vital_signs(names: Names) -> Sql:
    return _statement(
        "link l CROSS JOIN term t CROSS JOIN moment m CROSS JOIN resource r",
        [_link("l", "Observation", "Patient", names["patient"]),
         _term("t", "Observation", "category", "vital-signs"), Sql("t.rid = l.rid"),
         _moment("m", "Observation", "date"), Sql("m.rid = l.rid AND m.low >= ?", (_start(2015),)),
         _same("l")],
    )  # fmt: skip


def _january(names: Names) -> Sql:
    low, high = _start(2015), _start(2015, 2)
    return _statement(
        "moment m CROSS JOIN resource r",
        [_moment("m", "Observation", "date"), Sql("m.wide = 0"),
         Sql("m.low >= ? AND m.low < ?", (low, high)), _same("m")],
    )  # fmt: skip


def _pressure(names: Names) -> Sql:
    parameter = find("Observation", "component-code-value-quantity")
    assert parameter is not None
    code, value = (part.parameter.fields for part in parameter.elements[0].parts)
    codes = [field_hash(SINGLE_TENANT, each) for each in code]
    values = [field_hash(SINGLE_TENANT, each) for each in value]
    return _statement(
        "term t CROSS JOIN amount a CROSS JOIN resource r",
        [_in("t.field", [*codes]),
         Sql("t.key = ? AND t.qualifier = ?", ("8480-6", text_hash(LOINC))),
         Sql("a.rid = t.rid AND a.ordinal = t.ordinal"), _in("a.field", [*values]),
         Sql("a.low > ?", (sortable(140),)), _same("t")],
    )  # fmt: skip


def _of_the_old_by_date(names: Names) -> Sql:
    links = _in("l.field", _fields("Observation", "patient"))
    born = _moment("p", "Patient", "birthdate")
    return _statement(
        "moment m CROSS JOIN resource r",
        [_moment("m", "Observation", "date"), Sql("m.wide = 0"), _same("m"),
         Sql("EXISTS (SELECT 1 FROM link l CROSS JOIN moment p WHERE l.rid = m.rid"
             f" AND {links.text} AND p.rid = l.target AND {born.text} AND p.wide = 0 AND p.low < ?"
             " LIMIT 1 OFFSET 0)", (*links.parameters, *born.parameters, _start(1950)))],
        "m.low DESC, m.rid DESC", "m.low",
    )  # fmt: skip


def _of_the_old(names: Names) -> Sql:
    return _statement(
        "moment p CROSS JOIN link l CROSS JOIN moment m CROSS JOIN resource r",
        [_moment("p", "Patient", "birthdate"), Sql("p.wide = 0 AND p.low < ?", (_start(1950),)),
         _in("l.field", _fields("Observation", "patient")), Sql("l.target = p.rid"),
         _moment("m", "Observation", "date"), Sql("m.rid = l.rid"), _same("l")],
        "m.low DESC, m.rid DESC", "m.low",
    )  # fmt: skip


def _orders(names: Names) -> Sql:
    status = _in("s.key", ["active", "stopped"])
    return _statement(
        "link l CROSS JOIN term t CROSS JOIN term s CROSS JOIN resource r",
        [_link("l", "MedicationRequest", "Patient", names["patient"]),
         _term("t", "MedicationRequest", "intent", "order"), Sql("t.rid = l.rid"),
         _in("s.field", _fields("MedicationRequest", "status")), status, Sql("s.rid = l.rid"),
         _same("l")],
    )  # fmt: skip


def _of_family(names: Names) -> Sql:
    return _statement(
        "term p CROSS JOIN link l CROSS JOIN term t CROSS JOIN resource r",
        [_starts("p", "Patient", "family", names["family"]),
         _in("l.field", _fields("Observation", "patient")), Sql("l.target = p.rid"),
         _term("t", "Observation", "code", "8302-2"), Sql("t.rid = l.rid"), _same("l")],
    )  # fmt: skip


def _with_observation(names: Names) -> Sql:
    return _statement(
        "(SELECT DISTINCT l.target AS rid FROM term t CROSS JOIN link l WHERE t.field = ?"
        " AND t.key = ? AND t.qualifier = ? AND l.rid = t.rid AND l.field = ?) d"
        " CROSS JOIN resource r",
        [Sql("d.rid = r.rid", (*_fields("Observation", "code"), "72166-2", text_hash(LOINC),
                              *_fields("Observation", "patient"))),
         Sql("r.type = 'Patient'")],
    )  # fmt: skip


def _with_observation_one_by_one(names: Names) -> Sql:
    links = _in("l.field", _fields("Observation", "patient"))
    code = _term("t", "Observation", "code", "72166-2", LOINC)
    return _statement(
        "resource r",
        [Sql("r.tenant = ? AND r.type = ?", (SINGLE_TENANT, "Patient")),
         Sql(f"EXISTS (SELECT 1 FROM link l CROSS JOIN term t WHERE {links.text}"
             f" AND l.target = r.rid AND t.rid = l.rid AND {code.text} LIMIT 1 OFFSET 0)",
             (*links.parameters, *code.parameters))],
    )  # fmt: skip


def _active(names: Names) -> Sql:
    return _statement(
        "link l CROSS JOIN term t CROSS JOIN resource r",
        [_link("l", "Condition", "Patient", names["patient"]),
         _term("t", "Condition", "clinical-status", "active"), Sql("t.rid = l.rid"), _same("l")],
    )  # fmt: skip


def _high(names: Names) -> Sql:
    return _statement(
        "amount a CROSS JOIN resource r",
        [_in("a.field", _fields("Observation", "value-quantity")),
         Sql("a.low > ? AND a.code = ?", (sortable(180), text_hash("cm"))), _same("a")],
    )  # fmt: skip


def _recent(names: Names) -> Sql:
    return _statement(
        "resource r",
        [Sql("r.tenant = ? AND r.type = ?", (SINGLE_TENANT, "Observation"))],
        "r.updated DESC, r.rid DESC", "r.updated",
    )  # fmt: skip


BY_HAND: dict[str, Hand] = {
    "Patient?identifier={identifier}": _identifier,
    "Patient?_id={patient}": _id,
    "Patient?family={family}": _family,
    "Patient?name={family}&birthdate=ge1950": _named_and_born,
    "Patient?gender=female&_sort=-birthdate": _latest("Patient", "birthdate", "gender", "female"),
    f"Observation?patient={{patient}}&code={LOINC}|8302-2&_sort=-date": _height,
    "Observation?patient={patient}&_sort=-date": _of_patient("Observation", "date"),
    "Observation?patient={patient}&category=vital-signs&date=ge2015": _vital_signs,
    "Observation?category=laboratory&_sort=-date": _latest(
        "Observation", "date", "category", "laboratory"
    ),
    f"Observation?code={LOINC}|8302-2": _coded("8302-2", LOINC),
    "Observation?date=ge2015-01-01&date=lt2015-02-01": _january,
    f"Observation?component-code-value-quantity={LOINC}|8480-6$gt140": _pressure,
    "Observation?value-quantity=gt180||cm": _high,
    "Observation?patient.family={family}&code=8302-2": _of_family,
    "Observation?patient.birthdate=lt1950&_sort=-date": _of_the_old,
    f"Patient?_has:Observation:patient:code={LOINC}|72166-2": _with_observation,
    "Encounter?patient={patient}&_sort=-date": _of_patient("Encounter", "date"),
    "Condition?patient={patient}&clinical-status=active": _active,
    "MedicationRequest?patient={patient}&intent=order&status=active,stopped": _orders,
    "Observation?_lastUpdated=gt2020&_sort=-_lastUpdated": _recent,
}
"""What is timed, and how it is written by hand."""

OTHERWISE: dict[str, Hand] = {
    "Observation?patient.birthdate=lt1950&_sort=-date": _of_the_old_by_date,
    f"Patient?_has:Observation:patient:code={LOINC}|72166-2": _with_observation_one_by_one,
}
"""Another way to write some of them by hand: which is better depends on the data."""
