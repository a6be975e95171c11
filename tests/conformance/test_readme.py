"""Every command in the README does what the README says."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.local_stage import PROJECT, LocalStage, copy_project

README = (PROJECT / "README.md").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
MAKE = {"make run\n", "make test\n"}
LINK = re.compile(r"\]\(([^)]+)\)")
DEPLOY = "hearth check --stage prod\nhearth build --stage prod\n"


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a block of the README in bash, in `folder`, with this Python's commands at hand."""
    binaries = Path(sys.executable).parent
    return subprocess.run(
        ["bash", "-euc", script.replace("source .venv/bin/activate\n", "")],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", **environment},
    )  # fmt: skip


def test_every_block_of_commands_is_known_here() -> None:
    others = [each for each in SHELL if each not in MAKE | {DEPLOY}]

    assert len(others) == 3
    assert all("hearth" in each for each in others)
    assert {each for each in SHELL if each in MAKE} == MAKE
    assert DEPLOY in SHELL


def test_what_the_other_shell_types_works(stage: LocalStage) -> None:
    load, search, judge = [each for each in SHELL if each not in MAKE | {DEPLOY}]

    loaded = run(load, stage.root)
    searched = run(search, stage.root)
    judged = run(judge, stage.root)

    assert (loaded.returncode, "Patient" in loaded.stdout) == (0, True), loaded.stderr
    assert searched.returncode == 0, searched.stderr
    names = [
        entry["resource"]["name"][0]["given"][0]
        for entry in json.loads(searched.stdout)["entry"]
        if entry["search"]["mode"] == "match"
    ]
    assert names == ["Ada", "Noa"]
    assert judged.returncode == 0, judged.stderr


def test_the_commands_before_a_deployment_work(tmp_path: Path) -> None:
    ended = run(DEPLOY, copy_project(tmp_path))

    assert ended.returncode == 0, ended.stderr
    assert "violated" not in ended.stdout
    assert (tmp_path / "build" / "lambda" / "arm64-3.13" / "hearth_server").is_dir()


def test_make_run_prints_three_curls_that_work_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    root = copy_project(tmp_path)
    (root / ".venv").symlink_to(Path(sys.prefix), target_is_directory=True)
    running = subprocess.Popen(
        ["make", "--silent", "--old-file=.venv/.installed", "run"],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        curls = _curls(running)
        answers = [run(each, root) for each in curls]
    finally:
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=60)

    types = [json.loads(each.stdout)["resourceType"] for each in answers]
    assert types == ["CapabilityStatement", "Patient", "Bundle"]
    assert "its data is kept" in said
    assert run("hearth status", root).returncode != 0 or "not up" in said


def _curls(running: subprocess.Popen[str]) -> list[str]:
    """Read what the command prints until it has printed three curl commands."""
    assert running.stdout is not None
    found: list[str] = []
    printed: list[str] = []
    for line in running.stdout:
        printed.append(line)
        if line.startswith("curl "):
            found.append(line)
        if len(found) == 3:
            return found
    assert running.stderr is not None
    pytest.fail(f"no three curl commands: {''.join(printed)}{running.stderr.read()}")


def test_the_python_of_the_readme_is_an_example_that_is_tested() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

    program = (PROJECT / "examples" / "one-component" / "__main__.py").read_text()

    assert program.endswith(code)


PAGES = sorted([PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *PROJECT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = [each for each in LINK.findall(page.read_text()) if "://" not in each]

    assert [each for each in links if not _leads_somewhere(page, each)] == []


def test_every_page_of_the_docs_is_in_their_list() -> None:
    docs = PROJECT / "docs"
    listed = {each.partition("#")[0] for each in LINK.findall((docs / "README.md").read_text())}
    pages = {str(each.relative_to(docs)) for each in docs.glob("**/*.md")} - {"README.md"}

    assert {each for each in pages if not _listed(each, listed)} == set()


def _listed(page: str, listed: set[str]) -> bool:
    return page in listed or page.partition("/")[0] in listed  # a folder stands for its pages


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, heading = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not heading or heading in _anchors(target.read_text()))


def _anchors(text: str) -> set[str]:
    """Return the headings of a page as they are written in links."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
