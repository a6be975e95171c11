"""Compartments: the resources that belong to one patient, encounter, practitioner or device.

https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from __future__ import annotations

from dataclasses import dataclass

from hearth_server.errors import UnknownPath
from hearth_server.search import parameters
from hearth_server.search.definitions import compartments
from hearth_server.search.fields import Field
from hearth_server.search.parse.context import Context
from hearth_server.search.parse.references import local
from hearth_server.search.query import Condition, Ids, Links, Or

ITSELF = "{def}"
"""In the table: the compartment's own resource."""


@dataclass(frozen=True, slots=True)
class Compartment:
    """What a compartment has: which types, and what they must meet."""

    types: tuple[str, ...]
    condition: Condition


def compartment(type: str, id: str, member: str | None, context: Context) -> Compartment:
    """Return the compartment of a resource, or the part of it that is of one type.

    Raises UnknownPath for a type without compartments, and for one that is never in them.
    """
    table = compartments().get(type)
    if table is None:
        raise UnknownPath(f"R4 defines no compartments of {type}")
    if member is not None and member not in table:
        raise UnknownPath(f"No resource of this type is ever in the compartment of a {type}")
    types = tuple(sorted(table)) if member is None else (member,)
    fields: dict[str, Field] = {}
    itself: list[Condition] = []
    for each in types:
        for name in table[each]:
            if name == ITSELF:
                itself.append(Ids((id,), each))
                continue
            parameter = parameters.find(each, name)
            assert parameter is not None
            fields.update((field.name, field) for field in parameter.fields)
    targets = tuple(local(type, id, None, context))
    links = [Links(tuple(fields.values()), targets)] if fields else []
    return Compartment(types, Or((*links, *itself)))
