"""The care of KMS keys: rotation, and time to save one that was deleted by mistake."""

from __future__ import annotations

from hearth_policies.resource import Known, Missing, Resource, Unknown
from hearth_policies.rule import Answer, Passed, Undecided, Violated, rule
from hearth_policies.settings import Settings

KEY_CARE = ("NIST-800-53r5 SC-12",)


@rule(
    "key-rotation",
    types=("aws:kms/key:Key",),
    controls=KEY_CARE,
    fix="Set enableKeyRotation to true, and rotationPeriodInDays to 365 or less.",
)
def key_rotation(resource: Resource, _settings: Settings) -> Answer:
    """A symmetric encryption key is rotated every year by KMS."""
    match resource.read("customerMasterKeySpec"), resource.read("enableKeyRotation"):
        case (Known(spec), _) if spec != "SYMMETRIC_DEFAULT":
            return Passed()
        case (_, Known(True)):
            return _within_a_year(resource)
        case (_, Unknown()) | (Unknown(), _):
            return Undecided("enableKeyRotation is not known yet")
    return Violated("enableKeyRotation is off")


def _within_a_year(resource: Resource) -> Answer:
    match resource.read("rotationPeriodInDays"):
        case Unknown():
            return Undecided("rotationPeriodInDays is not known yet")
        case Known(days) if days > 365:
            return Violated(f"rotationPeriodInDays is {days:g}")
    return Passed()  # KMS's own default is 365


@rule(
    "key-deletion-window",
    types=("aws:kms/key:Key",),
    controls=KEY_CARE,
    fix="Set deletionWindowInDays to 30.",
)
def key_deletion_window(resource: Resource, _settings: Settings) -> Answer:
    """A key that was deleted by mistake can be saved for thirty days."""
    match resource.read("deletionWindowInDays"):
        case Missing():
            return Passed()  # KMS's own default is 30
        case Known(days) if days >= 30:
            return Passed()
        case Known(days):
            return Violated(f"deletionWindowInDays is {days:g}")
    return Undecided("deletionWindowInDays is not known yet")


RULES = (key_rotation, key_deletion_window)
