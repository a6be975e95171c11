"""The Lambda bundle: locked, reproducible, and built only when its inputs changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hearth_local.bundle import BundleError, build, tree_digest
from hearth_local.bundle_lock import locked_requirements
from hearth_local.lambda_runtimes import RuntimeNotUsable, check_runtime

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the real lock and a server of one module."""
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(PROJECT / name, tmp_path / name)
    package = tmp_path / "lambda_src" / "hearth_server"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""A server."""\nANSWER = 42\n')
    return tmp_path


def quiet(_line: str) -> None:
    """Report to nobody."""


def test_the_same_inputs_give_the_same_bytes(root: Path) -> None:
    first = build(root, "local", quiet).digest
    shutil.rmtree(root / "build")

    second = build(root, "local", quiet).digest

    assert first == second


def test_the_authorities_that_the_machine_trusts_are_trusted(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "uv" / "__main__.py"
    told.parent.mkdir()
    (told.parent / "__init__.py").touch()
    told.write_text("import os, sys; sys.exit(os.environ.get('UV_SYSTEM_CERTS', 'unset'))")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)

    with pytest.raises(BundleError, match=r"do not install: true$"):
        build(root, "local", quiet)


def test_a_bundle_is_not_built_again_while_nothing_changed(root: Path) -> None:
    build(root, "local", quiet)
    said: list[str] = []

    build(root, "local", said.append)

    assert said == []


def test_a_changed_source_is_built_again(root: Path) -> None:
    before = build(root, "local", quiet).digest
    source = root / "lambda_src" / "hearth_server" / "__init__.py"
    source.write_text('"""A server."""\nANSWER = 43\n')

    after = build(root, "local", quiet)

    assert after.digest != before
    assert (after.folder / "hearth_server" / "__init__.py").read_text() == source.read_text()


def test_the_bundle_runs_from_its_compiled_files_alone(root: Path) -> None:
    folder = build(root, "local", quiet).folder
    (compiled,) = (folder / "hearth_server").glob("__pycache__/__init__.*.pyc")

    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01, "unchecked hash"
    answer = subprocess.run(
        [sys.executable, "-c", "import msgspec, hearth_server; print(hearth_server.ANSWER)"],
        env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout == "42\n"


def test_nothing_of_the_installer_is_kept(root: Path) -> None:
    folder = build(root, "local", quiet).folder

    kept = {path.name for path in folder.rglob("*")}

    assert kept.isdisjoint({"INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "bin"})


def test_an_arm64_bundle_carries_arm64_libraries(root: Path) -> None:
    folder = build(root, "arm64-3.13", quiet).folder

    libraries = [path.read_bytes() for path in folder.rglob("*.so")]

    machine_aarch64 = 183  # e_machine of an ELF file
    assert libraries
    assert {int.from_bytes(each[18:20], "little") for each in libraries} == {machine_aarch64}


def test_the_bundle_installs_only_the_server_extra_with_its_hashes() -> None:
    requirements = locked_requirements(PROJECT)

    names = [line.split("==")[0] for line in requirements.splitlines() if "==" in line]
    assert names == ["msgspec"]
    assert "--hash=sha256:" in requirements


@pytest.mark.parametrize("name", ["mips-3.13", "", "arm64"])
def test_an_unknown_target_is_refused(root: Path, name: str) -> None:
    with pytest.raises((BundleError, RuntimeNotUsable), match=r"targets look like|no runtime"):
        build(root, name, quiet)


def test_a_deprecated_runtime_is_refused_with_the_usable_ones() -> None:
    with pytest.raises(RuntimeNotUsable) as refused:
        check_runtime("3.10", date(2026, 11, 22))

    assert str(refused.value) == (
        "Lambda deprecated Python 3.10 on 2026-10-31; usable: 3.11, 3.12, 3.13, 3.14"
    )


def test_the_digest_tells_a_renamed_file_from_a_moved_byte(tmp_path: Path) -> None:
    for name, content in (("one", {"a": "bc"}), ("two", {"ab": "c"})):
        (tmp_path / name).mkdir()
        for file, text in content.items():
            (tmp_path / name / file).write_text(text)

    assert tree_digest(tmp_path / "one") != tree_digest(tmp_path / "two")
