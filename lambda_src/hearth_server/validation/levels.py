"""How much of the standard a stage asks of what is written to it."""

from __future__ import annotations

from enum import Enum


class Level(Enum):
    """Each level asks what the one before asks, and more."""

    STRUCTURE = "structure"
    """Names, counts, types and the form of values."""
    FULL = "full"
    """Codes, references, invariants and narrative too."""
    PROFILES = "profiles"
    """Also the profiles that a resource claims, or that a stage requires."""
