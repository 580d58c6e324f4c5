"""Identities: minted once, derived ever after, recognised again."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ids

MOMENTS = st.integers(0, (1 << 48) - 1)
ENTROPY = st.binary(min_size=10, max_size=10)


@given(MOMENTS, ENTROPY)
def test_a_minted_id_is_a_uuid_of_version_7_that_says_its_time(now_ms: int, entropy: bytes) -> None:
    minted = uuid.UUID(ids.mint(now_ms, entropy))
    assert (minted.version, minted.variant) == (7, uuid.RFC_4122)
    assert minted.int >> 80 == now_ms
    assert str(minted) == ids.mint(now_ms, entropy)


@given(MOMENTS, ENTROPY, ENTROPY)
def test_later_ids_sort_after_earlier_ones(now_ms: int, one: bytes, other: bytes) -> None:
    later = min(now_ms + 1, (1 << 48) - 1)
    assert later == now_ms or ids.mint(now_ms, one) < ids.mint(later, other)


@given(MOMENTS, ENTROPY, st.integers(1, 99_999))
def test_what_is_derived_says_whose_it_is(now_ms: int, entropy: bytes, number: int) -> None:
    interaction = ids.mint(now_ms, entropy)
    derived = [
        ids.caller_leg(interaction),
        ids.agent_leg(interaction, number),
        ids.offer(interaction, number),
        ids.playback(interaction, number),
        ids.listening(interaction, number),
    ]
    assert len(set(derived)) == 5
    assert {ids.interaction_of(name) for name in derived} == {interaction}
    assert [ids.is_caller(name) for name in derived] == [True, False, False, False, False]
    assert [ids.is_listening(name) for name in derived] == [False, False, False, False, True]


@given(MOMENTS, ENTROPY, st.integers(1, 99_999))
def test_a_socket_is_named_by_its_listening_and_says_nothing_of_it(now_ms: int, entropy: bytes, number: int) -> None:
    interaction = ids.mint(now_ms, entropy)
    socket = ids.socket_of(ids.listening(interaction, number))
    assert str(uuid.UUID(socket)) == socket
    assert socket != ids.socket_of(ids.listening(interaction, number + 1))
    assert interaction[:8] not in socket


@given(st.text(max_size=80))
def test_a_name_that_is_not_ours_is_nobodys(name: str) -> None:
    assert ids.interaction_of(name) is None


@pytest.mark.parametrize("alien", ["", "-c", "1700000000.12", "00000000-0000-4000-8000-000000000000-c"])
def test_asterisks_own_names_are_nobodys(alien: str) -> None:
    assert ids.interaction_of(alien) is None


def test_a_time_or_an_entropy_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="was 9"):
        ids.mint(0, b"123456789")
    for now_ms in (-1, 1 << 48):
        with pytest.raises(ValueError, match=f"was {now_ms}"):
            ids.mint(now_ms, b"0123456789")
