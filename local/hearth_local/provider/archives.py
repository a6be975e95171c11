"""Pulumi archives as zip bytes that depend on nothing but their content."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hearth_local.provider.values import Archive, Asset

# What Pulumi's engine writes too, so that an unchanged tree gives the same bytes.
_TIME = (1990, 1, 1, 0, 0, 0)
_PACKED = (".zip", ".jar")

_packing = threading.Lock()
_zips: dict[str, bytes] = {}
"""The last archive that was packed, by its hash."""


class ArchiveError(Exception):
    """An archive cannot be read: the message names it and says why."""


def zip_bytes(archive: Archive) -> bytes:
    """Return the archive as a zip; raises ArchiveError.

    What has a hash is packed once, for all the functions that share it.
    """
    if not archive.hash:
        return _packed(archive)
    with _packing:
        if archive.hash not in _zips:
            _zips.clear()
            _zips[archive.hash] = _packed(archive)
        return _zips[archive.hash]


def _packed(archive: Archive) -> bytes:
    if archive.kind == "path" and Path(archive.content).suffix in _PACKED:
        return _file(Path(archive.content))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for name, content, executable in sorted(_members(archive)):
            member = zipfile.ZipInfo(name, date_time=_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o755 if executable else 0o644) << 16
            target.writestr(member, content)
    return packed.getvalue()


def with_hashes(value: Any) -> Any:
    """Return `value` with a content hash on every asset and archive that has none."""
    match value:
        case Archive(hash=""):
            return Archive(value.kind, with_hashes(value.content), _archive_hash(value))
        case Asset(hash=""):
            return Asset(value.kind, value.content, hashlib.sha256(_asset(value)).hexdigest())
        case dict():
            return {name: with_hashes(member) for name, member in value.items()}
        case list():
            return [with_hashes(member) for member in value]
    return value


def sha256(content: bytes) -> str:
    """Return the hash as Lambda's CodeSha256 has it: base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _archive_hash(archive: Archive) -> str:
    digest = hashlib.sha256()
    for name, content, executable in sorted(_members(archive)):
        digest.update(f"{name}\0{int(executable)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _members(archive: Archive) -> Iterator[tuple[str, bytes, bool]]:
    match archive.kind:
        case "path":
            yield from _tree(Path(archive.content))
        case "assets":
            for name, member in archive.content.items():
                if isinstance(member, Asset):
                    yield name, _asset(member), False
                else:
                    for inner, content, executable in _members(member):
                        yield f"{name}/{inner}", content, executable
        case "uri":
            raise ArchiveError(
                f"the archive {archive.content} is remote; the local stage reads none"
            )


def _tree(path: Path) -> Iterator[tuple[str, bytes, bool]]:
    if path.is_file():
        if path.suffix not in _PACKED:
            raise ArchiveError(f"{path.absolute()} is neither a folder nor a zip file")
        yield path.name, _file(path), False
        return
    if not path.is_dir():
        raise ArchiveError(f"{path.absolute()} does not exist")
    for file in path.rglob("*"):
        if file.is_file():
            executable = bool(file.stat().st_mode & 0o100)
            yield file.relative_to(path).as_posix(), file.read_bytes(), executable


def _asset(asset: Asset) -> bytes:
    match asset.kind:
        case "text":
            return asset.content.encode()
        case "path":
            return _file(Path(asset.content))
    raise ArchiveError(f"the asset {asset.content} is remote; the local stage reads none")


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path.absolute()} cannot be read: {error.strerror}") from error
