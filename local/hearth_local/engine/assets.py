"""Files and folders among a resource's inputs: absolute, and known by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from hearth_local.engine import wire
from hearth_local.engine.wire import Properties, Value

_BUFFER = 1 << 20


class AssetError(Exception):
    """A file that the program names cannot be read; the message says which."""


def resolve(properties: Properties, folder: Path) -> Properties:
    """Return the properties with each asset's and archive's path absolute and its content hashed.

    The same content gives the same hash wherever it lies and whenever it was written.
    Raises AssetError.
    """
    return {key: _resolve(value, folder) for key, value in properties.items()}


def keep_equal_content(olds: Properties, news: Properties) -> Properties:
    """Return `olds`, with what has the same content in `news` written as it is there.

    A bundle that was only moved is then no difference.
    """
    return {key: _keep(value, news.get(key)) for key, value in olds.items()}


def _resolve(value: Value, folder: Path) -> Value:
    if isinstance(value, list):
        return [_resolve(each, folder) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get(wire.SIGNATURE) in (wire.ASSET, wire.ARCHIVE):
        return _resolve_asset(value, folder)
    return {key: _resolve(each, folder) for key, each in value.items()}


def _resolve_asset(asset: Properties, folder: Path) -> Properties:
    if wire.contains_unknown(asset):
        return asset
    resolved = dict(asset)
    digest = hashlib.sha256()
    if isinstance(path := asset.get("path"), str):
        resolved["path"] = str((folder / path).resolve())
        for part in _content(Path(str(resolved["path"]))):
            digest.update(part)
    elif isinstance(assets := asset.get("assets"), dict):
        members = {key: _resolve(each, folder) for key, each in sorted(assets.items())}
        resolved["assets"] = dict(members)
        for key, member in members.items():
            assert isinstance(member, dict)
            digest.update(f"{key}\0{member.get('hash')}\0".encode())
    else:
        digest.update(str(asset.get("text", asset.get("uri"))).encode())
    return resolved | {"hash": digest.hexdigest()}


def _content(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        for file in sorted(each for each in path.rglob("*") if each.is_file()):
            executable = bool(file.stat().st_mode & 0o100)
            yield f"{file.relative_to(path).as_posix()}\0{int(executable)}\0".encode()
            yield from _file(file)
    else:
        yield from _file(path)


def _file(path: Path) -> Iterator[bytes]:
    try:
        yield f"{path.stat().st_size}\0".encode()
        with path.open("rb") as stream:
            while part := stream.read(_BUFFER):
                yield part
    except OSError as error:
        raise AssetError(f"{path} cannot be read: {error.strerror}") from None


def _keep(old: Value, new: Value) -> Value:
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_keep(one, other) for one, other in zip(old, new, strict=True)]
    if not isinstance(old, dict) or not isinstance(new, dict):
        return old
    if old.get(wire.SIGNATURE) in (wire.ASSET, wire.ARCHIVE):
        alike = old.get("hash") == new.get("hash") and old.get("hash")
        return new if alike else old
    return {key: _keep(each, new.get(key)) for key, each in old.items()}
