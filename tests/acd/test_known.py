"""The records tell who somebody is while they wait: then they wait for who follows them, or for their sector."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from acd.decide import mind
from core import events as e
from core.centre import Centre
from core.needs import Distribution, Referent, Relax, Turn
from core.personal import Personal
from tests import centres
from tests.acd.test_preferred import becomes
from tests.alone import A, Alone, names, need, only

WAIT_MS = 20_000


def centre(**service: Any) -> Centre:
    """bruno knows the north, alice the south; who is followed waits for that agent."""
    small = centres.with_queues(
        centres.small(), "su", referent=Referent(wait_ms=WAIT_MS), relax=(Relax(after_ms=15_000, sectors=True),)
    )
    sectors = {"alice": ("sud",), "bruno": ("nord",), "chloé": ("nord",)}
    agents = {name: msgspec.structs.replace(one, sectors=sectors[name]) for name, one in small.agents.items()}
    services = {"solidarites": msgspec.structs.replace(small.services["solidarites"], **service)}
    return msgspec.structs.replace(
        small,
        agents=agents,
        services=services,
        sectors={"nord": "Nord", "sud": "Sud"},
        communes={"mantes": "nord"},
        distribution=Distribution(turn=Turn(longest_wait_ms=60_000)),
    )


def waits(known: Centre | None = None, **changes: Any) -> Alone:
    """alice and bruno are busy, A waits."""
    alone = Alone(mind, known or centre())
    for name in ("alice", "bruno"):
        alone.tell(becomes(name, "available"), becomes(name, "on_interaction", interaction="z"))
    wants = need("rsa", service="solidarites", tenant="aure", by_commune=True, **changes)
    alone.tell(e.InteractionQueued(cause="t", interaction=A, need=wants, arrived_at_ms=alone.now_ms))
    return alone


def found(how: e.Found = "one", referent: str = "", commune: str = "") -> e.CitizenFound:
    lives = Personal(A, "record", commune) if commune else None
    return e.CitizenFound(cause="t", interaction=A, how=how, record=None, referent=referent, commune=lives)


def frees(alone: Alone, agent: str) -> list[Any]:
    alone.tell(becomes(agent, "wrap_up"))
    return alone.tell(becomes(agent, "available"))


def test_who_follows_them_is_waited_for_from_now_on_and_no_longer_than_the_window() -> None:
    alone = waits()
    known = only(alone.tell(found(referent="bruno")), e.ContactKnown)
    assert (known.need.preferred, known.need.preferred_ms) == ("bruno", WAIT_MS)
    assert alone.state.contacts[A].preferred_until_at_ms == alone.now_ms + WAIT_MS
    assert "AgentChosen" not in names(frees(alone, "alice"))
    assert only(frees(alone, "bruno"), e.AgentChosen).why.turn == "preferred"


def test_who_follows_them_and_is_free_is_rung_at_once() -> None:
    alone = waits(sector="sud")
    frees(alone, "bruno")
    assert only(alone.tell(found(referent="bruno")), e.AgentChosen).agent == "bruno"


def test_their_sector_is_asked_until_it_gives_way() -> None:
    alone = waits()
    assert only(alone.tell(found(commune="Mantes")), e.ContactKnown).need.sector == "nord"
    assert "AgentChosen" not in names(frees(alone, "alice"))
    began = alone.now_ms
    while alone.state.contacts[A].offer is None:
        alone.next()
    assert (alone.state.contacts[A].agent, alone.now_ms - began) == ("alice", 15_000)


@pytest.mark.parametrize(
    "told",
    [
        found("several", "bruno"),
        found("shared", "bruno"),
        found(referent="chloé"),
        found(referent="personne"),
        found(commune="Ailleurs"),
        found(),
    ],
    ids=["several", "shared", "of another queue", "nobody here", "of no sector", "nothing told"],
)
def test_nothing_is_asked_otherwise_where_the_records_do_not_say_it(told: e.CitizenFound) -> None:
    assert names(waits().tell(told)) == []


def test_nothing_is_told_apart_at_a_discreet_service_nor_a_sector_asked_that_no_script_asks_for() -> None:
    assert names(waits(centre(discreet=True)).tell(found(referent="bruno", commune="Mantes"))) == []
    plain = waits()
    plain.state.change(A, need=msgspec.structs.replace(plain.state.contacts[A].need, by_commune=False))
    assert names(plain.tell(found(commune="Mantes"))) == []


def test_nobody_is_waited_for_who_left_and_not_beyond_the_longest_wait() -> None:
    alone = waits()
    alone.now_ms += 50_000
    alone.tell(found(referent="bruno"))
    assert alone.state.contacts[A].preferred_until_at_ms == alone.now_ms + 10_000
    alone = waits()
    alone.tell(becomes("bruno", "wrap_up"), becomes("bruno", "logged_out"))
    alone.tell(found(referent="bruno"))
    assert alone.state.contacts[A].preferred_until_at_ms is None


def test_who_rings_for_them_by_then_rings_on_and_an_order_stands() -> None:
    alone = waits()
    chosen = only(frees(alone, "alice"), e.AgentChosen)
    assert names(alone.tell(found(referent="bruno"))) == ["ContactKnown"]
    contact = alone.state.contacts[A]
    assert (contact.offer, contact.preferred_until_at_ms) == (chosen.offer, None)
    given = waits()
    given.tell(
        e.ContactGiven(
            cause="t", interaction=A, agent="alice", tenant="aure", until_at_ms=given.now_ms + 9, by="@x", reason="y"
        )
    )
    assert names(given.tell(found(referent="bruno"))) == []


def test_an_emergency_waits_for_nobody_in_particular() -> None:
    assert names(waits(emergency=True).tell(found(referent="bruno"))) == []
