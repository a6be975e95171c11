"""The moment of the evaluation.

https://hl7.org/fhirpath/N1/#current-date-and-time-functions
"""

from __future__ import annotations

from hearth_server.fhir.fhirpath.environment import Environment
from hearth_server.fhir.fhirpath.node import Items
from hearth_server.fhir.fhirpath.run import Function, aware
from hearth_server.fhir.fhirpath.values.temporal import DAY, Date, Time, from_datetime


def _now(environment: Environment, _: Items) -> Items:
    return [from_datetime(environment.current())]


def _today(environment: Environment, _: Items) -> Items:
    return [Date(from_datetime(environment.current()).parts[:DAY])]


def _time_of_day(environment: Environment, _: Items) -> Items:
    return [Time(from_datetime(environment.current()).parts[DAY:])]


FUNCTIONS: dict[str, Function] = {
    "now": aware(_now),
    "today": aware(_today),
    "timeOfDay": aware(_time_of_day),
}
