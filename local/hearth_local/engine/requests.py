"""Reads the resource monitor's messages."""

from __future__ import annotations

from pulumi.runtime.proto import alias_pb2, resource_pb2

from hearth_local.engine import wire
from hearth_local.engine.registration import AliasSpec, Registration, ResourceOptions


def read_registration(request: resource_pb2.RegisterResourceRequest) -> Registration:
    """Return what a RegisterResource message asks."""
    return Registration(
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        remote=request.remote,
        inputs=wire.from_struct(request.object),
        provider=request.provider,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={
            key: tuple(sorted(value.urns))
            for key, value in sorted(request.propertyDependencies.items())
        },
        options=_read_options(request),
    )


def read_lookup(request: resource_pb2.ReadResourceRequest) -> Registration:
    """Return what a ReadResource message asks: a resource that exists already."""
    return Registration(
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=True,
        remote=False,
        inputs=wire.from_struct(request.properties),
        provider=request.provider,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={},
        options=ResourceOptions(
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            version=request.version,
        ),
        read_id=request.id,
    )


def _read_options(request: resource_pb2.RegisterResourceRequest) -> ResourceOptions:
    before = request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
    timeouts = request.customTimeouts
    return ResourceOptions(
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=before,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=tuple(_read_alias(each) for each in request.aliases) + tuple(request.aliasURNs),
        deleted_with=request.deletedWith,
        replace_with=tuple(request.replace_with),
        import_id=request.importId,
        providers=dict(request.providers),
        version=request.version,
        timeouts={
            field.name: value for field, value in timeouts.ListFields() if isinstance(value, str)
        },
    )


def _read_alias(alias: alias_pb2.Alias) -> AliasSpec | str:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    return AliasSpec(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )
