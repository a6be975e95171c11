"""Dates, dateTimes and times at the precision that they were written with.

Two values compare part by part, from the year down; where the parts run out on one side only,
the answer is unknown. Seconds and their fraction are one part.
https://hl7.org/fhirpath/N1/#datetime-comparison
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar, TypeVar

Part = int | Decimal
T = TypeVar("T", bound="Temporal")

YEAR, MONTH, DAY, HOUR, MINUTE, SECOND = range(1, 7)
"""How many parts a date or dateTime of that precision has; a time lacks the first three."""

_EARLIEST_ZONE = timedelta(hours=14)
_LATEST_ZONE = timedelta(hours=12)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Temporal:
    """What a date, a dateTime and a time share. Immutable."""

    __slots__ = ("offset", "parts", "zone")

    name: ClassVar[str]
    """The name of the System type."""

    def __init__(self, parts: Sequence[Part], zone: str | None = None) -> None:
        self.parts = tuple(parts)
        self.zone = zone
        """As written: None, `Z` or `+10:00`."""
        self.offset = None if zone is None else _minutes(zone)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Temporal) and type(self) is type(other) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    @property
    def key(self) -> tuple[object, ...]:
        """What two equal values share: the parts in UTC where the zone is known."""
        return (*_utc(self), self.offset is None)

    @property
    def last(self) -> int:
        """The finest part that is known, such as MINUTE."""
        return len(self.parts)

    def replaced(self: T, parts: Sequence[Part]) -> T:
        """Return the same kind of value in the same zone with other parts."""
        return type(self)(parts, self.zone)


class Date(Temporal):
    """A year, a month or a day."""

    __slots__ = ()
    name = "Date"

    def __str__(self) -> str:
        return _date_text(self.parts)


class DateTime(Temporal):
    """A date, perhaps with a time and a zone."""

    __slots__ = ()
    name = "DateTime"

    def __str__(self) -> str:
        text = _date_text(self.parts[:DAY])
        if self.last > DAY:
            text += f"T{_time_text(self.parts[DAY:])}{self.zone or ''}"
        return text


class Time(Temporal):
    """A time of day without a date or zone."""

    __slots__ = ()
    name = "Time"

    def __str__(self) -> str:
        return _time_text(self.parts)

    @property
    def last(self) -> int:
        """The finest part that is known, on the scale of a dateTime."""
        return len(self.parts) + DAY


def parse_date(text: str) -> Date | None:
    """Return the date that `text` is, such as 2015-02; None for anything else."""
    parts = _date_parts(text)
    return None if parts is None else Date(parts)


def parse_date_time(text: str) -> DateTime | None:
    """Return the dateTime that `text` is, such as 2015-02-04T14:30+10:00; None otherwise."""
    day, _, rest = text.partition("T")
    parts = _date_parts(day)
    if parts is None or not rest:
        return None if parts is None else DateTime(parts)
    clock, zone = _split_zone(rest)
    time = _time_parts(clock)
    if time is None or len(parts) < DAY or (zone is not None and not _is_zone(zone)):
        return None
    return DateTime(parts + time, zone)


def parse_time(text: str) -> Time | None:
    """Return the time that `text` is, such as 14:30; None for anything else."""
    parts = _time_parts(text.removeprefix("T"))
    return None if parts is None else Time(parts)


def compare(left: Temporal, right: Temporal) -> int | None:
    """Return -1, 0 or 1; None where the precisions or zones leave it open.

    Both are times, or neither is.
    """
    if left.offset == right.offset:
        return _compare_parts(left.parts, right.parts)
    if left.offset is None or right.offset is None or min(left.last, right.last) < MINUTE:
        return _compare_ranges(left, right)
    return _compare_parts(_utc(left), _utc(right))


def days_in(year: int, month: int) -> int:
    """Return the number of days of a month."""
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap else _MONTH_DAYS[month - 1]


def from_datetime(moment: datetime, last: int = SECOND) -> DateTime:
    """Return an aware moment as a dateTime with milliseconds."""
    second = moment.second + Decimal(moment.microsecond // 1000) / 1000
    parts = (moment.year, moment.month, moment.day, moment.hour, moment.minute)
    offset = moment.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    zone = "Z" if not minutes else f"{minutes // 60:+03d}:{abs(minutes) % 60:02d}"
    return DateTime((*parts, second.quantize(Decimal("0.001"))), zone)


def _compare_parts(left: Sequence[Part], right: Sequence[Part]) -> int | None:
    for one, other in zip(left, right, strict=False):
        if one != other:
            return -1 if one < other else 1
    return 0 if len(left) == len(right) else None


def _compare_ranges(left: Temporal, right: Temporal) -> int | None:
    """Compare when they may be at the earliest and latest: a missing zone can be any zone."""
    if min(left.last, right.last) >= DAY:
        days = _day(left).toordinal() - _day(right).toordinal()
        if abs(days) > 2:  # more than zones can make up for
            return -1 if days < 0 else 1
    try:
        left_first, left_last = _range(left)
        right_first, right_last = _range(right)
    except OverflowError:  # within a day of the year 1 or 9999
        return None
    if left_last < right_first:
        return -1
    return 1 if left_first > right_last else None


def _range(value: Temporal) -> tuple[datetime, datetime]:
    """Return the first and last moment in UTC that the value can mean."""
    known = [
        min(int(part), 59) if at == MINUTE else int(part) for at, part in enumerate(value.parts)
    ]
    first = known + [1, 1, 0, 0, 0][len(known) - 1 :]
    last = known + [12, 0, 23, 59, 59][len(known) - 1 :]
    last[2] = last[2] or days_in(last[0], last[1])
    if value.offset is None:
        return _moment(first) - _EARLIEST_ZONE, _moment(last) + _LATEST_ZONE
    shift = timedelta(minutes=value.offset)
    return _moment(first) - shift, _moment(last) - shift


def _day(value: Temporal) -> date:
    year, month, day = value.parts[:DAY]
    return date(int(year), int(month), int(day))


def _moment(parts: Sequence[Part]) -> datetime:
    year, month, day, hour, minute = (int(part) for part in parts[:MINUTE])
    second = int(parts[MINUTE]) if len(parts) > MINUTE else 0
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone is apart


def _utc(value: Temporal) -> tuple[Part, ...]:
    if not value.offset or value.last < MINUTE:
        return value.parts
    try:
        moment = _moment(value.parts[:MINUTE]) - timedelta(minutes=value.offset)
    except OverflowError:
        return value.parts
    shifted = (moment.year, moment.month, moment.day, moment.hour, moment.minute)
    return shifted + value.parts[MINUTE:]


def _minutes(zone: str) -> int:
    if zone == "Z":
        return 0
    size = int(zone[1:3]) * 60 + int(zone[4:6])
    return -size if zone[0] == "-" else size


def _split_zone(text: str) -> tuple[str, str | None]:
    if text.endswith("Z"):
        return text[:-1], "Z"
    if len(text) > 6 and text[-6] in "+-":
        return text[:-6], text[-6:]
    return text, None


def _is_zone(text: str) -> bool:
    if text == "Z":
        return True
    hours, minutes = _digits(text[1:3], 2), _digits(text[4:6], 2)
    return text[3] == ":" and 0 <= hours <= 14 and 0 <= minutes <= 59


def _date_parts(text: str) -> tuple[int, ...] | None:
    length = len(text)
    try:
        if length == 10 and text[4] == text[7] == "-":
            day = date.fromisoformat(text)
            return day.year, day.month, day.day
        if length == 7 and text[4] == "-":
            day = date.fromisoformat(f"{text}-01")
            return day.year, day.month
        if length == 4:
            return (date.fromisoformat(f"{text}-01-01").year,)
    except ValueError:
        return None
    return None


def _time_parts(text: str) -> tuple[Part, ...] | None:
    hour = _digits(text[:2], 2)
    if not 0 <= hour <= 23:
        return None
    if len(text) == 2:
        return (hour,)
    minute = _digits(text[3:5], 2)
    if text[2] != ":" or not 0 <= minute <= 59:
        return None
    if len(text) == 5:
        return hour, minute
    whole, point, fraction = text[6:].partition(".")
    # 60 is a leap second, which FHIR's instants may hold.
    if text[5] != ":" or not 0 <= _digits(whole, 2) <= 60:
        return None
    if point and _digits(fraction, len(fraction)) < 0:
        return None
    return hour, minute, Decimal(text[6:])


def _digits(text: str, length: int) -> int:
    """Return the number that `length` plain digits make; -1 for anything else."""
    if length and len(text) == length and text.isascii() and text.isdigit():
        return int(text)
    return -1


def _date_text(parts: Sequence[Part]) -> str:
    text = f"{parts[0]:04d}"
    return text + "".join(f"-{part:02d}" for part in parts[1:])


def _time_text(parts: Sequence[Part]) -> str:
    text = ":".join(f"{part:02d}" for part in parts[:2])
    if len(parts) == 3:
        second = f"{parts[2]:f}"
        text += ":" + (second if second.find(".") == 2 or len(second) == 2 else "0" + second)
    return text
