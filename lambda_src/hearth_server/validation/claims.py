"""Profiles that a resource claims to follow, or that it is asked to.

https://hl7.org/fhir/R4/profiling.html#resources
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hearth_server.fhir.definitions import Release
from hearth_server.validation.problem import Found, Problem, joined, shown
from hearth_server.validation.profiles.compiler import ProfileCompiler
from hearth_server.validation.profiles.occurrences import Occurrence
from hearth_server.validation.profiles.registry import Profiles
from hearth_server.validation.profiles.table import STRUCTURE_URL
from hearth_server.validation.scope import Scope


class Claims:
    """Judges resources by whole profiles."""

    def __init__(
        self,
        release: Release,
        profiles: Profiles,
        compiler: ProfileCompiler,
        required: Mapping[str, Sequence[str]],
    ) -> None:
        self._release = release
        self._profiles = profiles
        self._compiler = compiler
        self._required = required

    def claimed(self, resource: Mapping[str, Any], scope: Scope) -> Found:
        """Judge a resource by the profiles of `meta.profile` and those required of its type."""
        meta = resource.get("meta")
        urls = meta.get("profile", ()) if isinstance(meta, dict) else ()
        found: Found = None
        for position, url in enumerate(urls):
            problems = self._judged(resource, url, scope, (f"[{position}]", ".profile", ".meta"))
            found = joined(found, problems)
        return joined(found, self.required(resource, scope, urls))

    def required(self, resource: Mapping[str, Any], scope: Scope, judged: Any = ()) -> Found:
        """Judge a resource by the profiles that are required of its type, but those in `judged`."""
        wanted = self._required.get(resource["resourceType"], ())
        return self.asked(resource, [url for url in wanted if url not in judged], scope)

    def asked(self, resource: Mapping[str, Any], urls: Iterable[str], scope: Scope) -> Found:
        """Judge a resource by profiles that it need not name."""
        found: Found = None
        for url in urls:
            found = joined(found, self._judged(resource, url, scope, ()))
        return found

    def follows(self, value: Any, type_name: str, url: str, scope: Scope) -> bool | None:
        """Return whether a value follows a profile; None where the profile is not known."""
        profile = self._profiles.find(url)
        if profile is None:
            return True if self._is_own_type(type_name, url) else None
        found = self._compiler.judge(profile)(Occurrence(value, None, type_name, ""), scope)
        return not any(problem.severity == "error" for problem in found or ())

    def _judged(
        self, resource: Mapping[str, Any], url: str, scope: Scope, place: tuple[str, ...]
    ) -> Found:
        """Judge by one profile; what is wrong with its name is told at `place`."""
        name = resource["resourceType"]
        profile = self._profiles.find(url)
        if profile is None:
            if self._is_own_type(name, url):
                return None
            text = f"names the profile {shown(url)}, which is not known here; it was not judged by"
            return [Problem("not-found", text, *place, severity="warning")]
        if profile.type != name:
            text = f"names the profile {shown(url)}, which is for a {profile.type}"
            return [Problem("invalid", text, *place)]
        found = self._compiler.judge(profile)(Occurrence(resource, None, name, ""), scope)
        for problem in found or ():
            problem.by_profile = True
        return found

    def _is_own_type(self, name: str, url: str) -> bool:
        """Whether a URL is that of the type itself, which every resource of it follows."""
        kind = self._release.type(name)
        base = url.partition("|")[0]
        return (
            kind is not None
            and base.startswith(STRUCTURE_URL)
            and kind.is_a(base.removeprefix(STRUCTURE_URL))
        )
