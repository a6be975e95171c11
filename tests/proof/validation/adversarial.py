"""Random and hostile bodies, by a seed: none may crash the validator or take long."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hearth_server.fhir import json
from hearth_server.fhir.definitions import Type, release

from tests.hearth_server.fhir.examples import example_files
from tests.proof.validation.generated import judge_generated
from tests.proof.validation.verdicts import errors

LARGEST = 30_000
DEEPEST = 5
SUSPICIOUS = 20.0
"""Milliseconds after which an answer is measured again."""

SHORT: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, "", " ", "x", "\u0000", "\U0001f600", "2024-02-30", "#"),
    *("#x", "urn:uuid:x", "Patient/1", "http://example.org/x"),
)
LONG: tuple[Any, ...] = (
    *("a" * 5000, "a " * 2000, "a/" * 2000, "http://" + "a" * 3000),
    *(letter * 3000 for letter in "/=<T1[(\\%"),
)
"""What a pattern could choke on. One in a hundred, so that bodies stay small."""

NUMBERS = ("1e400", "-1E-400", "1e-999999", "9" * 400, "0." + "0" * 400 + "1", "1E+99999")
"""Written as they are: Python would not write them so."""


@dataclass(frozen=True)
class Hostile:
    """One body and how it went."""

    kind: str
    body: bytes
    milliseconds: float
    crash: str
    """What was raised instead of an answer."""


def hostile(count: int, seed: int) -> Iterator[Hostile]:
    """Yield the outcome of each body; every fifth is hypothesis's."""
    made: list[bytes] = []
    judge_generated(count // 5, seed, made.append)
    for body in made:
        yield _outcome("generated", body)
    chance = random.Random(seed)
    bodies = [p.read_bytes() for p in example_files() if p.stat().st_size < LARGEST]
    kinds = (_mangled, _replaced, _invented, _handmade)
    for number in range(count - len(made)):
        make = kinds[number % len(kinds)]
        yield _outcome(make.__name__.strip("_"), make(chance, bodies))


def _outcome(kind: str, body: bytes) -> Hostile:
    spent, crash = _judged(body)
    if spent > SUSPICIOUS:  # the first of a type also makes its checks
        spent = min(spent, *(_judged(body)[0] for _ in range(3)))
    return Hostile(kind, body, spent, crash)


def _judged(body: bytes) -> tuple[float, str]:
    """Return the milliseconds of CPU that an answer takes, and what was raised instead."""
    start = time.process_time()
    crash = ""
    try:
        errors(body)
    except Exception as error:  # noqa: BLE001 - that there is none is what is proved
        crash = repr(error)
    return (time.process_time() - start) * 1000, crash


def _mangled(chance: random.Random, bodies: list[bytes]) -> bytes:
    """Change some bytes of an example."""
    body = bytearray(chance.choice(bodies))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(body))
        match chance.randrange(4):
            case 0:
                body[at] = chance.randrange(256)
            case 1:
                del body[at : at + chance.randint(1, 40)]
            case 2:
                body[at:at] = body[at : at + chance.randint(1, 40)]
            case _:
                body[at:at] = chance.choice([b'"', b"{", b"[", b"null", b"\\", b",", b":", b"1e9"])
        if not body:
            break
    return bytes(body)


def _replaced(chance: random.Random, bodies: list[bytes]) -> bytes:
    """Put values where they do not belong."""
    resource = json.parse(chance.choice(bodies))
    for _ in range(chance.randint(1, 4)):
        holder, key = _somewhere(resource, chance)
        holder[key] = chance.choice(LONG) if chance.random() < 0.2 else _value(chance, 0)
    return json.encode(resource)


def _somewhere(value: Any, chance: random.Random) -> tuple[Any, Any]:
    """Return an object or array inside of `value`, and a key of it."""
    while True:
        key = (
            chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        )
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.3:
            return value, key
        value = inner


def _value(chance: random.Random, depth: int) -> Any:
    if depth > DEEPEST or chance.random() < 0.6:
        return chance.choice(LONG if chance.random() < 0.01 else SHORT)
    if chance.random() < 0.5:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    names = ["id", "extension", "url", "reference", "coding", "_id", "value", "", "resourceType"]
    return {chance.choice(names): _value(chance, depth + 1) for _ in range(chance.randrange(4))}


def _invented(chance: random.Random, _: list[bytes]) -> bytes:
    """Make a resource of any type from its own names, with any values."""
    name = chance.choice(sorted(release().resource_types()))
    kind = release().type(name)
    assert kind is not None
    return json.encode({"resourceType": name, **_object(chance, kind, 0)})


def _object(chance: random.Random, kind: Type, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in chance.sample(sorted(kind.properties), min(len(kind.properties), 6 - depth)):
        prop = kind.properties[name]
        inner = release().type(prop.type)
        value: Any = _value(chance, depth)
        if inner is not None and inner.properties and depth < DEEPEST and chance.random() < 0.8:
            value = _object(chance, inner, depth + 1)
        made[name] = [value] if prop.element.many and chance.random() < 0.9 else value
        if chance.random() < 0.05:
            made[f"_{name}"] = _value(chance, depth)
    return made


def _handmade(chance: random.Random, _: list[bytes]) -> bytes:
    """Make what is known to hurt parsers and validators."""
    size = chance.choice([10, 100, 1000])
    depth = chance.choice([10, 60, 63, 70, 500])
    number = chance.choice(NUMBERS)
    many = ",".join
    resources = [
        '"Patient","extension":[' + _nested('{"url":"x","extension":[', '{"url":"y"}', depth) + "]",
        '"Questionnaire","item":[' + _nested('{"linkId":"1","item":[', "{}", depth) + "]",
        f'"Observation","status":"final","code":{{}},"valueQuantity":{{"value":{number}}}',
        f'"Observation","valueRange":{{"low":{{"value":{number}}},"high":{{"value":1}}}}',
        '"Patient","name":[' + many(["null"] * size) + "]",
        '"Patient",' + many(f'"x{n}":1' for n in range(size)),
        '"Patient","contained":[' + many(['{"resourceType":"Patient","id":"a"}'] * size) + "]",
        '"Bundle","type":"collection","entry":[' + many(["{}"] * size) + "]",
        '"CodeSystem","concept":[' + many(f'{{"code":"c{n}"}}' for n in range(size)) + "]",
        '"Patient","text":{"div":"' + "<b>" * size + "x" + "</b>" * size + '"}',
        '"Patient","text":{"div":"<!DOCTYPE d [<!ENTITY a \'aa\'>]><div>&a;</div>"}',
    ]
    texts = ["[" * size * 10, "{" * size, '"' + "x" * size, "nul", "", "\ufeff", "1" * size]
    texts += ['{"resourceType":' * depth + '"Patient"' + "}" * depth]
    texts += [f'{{"resourceType":{each}}}' for each in resources]
    return chance.choice(texts).encode()


def _nested(opening: str, core: str, depth: int) -> str:
    return opening * depth + core + "]}" * depth
