"""The page of the policy pack: every rule, and the controls that it proves."""

from __future__ import annotations

from hearth_policies.pack import RULES, control_titles


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
    lines += ["", "| control | title |", "|---|---|"]
    lines += [f"| {control} | {title} |" for control, title in control_titles().items()]
    return "\n".join([*lines, ""])
