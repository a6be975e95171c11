"""What is known of a stage that is up, also to the commands that run beside it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from hearth_local import locks
from hearth_local.engine import wire
from hearth_local.engine.state import ResourceState
from hearth_local.engine.wire import Properties
from hearth_local.errors import StageError
from hearth_local.stage_folder import StageFolder, read_document, write_document

_ANEW = "hearth down, then hearth up"
_API_KEY = "aws:apigateway/apiKey:ApiKey"


@dataclass(frozen=True, slots=True)
class RunningStage:
    """Addresses and ids of a stage that is up."""

    stage: str
    base_url: str
    api_key: str
    user_pool_id: str
    user_pool_client_id: str
    endpoint: str
    """The address of every AWS service of the stage."""
    region: str
    functions: dict[str, str] = field(default_factory=dict)
    """The names of its functions, by the output that says them, such as `apiFunctionName`."""

    def save(self, folder: StageFolder) -> None:
        """Let other commands know."""
        write_document(folder.running, asdict(self))


def describe(
    stage: str, endpoint: str, region: str, outputs: Properties, resources: list[ResourceState]
) -> RunningStage:
    """Return what an update left. Raises StageError if the program lacks an output."""

    def output(name: str) -> str:
        value = wire.plain(outputs.get(name))
        if not isinstance(value, str) or not value:
            raise StageError(f"the program of stage {stage} exports no {name}")
        return value

    key_id = output("apiKeyId")
    keys = [
        wire.plain(each.outputs.get("value"))
        for each in resources
        if each.type == _API_KEY and each.id == key_id
    ]
    return RunningStage(
        stage=stage,
        base_url=output("apiUrl"),
        api_key=str(keys[0]) if keys else "",
        user_pool_id=output("userPoolId"),
        user_pool_client_id=output("userPoolClientId"),
        endpoint=endpoint,
        region=region,
        functions={name: output(name) for name in outputs if name.endswith("FunctionName")},
    )


def find(folder: StageFolder) -> RunningStage:
    """Return the stage if it is up. Raises StageError if it is not."""
    if locks.holder(folder.up_lock) is None:
        raise StageError(f"stage {folder.stage} is not up", hint="hearth up")
    try:
        document = read_document(folder.running)
    except StageError as error:
        raise StageError(str(error), hint=_ANEW) from None
    if not document:
        raise StageError(f"stage {folder.stage} is still coming up", hint="hearth status")
    try:
        return RunningStage(**document)
    except TypeError:
        raise StageError(
            f"{folder.running} was written by another version of Hearth", hint=_ANEW
        ) from None
