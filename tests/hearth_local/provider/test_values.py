"""The wire form of values: what goes in comes out, secrets and unknowns included."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2
from hearth_local.provider.values import (
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_STRING,
    Archive,
    Asset,
    Secret,
    decode,
    encode,
    reveal,
    secret_names,
)
from hypothesis import given, settings
from hypothesis import strategies as st

texts = st.text().filter(lambda text: text != SIGNATURE)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.just(UNKNOWN),
    st.builds(Asset, st.just("text"), texts, st.text("0123456789abcdef")),
    st.builds(Archive, st.just("path"), st.text(min_size=1), st.text("0123456789abcdef")),
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner), st.dictionaries(texts, inner), st.builds(Secret, inner)
    ),
    max_leaves=20,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(texts, trees, max_size=4))
def test_values_survive_the_wire(properties: dict[str, Any]) -> None:
    """Numbers come back equal, whole ones as integers."""
    assert decode(encode(properties)) == properties


def test_an_output_value_is_its_value_with_its_secrecy() -> None:
    """Engines may send outputs where they would send plain values."""
    output = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
    struct = struct_pb2.Struct()
    struct.update(
        {
            "known": {SIGNATURE: output, "value": "a", "dependencies": ["urn"]},
            "secret": {SIGNATURE: output, "value": "b", "secret": True},
            "unknown": {SIGNATURE: output},
        }
    )

    assert decode(struct) == {"known": "a", "secret": Secret("b"), "unknown": UNKNOWN}


def test_a_resource_reference_is_the_resources_id() -> None:
    """AWS's types take ids; a reference to a resource that is not there yet is unknown."""
    reference = "5cf8f73096256a8f31e491e813e4eb8e"
    struct = struct_pb2.Struct()
    struct.update(
        {
            "made": {SIGNATURE: reference, "urn": "urn", "id": "vpc-1"},
            "planned": {SIGNATURE: reference, "urn": "urn", "id": UNKNOWN_STRING},
        }
    )

    assert decode(struct) == {"made": "vpc-1", "planned": UNKNOWN}


def test_an_archive_of_an_engines_state_has_its_hash_alone() -> None:
    """The engine does not keep the content, and wants none back."""
    struct = struct_pb2.Struct()
    struct.update({"code": {SIGNATURE: "0def7320c3a5731c473e5ecbe6d01bc7", "hash": "abc"}})

    assert decode(struct) == {"code": Archive("path", "", "abc")}
    assert decode(encode(decode(struct))) == decode(struct)


def test_secrets_are_found_at_any_depth_and_taken_off() -> None:
    """A property with a secret inside is secret as a whole."""
    properties = {"plain": [1], "deep": {"list": [{"password": Secret("x")}]}}

    assert secret_names(properties) == {"deep"}
    assert reveal(properties) == {"plain": [1], "deep": {"list": [{"password": "x"}]}}


def test_a_secret_does_not_show_itself() -> None:
    """Neither in a log nor in a traceback."""
    assert repr(Secret("x")) == "Secret(...)"


def test_a_value_without_a_form_is_an_error() -> None:
    """Nothing is sent as something else."""
    with pytest.raises(TypeError, match="no form for a set"):
        encode({"a": {1}})
