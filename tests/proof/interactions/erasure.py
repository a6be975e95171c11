"""What `$expunge` promises: it may stop half way, but no further back than deleted.

docs/erasure.md: the note comes before anything is removed, and the request can be repeated.
"""

from __future__ import annotations

from tests.hearth_server.functions.conftest import Table
from tests.proof.interactions.stage import Stage
from tests.proof.interactions.view import View
from tests.proof.store.verdict import Wrong


def without(name: str, before: View, after: View) -> tuple[View, View]:
    """Return both views without the resource that is erased, if any."""
    return (
        {each: versions for each, versions in before.items() if each != name},
        {each: versions for each, versions in after.items() if each != name},
    )


def judge(name: str, before: View, after: View) -> bool:
    """Return whether a resource is gone as a whole.

    Raises Wrong where a part of it is gone and yet it is still, or again, there to be read.
    """
    old, left = before[name], after[name]
    if not left:
        return True
    if left == old:
        return False
    if left[0].resource is not None:
        raise Wrong("what was deleted is there again")
    if not set(map(str, left[1:])) <= set(map(str, old)):
        raise Wrong("a version that was there has changed")
    return False


def check_gone(stage: Stage, name: str) -> None:
    """Raise Wrong unless nothing is kept of what the resource said, and its erasure is noted."""
    type, _, id = name.partition("/")
    noted = False
    for item in Table(stage.place.url, stage.place.table).items():
        parts = item["pk"]["S"].split("#")
        if parts[1:] == [type, id] and ("body" in item or "body_ref" in item):
            raise Wrong("a body is left in the table")
        noted = noted or (item.get("id") == {"S": id} and "by" in item)
        if item.get("holder") == {"S": id}:
            raise Wrong("a claim is still held")
    if not noted:
        raise Wrong("the erasure is noted nowhere")
    for file in stage.folder.glob("*.object"):
        if f"/{name}/" in bytes.fromhex(file.stem).decode():
            raise Wrong("a body is left in the bucket")
