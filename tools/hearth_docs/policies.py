"""The page of the policy pack: every rule, and the controls that it proves."""

from __future__ import annotations

from hearth_policies.buckets import BUCKET_TYPES
from hearth_policies.pack import RULES, control_titles
from hearth_policies.rule import AnyRule, Rule


def page() -> str:
    """Return the page in Markdown."""
    lines = [
        "# Rules of the policy pack",
        "",
        "Made from the rules by `make docs`. A rule never passes on a value that is not known yet:",
        "a preview shows it as undecided, `hearth check` decides it with the values of an update.",
        "Only a key that is wired to another resource counts as set before it has an ARN.",
        "[How to use the pack](../policies.md) over a program of your own.",
        "",
        "| rule | what it proves | controls | settings |",
        "|---|---|---|---|",
    ]
    for rule in RULES:
        settings = ", ".join(f"`{each}`" for each in rule.settings)
        controls = ", ".join(rule.controls)
        lines.append(f"| `{rule.name}` | {rule.description} | {controls} | {settings} |")
    lines += [
        "",
        "A rule looks at these types of the provider `aws`, and at no other. What is not here,",
        "such as a cache, is judged by its region alone.",
        "",
        "| rule | types |",
        "|---|---|",
    ]
    lines += [f"| `{rule.name}` | {_types(rule)} |" for rule in RULES]
    lines += ["", "| control | title |", "|---|---|"]
    lines += [f"| {control} | {title} |" for control, title in control_titles().items()]
    return "\n".join([*lines, ""])


def _types(rule: AnyRule) -> str:
    """Return what a rule looks at, without the half of each type that repeats the other."""
    types = rule.types if isinstance(rule, Rule) else BUCKET_TYPES
    if types == ("aws:",):
        return "every one"
    return ", ".join(f"`{each.removeprefix('aws:').rpartition(':')[0]}`" for each in types)
