"""The policy pack's entry point. The pack is built here alone, as to build it is to serve it."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

# Pulumi runs this file by its path, which may be all that is known of the checkout.
sys.path.insert(0, str(Path(__file__).parent))

# The rules make little garbage; to look for it often would take a fifth of the time.
gc.set_threshold(50_000, 20, 20)

from hearth_policies.pack import PACK_NAME, RULES  # noqa: E402 - after the threshold
from pulumi_policy import EnforcementLevel, PolicyPack  # noqa: E402 - after the threshold

PolicyPack(
    PACK_NAME,
    [rule.as_policy() for rule in RULES],
    enforcement_level=EnforcementLevel.MANDATORY,
)
