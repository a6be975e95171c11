"""The providers that a run uses, each configured once, by URN."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Protocol

from hearth_local.engine import urns
from hearth_local.engine.goals import split_reference
from hearth_local.engine.plugins import PluginError
from hearth_local.engine.provider import Provider, ProviderError
from hearth_local.engine.wire import Properties


class Source(Protocol):
    """Gives addresses of provider processes that are not configured yet."""

    def take(self) -> str:
        """Return the address of a process that nobody uses. Raises PluginError."""


class ConfiguredProviders:
    """Starts and configures providers. Safe to use from many threads."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        """`sources` holds one source for each package, such as `aws`."""
        self._sources = sources
        self._lock = threading.Lock()
        self._started: list[Provider] = []
        self._by_urn: dict[str, Provider] = {}

    def start(self, type_: str) -> Provider:
        """Return a new provider for a provider type. Raises ProviderError."""
        package = urns.package_of(type_)
        if package not in self._sources:
            known = ", ".join(sorted(self._sources)) or "none"
            raise ProviderError(f"no provider serves the package {package!r} here; served: {known}")
        try:
            provider = Provider(self._sources[package].take())
        except PluginError as error:
            raise ProviderError(str(error)) from None
        with self._lock:
            self._started.append(provider)
        return provider

    def known(self, urn: str) -> Provider | None:
        """Return the provider that was configured under this URN, if one was."""
        with self._lock:
            return self._by_urn.get(urn)

    def keep(self, urn: str, provider: Provider) -> None:
        """Let a configured provider be found by its URN."""
        with self._lock:
            self._by_urn[urn] = provider

    def configured(self, urn: str, id_: str, inputs: Properties) -> Provider:
        """Return the provider of this URN; configure one if need be. Raises ProviderError."""
        provider = self.known(urn)
        if provider is None:
            provider = self.start(urns.type_of(urn))
            provider.configure(urn, id_, inputs)
            self.keep(urn, provider)
        return provider

    def by_reference(self, reference: str) -> Provider:
        """Return the provider that `<urn>::<id>` names. Raises ProviderError."""
        urn, _ = split_reference(reference)
        provider = self.known(urn)
        if provider is not None:
            return provider
        raise ProviderError(f"the provider {urn} is not configured")

    def close(self) -> None:
        """Close the channels to all of them."""
        with self._lock:
            for provider in self._started:
                provider.close()
            self._started.clear()
            self._by_urn.clear()
