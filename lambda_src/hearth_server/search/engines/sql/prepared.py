"""The statements that a server has parsed and planned, and is asked for again by name.

https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
"""

from __future__ import annotations

import struct

KEPT = 128
"""How many statements a connection has the server keep."""

LONGEST = 8_000
"""Bytes of the longest statement that is kept: longer ones are seldom the same, and take room."""


class Prepared:
    """The statements that one connection's server keeps, the last used at the end.

    A statement is what a Parse message says after the name: the text and the types of parameters.
    """

    def __init__(self) -> None:
        self._names: dict[bytes, bytes] = {}
        self._made = 0

    def named(self, statement: bytes) -> tuple[bytes, bytes]:
        """Return a statement's name, and the messages after which the server knows it by that."""
        if len(statement) > LONGEST:
            return b"", message(b"P", b"\0" + statement)
        name = self._names.pop(statement, None)
        told = b""
        if name is None:
            if len(self._names) == KEPT:
                oldest = self._names.pop(next(iter(self._names)))
                told = message(b"C", b"S" + oldest + b"\0")
            self._made += 1  # no name comes twice: one that was refused may be known all the same
            name = b"s%d" % self._made
            told += message(b"P", name + b"\0" + statement)
        self._names[statement] = name
        return name, told

    def forget(self, statement: bytes) -> None:
        """Have a statement parsed anew when it is next asked for."""
        self._names.pop(statement, None)


def message(kind: bytes, content: bytes) -> bytes:
    """Return a message of the protocol."""
    return kind + struct.pack("!I", len(content) + 4) + content
