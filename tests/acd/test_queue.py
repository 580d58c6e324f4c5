"""The row of somebody who waits."""

from __future__ import annotations

from acd.queue import Contact
from tests.alone import need


def contact(**changes: object) -> Contact:
    return Contact(**{"need": need(), "arrived_at_ms": 0, **changes})  # type: ignore[arg-type]


def test_who_waits_is_looked_at_again_at_the_next_word_or_when_less_is_asked() -> None:
    row = contact(announce_at_ms=10, wakes_at_ms=8, preferred_until_at_ms=9)
    assert row.deadline_ms == 8
    assert contact(announce_at_ms=10).deadline_ms == 10


def test_a_contact_on_offer_waits_for_the_offers_end_and_others_for_their_next_announcement() -> None:
    assert contact(announce_at_ms=10, wakes_at_ms=8, expires_at_ms=20, offer="o").deadline_ms == 20
