"""The life of an interaction in words: whole, in order, without anything personal."""

from __future__ import annotations

import pytest

from core import events as e
from core import ids
from core.commands import AnswerCall, Order
from core.personal import Personal
from core.step import Step
from runtime.telling import story
from tests.scenarios.runner import staged

BEGIN_MS = 1_800_000_000_000
INTERACTION = ids.mint(BEGIN_MS, b"0123456789")
OTHER = ids.mint(BEGIN_MS, b"9876543210")
NUMBER = "+33639980042"


def _arrived(interaction: str) -> e.CallArrived:
    return e.CallArrived(
        cause="telephony",
        interaction=interaction,
        leg=ids.caller_leg(interaction),
        node="n",
        channel="PJSIP/trunk-1",
        dialled="+33199001000",
        caller=Personal(interaction, "number", NUMBER),
        caller_name=Personal(interaction, "name", "Madame Durand"),
        answered=False,
    )


def _steps() -> list[Step]:
    leg = ids.caller_leg(INTERACTION)
    answer = Order(
        id="1.1",
        lane=INTERACTION,
        command=AnswerCall(cause="DeadlineReached", interaction=INTERACTION, leg=leg, channel="PJSIP/trunk-1"),
    )
    pressed = e.KeyPressed(cause="telephony", interaction=INTERACTION, leg=leg, key=Personal(INTERACTION, "keys", "7"))
    deadline = e.DeadlineReached(cause="clock", kind="call", key=INTERACTION, at_ms=BEGIN_MS)
    return [
        Step(seq=1, now_ms=BEGIN_MS, input=_arrived(INTERACTION)),
        Step(seq=2, now_ms=BEGIN_MS + 5, input=_arrived(OTHER)),
        Step(seq=3, now_ms=BEGIN_MS + 1_000, input=deadline, orders=(answer,)),
        Step(seq=4, now_ms=BEGIN_MS + 1_001, input=e.OrderDone(cause="telephony", order="1.1")),
        Step(seq=5, now_ms=BEGIN_MS + 2_500, input=pressed),
    ]


def test_a_story_tells_one_interaction_in_order_with_seconds_since_it_began() -> None:
    told = story.table(_steps(), INTERACTION).splitlines()
    assert told[0].startswith(f"Interaction {INTERACTION}, ")
    assert told[1].split()[2:4] == ["›", "CallArrived"]
    assert "1.000 s  › DeadlineReached" in told[2]
    assert "‹ AnswerCall" in told[3]
    assert "2.500 s  › KeyPressed" in told[4]
    assert len(told) == 5


def test_a_story_holds_nothing_personal() -> None:
    told = story.table(_steps(), INTERACTION, orders_ends=True)
    for secret in (NUMBER, NUMBER[3:], "Durand", "touche 7"):
        assert secret not in told


def test_a_story_of_nobody_is_empty() -> None:
    assert story.table(_steps(), "nobody") == ""


def test_local_time_follows_the_zone() -> None:
    paris = story.table(_steps(), INTERACTION, zone="Europe/Paris").splitlines()[0]
    reunion = story.table(_steps(), INTERACTION, zone="Indian/Reunion").splitlines()[0]
    assert paris != reunion


@pytest.mark.parametrize("table", ["01_appel_simple", "14_agent_ne_repond_pas", "22_debordement"])
def test_every_fact_of_a_whole_call_has_words_without_empty_places(table: str) -> None:
    from tests.replay.record import TABLES

    stage = staged((TABLES / f"{table}.txt").read_text(encoding="utf-8"))
    for step in stage.steps:
        for said in (step.input, *step.facts, *(order.command for order in step.orders)):
            words = story.phrase(said)
            assert words
            assert "{" not in words
            assert "None" not in words
