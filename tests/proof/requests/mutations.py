"""Mutations of requests: each changes one thing, and a request suffers some of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.proof.requests.templates import Sent

_MATERIAL = json.loads(Path(__file__).with_name("material.json").read_text())

METHODS = _MATERIAL["methods"]
SEGMENTS = [*_MATERIAL["segments"], "a" * 65, "x" * 5000]
PARAMETERS = [*_MATERIAL["parameters"], "x" * 300]
VALUES = [*_MATERIAL["values"], "ä" * 200, "x" * 20000, "," * 5000]
HEADERS = _MATERIAL["headers"]
HEADER_VALUES = [*_MATERIAL["header_values"], *VALUES]
JSON_VALUES = [*_MATERIAL["json_values"], "x" * 5000]

Mutation = Callable[[Random, Sent], None]


def mutated(random: Random, templates: Sequence[Sent]) -> Sent:
    """Return one of the templates, changed in one to four places."""
    sent = copy.deepcopy(random.choice(templates))
    for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 4))):
        random.choice(_MUTATIONS)(random, sent)
    return sent


def _method(random: Random, sent: Sent) -> None:
    sent.method = random.choice(METHODS)


def _path(random: Random, sent: Sent) -> None:
    segments = sent.path.split("/")
    place = random.randrange(len(segments))
    match random.randrange(4):
        case 0:
            segments[place] = random.choice(SEGMENTS)
        case 1:
            segments.insert(place, random.choice(SEGMENTS))
        case 2:
            del segments[place]
        case _:
            segments.append(random.choice(SEGMENTS))
    sent.path = "/".join(segments)


def _query(random: Random, sent: Sent) -> None:
    place = random.randrange(len(sent.query) + 1)
    if place < len(sent.query) and random.random() < 0.6:
        name, value = sent.query[place]
        if random.random() < 0.5:
            sent.query[place] = (name, random.choice(VALUES))
        else:
            sent.query[place] = (random.choice(PARAMETERS), value)
    else:
        sent.query.insert(place, (random.choice(PARAMETERS), random.choice(VALUES)))


def _header(random: Random, sent: Sent) -> None:
    name = random.choice(HEADERS)
    sent.headers = [pair for pair in sent.headers if pair[0] != name]
    if random.random() < 0.85:
        sent.headers.append((name, random.choice(HEADER_VALUES)))


def _text(random: Random, sent: Sent) -> None:
    """Change characters of the body."""
    body = sent.body or json.dumps(random.choice(JSON_VALUES))
    start = random.randrange(len(body) + 1)
    match random.randrange(4):
        case 0:
            sent.body = body[:start]
        case 1:
            sent.body = body[:start] + body[start + random.randrange(1, 20) :]
        case 2:
            sent.body = body[:start] + chr(random.randrange(1, 0x300)) + body[start:]
        case _:
            sent.body = body[:start] + body[:start] + body[start:]


def _value(random: Random, sent: Sent) -> None:
    """Change one value of the body's JSON."""
    try:
        body = json.loads(sent.body)
    except ValueError:
        return
    if not isinstance(body, dict | list):
        return
    holders: list[Any] = [body]
    for holder in holders:
        inner = holder.values() if isinstance(holder, dict) else holder
        holders += [each for each in inner if isinstance(each, dict | list)]
    holder = random.choice(holders)
    value = copy.deepcopy(random.choice(JSON_VALUES))
    if not holder:
        return
    if isinstance(holder, list):
        place: Any = random.randrange(len(holder))
    else:
        place = random.choice(list(holder))
    match random.randrange(4):
        case 0:
            del holder[place]
        case 1 if isinstance(holder, dict):
            holder[random.choice(("_" + place, place + "x", "resourceType", "id", "meta"))] = value
        case 2 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[place]))
        case _:
            holder[place] = value
    sent.body = json.dumps(body)


_MUTATIONS: tuple[Mutation, ...] = (
    _method, _path, _query, _query, _header, _header, _text, _value, _value, _value, _value,
)  # fmt: skip
