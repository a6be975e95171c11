"""Archives: the same content is the same bytes, whatever the clock and the folder's order."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hearth_local.provider.archives import ArchiveError, with_hashes, zip_bytes
from hearth_local.provider.values import Archive, Asset


def _tree(folder: Path, times: tuple[int, int]) -> Archive:
    (folder / "inner").mkdir(parents=True)
    for name, text in (("main.py", "a"), ("inner/b.py", "b")):
        (folder / name).write_text(text)
        os.utime(folder / name, times)
    return Archive("path", str(folder))


def test_a_folder_packs_the_same_at_any_time(tmp_path: Path) -> None:
    """So that unchanged code is no change."""
    early = _tree(tmp_path / "early", (0, 0))
    late = _tree(tmp_path / "late", (10**9, 10**9))

    assert zip_bytes(early) == zip_bytes(late)
    assert with_hashes(early).hash == with_hashes(late).hash
    assert zipfile.ZipFile(io.BytesIO(zip_bytes(early))).namelist() == ["inner/b.py", "main.py"]


def test_any_change_of_content_name_or_mode_is_another_hash(tmp_path: Path) -> None:
    """The hash is what an update is judged by."""
    archive = _tree(tmp_path / "code", (0, 0))
    hashes = [with_hashes(archive).hash]
    (tmp_path / "code" / "main.py").write_text("c")
    hashes.append(with_hashes(archive).hash)
    (tmp_path / "code" / "main.py").rename(tmp_path / "code" / "other.py")
    hashes.append(with_hashes(archive).hash)
    (tmp_path / "code" / "other.py").chmod(0o755)
    hashes.append(with_hashes(archive).hash)

    assert len(set(hashes)) == 4


def test_an_archive_of_assets_holds_texts_files_and_folders(tmp_path: Path) -> None:
    """Names are paths; an inner archive is a folder."""
    (tmp_path / "file").write_text("from a file")
    archive = Archive(
        "assets",
        {
            "text": Asset("text", "from text"),
            "file": Asset("path", str(tmp_path / "file")),
            "folder": _tree(tmp_path / "code", (0, 0)),
        },
    )

    packed = zipfile.ZipFile(io.BytesIO(zip_bytes(archive)))

    assert {name: packed.read(name) for name in packed.namelist()} == {
        "file": b"from a file",
        "folder/inner/b.py": b"b",
        "folder/main.py": b"a",
        "text": b"from text",
    }


def test_a_packed_file_goes_as_it_is(tmp_path: Path) -> None:
    """Its bytes are its author's."""
    (tmp_path / "code.zip").write_bytes(zip_bytes(_tree(tmp_path / "code", (0, 0))))

    packed = zip_bytes(Archive("path", str(tmp_path / "code.zip")))

    assert packed == (tmp_path / "code.zip").read_bytes()


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (Archive("path", "/nonsuch/bundle"), "/nonsuch/bundle does not exist"),
        (Archive("uri", "https://a.example/a.zip"), "is remote; the local stage reads none"),
        (Archive("assets", {"a": Asset("path", "/nonsuch")}), "cannot be read: No such file"),
        (Archive("path", __file__), "neither a folder nor a zip file"),
    ],
)
def test_what_cannot_be_packed_is_named(archive: Archive, reason: str) -> None:
    """The message is for the user."""
    with pytest.raises(ArchiveError, match=reason):
        zip_bytes(archive)
