"""What a resource type is: the class that every `aws:*` type here extends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError

from hearth_local.provider.aws import Aws
from hearth_local.provider.naming import Autoname
from hearth_local.provider.schema import Failure, Shape, resource_shape
from hearth_local.provider.values import Properties

AWS_ERRORS = (ClientError, BotoCoreError)


class ResourceType(ABC):
    """One AWS type: how it is created, read, updated and deleted.

    The framework checks inputs, compares them, merges tags and makes the outputs: inputs plus
    what `read` returns. A subclass only calls AWS. Errors of AWS go through as they are; one
    that says "not found" means gone to `read` and done to `delete`.
    """

    pulumi_type: ClassVar[str]
    """The Pulumi type, such as `aws:kms/key:Key`."""
    autoname: ClassVar[Autoname | None] = None
    """How the physical name is made when the program gives none."""
    replace_on: ClassVar[frozenset[str]] = frozenset()
    """Inputs that AWS cannot change: names, or dotted paths inside."""
    delete_first: ClassVar[bool] = False
    """Whether AWS has room for one such thing only, so that the old one must go first."""
    secrets: ClassVar[frozenset[str]] = frozenset()
    """Outputs that hold secrets."""

    @property
    def shape(self) -> Shape:
        """The type's properties."""
        return resource_shape(self.pulumi_type)

    def defaults(self, inputs: Properties) -> Properties:
        """Return defaults for inputs that the program did not give."""
        return {}

    def volatile(self, old: Properties, new: Properties) -> frozenset[str]:
        """Return the outputs that this update may change: they are unknown in its preview."""
        return frozenset()

    def imported(self, aws: Aws, id: str) -> tuple[str, Properties]:
        """Return the id and the properties that an id to import (`a/b/c`) stands for."""
        return id, {}

    def sought(self, aws: Aws, inputs: Properties) -> str:
        """Return the id of the thing that was made from these inputs; empty if none can be told.

        An engine asks when it was stopped while the thing was made, and never heard the id. It
        tries the name itself: only types whose id is not their name need to say more.
        """
        return ""

    def verify(self, inputs: Properties) -> list[Failure]:
        """Return what AWS would refuse and MiniStack does not."""
        return []

    @abstractmethod
    def create(self, aws: Aws, inputs: Properties) -> str:
        """Make the thing and return its id."""

    @abstractmethod
    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        """Return what AWS has, in Pulumi's names; None if the thing is gone.

        `state` has the last known outputs and inputs; it holds nothing when importing.
        """

    @abstractmethod
    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        """Change the thing from the state `old` to the inputs `new`."""

    @abstractmethod
    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        """Delete the thing; one that is gone is fine."""


@dataclass
class PartlyCreatedError(Exception):
    """The thing exists under `id`, but a later step of its creation failed."""

    id: str
    cause: Exception

    def __str__(self) -> str:
        return str(self.cause)


@contextmanager
def created(id: str) -> Iterator[None]:
    """Run the steps that come after the thing exists: their failure keeps the id."""
    try:
        yield
    except AWS_ERRORS as error:
        raise PartlyCreatedError(id, error) from error


def error_code(error: Exception) -> str:
    """Return AWS's error code, empty for errors that are not AWS's."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


_GONE_ENDINGS = ("NotFound", "NotFoundException", "NotFoundFault", "NotFoundError")
_GONE_CODES = frozenset(
    {
        "404",
        "NoSuchEntity",
        "NoSuchBucket",
        "NoSuchTagSet",
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchCORSConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ObjectLockConfigurationNotFoundError",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
    }
)


def is_gone(error: Exception) -> bool:
    """Return whether an AWS error says that the thing does not exist."""
    code = error_code(error)
    return code in _GONE_CODES or code.endswith(_GONE_ENDINGS)
