"""The dated report of the proof, as Markdown."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from tests.proof.tables import broken, by_kind, by_scenario, happened
from tests.proof.trials import Result


def report(
    date: str, commit: str, seed: int, seconds: float, planned: int, results: Sequence[Result]
) -> str:
    """Return the report."""
    met = happened(results)
    wrong = sum(bool(result.wrong) for result in results)
    lines = [
        f"# Proof of the interactions, {date}",
        "",
        f"`python -m tests.proof.interactions --seed {seed}` on DynamoDB Local 2.6.1 with SQLite"
        f" beside it, Python {platform.python_version()}, {platform.system()}"
        f" {platform.machine()}; commit {commit}; {seconds:.0f} s.",
        "",
        f"{len(results)} of {planned} planned trials were made, {len(met)} faults happened"
        " (the others were planned at calls that were not made)."
        f" **Broken promises: {wrong}.**",
        "",
        "Each request goes through the API's handler as an API Gateway event, and meets its fault"
        " at one call to AWS. Then new processes look, through the same handler: by read, vread and"
        " history of each resource, and, once the stream's function has brought the index up to"
        " date, by searches and the tenant's history, the request is there as a whole or not at"
        " all. Past the lease it comes again, in half of the trials before the index has caught up:"
        " it is answered as it should be within six seconds, and what is there then is what was"
        " asked for. The next writer writes every resource once more, and a sweep finds nothing"
        " pending.",
        "",
        "Of a batch each entry is judged by itself. An `$expunge` may stop half way, with its note"
        " written and the resource deleted; once it has come again, neither body nor claim is left."
        " Under *nothing visible* are those that had not come to their end.",
        "",
        *by_kind(met),
        "",
        *by_scenario("interaction", met),
        *broken(results),
    ]
    return "\n".join(lines) + "\n"
