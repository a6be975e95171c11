"""A Pulumi project and one stage of it, read from Pulumi.yaml and Pulumi.<stage>.yaml.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SEALED = "[secret]"
"""What stands for an encrypted configuration value where its key is not at hand."""

_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


class _Loader(yaml.SafeLoader):
    """Reads a switch as Pulumi does: only `true` and `false`; `on` and `yes` are text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name for its table
        first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


class ProjectError(Exception):
    """The project or the stage's configuration is wrong; the message names key and file."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project with the configuration of one stage, as the program will see it."""

    name: str
    root: Path
    program: Path
    stage: str
    config: Mapping[str, str]
    """Every value as text, by `namespace:key`; lists and maps are JSON."""
    secret_keys: frozenset[str]

    @property
    def folder(self) -> Path:
        """The folder that the program runs in; its relative paths start here."""
        return self.program if self.program.is_dir() else self.program.parent

    def provider_config(self, package: str) -> dict[str, str]:
        """Return the configuration of a provider, such as `region` of `aws:region`."""
        prefix = f"{package}:"
        return {
            key.removeprefix(prefix): value
            for key, value in self.config.items()
            if key.startswith(prefix)
        }


def load(root: Path, stage: str, overrides: Mapping[str, Any] | None = None) -> Project:
    """Return the project at `root` for a stage; `overrides` win over the stage's file.

    Raises ProjectError.
    """
    file = root / "Pulumi.yaml"
    document = _read(file)
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise ProjectError(f"{file.name} has no name")
    config, secrets = _stage_config(root, stage, name)
    config.update({_qualified(key, name): value for key, value in (overrides or {}).items()})
    _apply_schema(document.get("config") or {}, name, stage, config, secrets)
    return Project(
        name=name,
        root=root,
        program=(root / str(document.get("main") or ".")).resolve(),
        stage=stage,
        config={key: _text(value) for key, value in config.items()},
        secret_keys=frozenset(secrets),
    )


def stages(root: Path) -> list[str]:
    """Return the stages that have a file at `root`."""
    return sorted(
        file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for file in root.glob("Pulumi.?*.yaml")
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        raise ProjectError(f"{file.name} does not exist in {file.parent}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise ProjectError(f"{file.name} is not YAML: {problem}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ProjectError(f"{file.name} is not a map")
    return document


def _stage_config(root: Path, stage: str, project: str) -> tuple[dict[str, Any], set[str]]:
    file = root / f"Pulumi.{stage}.yaml"
    if not file.is_file():
        known = ", ".join(stages(root)) or "none"
        raise ProjectError(f"{file.name} does not exist; the stages here are: {known}")
    config: dict[str, Any] = {}
    secrets: set[str] = set()
    for key, value in (_read(file).get("config") or {}).items():
        name = _qualified(str(key), project)
        if isinstance(value, dict) and set(value) == {"secure"}:
            secrets.add(name)
            value = SEALED
        config[name] = value
    return config, secrets


def _apply_schema(
    schema: Mapping[str, Any],
    project: str,
    stage: str,
    config: dict[str, Any],
    secrets: set[str],
) -> None:
    for key, declared in schema.items():
        name = _qualified(str(key), project)
        if not isinstance(declared, dict):
            config.setdefault(name, declared)
            continue
        if declared.get("secret"):
            secrets.add(name)
        for source in ("default", "value"):
            if source in declared:
                config.setdefault(name, declared[source])
        if "type" not in declared:
            continue
        if name not in config:
            raise ProjectError(f"{name} is missing in Pulumi.{stage}.yaml ({_wanted(declared)})")
        if config[name] != SEALED and not _fits(config[name], declared):
            raise ProjectError(
                f"{name} in Pulumi.{stage}.yaml must be {_wanted(declared)}, not {config[name]!r}"
            )


def _wanted(declared: Mapping[str, Any]) -> str:
    wanted = str(declared["type"])
    items = declared.get("items")
    if isinstance(items, dict):
        wanted = f"{wanted} of {items.get('type')}"
    description = " ".join(str(declared.get("description") or "").split())
    return f"{wanted}: {description}" if description else wanted


def _fits(value: Any, declared: Mapping[str, Any]) -> bool:
    name = str(declared["type"])
    if name not in _PYTHON_TYPES:
        raise ProjectError(f"Pulumi.yaml names a configuration type that is unknown: {name}")
    # `pulumi config set` writes every scalar as text.
    if isinstance(value, str) and name == "boolean":
        return value in ("true", "false")
    if isinstance(value, str) and name == "integer":
        return value.lstrip("-").isdecimal()
    if isinstance(value, bool) and name != "boolean":
        return False
    items = declared.get("items")
    if isinstance(value, list) and name == "array" and isinstance(items, dict) and "type" in items:
        return all(_fits(each, items) for each in value)
    return isinstance(value, _PYTHON_TYPES[name])


def _qualified(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return "" if value is None else str(value)
