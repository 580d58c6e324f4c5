"""Whose wrap-up may be written, and for how long."""

from __future__ import annotations

import msgspec
import pytest

from casework.conversation import BEHIND
from casework.decide import mind
from core import events as e
from core.centre import WrapUpCode
from core.personal import Personal
from tests import centres
from tests.alone import A, Alone, B, only


def coded() -> Alone:
    """A centre with one code."""
    codes = {"rsa": WrapUpCode(name="rsa", title="RSA")}
    return Alone(mind, msgspec.structs.replace(centres.small(), wrap_up_codes=codes))


def connected(interaction: str = A, agent: str = "alice") -> e.CallConnected:
    return e.CallConnected(cause="calls", interaction=interaction, agent=agent, leg=f"{interaction}-a1")


def noted(interaction: str = A, agent: str = "alice", code: str = "rsa") -> e.WrapUpNoted:
    note = Personal(interaction, "note", "rappelle demain")
    return e.WrapUpNoted(cause="pages", interaction=interaction, agent=agent, code=code, note=note, request="r1")


def answer(alone: Alone, fact: e.WrapUpNoted) -> tuple[bool, str]:
    said = only(alone.tell(fact), e.RequestAnswered)
    assert said.request == "r1"
    return said.done, said.reason


@pytest.mark.parametrize("code", ["rsa", ""])
def test_a_code_and_a_note_are_taken_during_the_conversation_and_after_it(code: str) -> None:
    alone = coded()
    alone.tell(connected())
    assert answer(alone, noted(code=code)) == (True, "")
    alone.tell(e.InteractionEnded(cause="calls", interaction=A, outcome="answered", reason="hung_up"))
    assert answer(alone, noted(code=code)) == (True, "")


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (noted(agent="bruno"), "not_your_call"),
        (noted(agent="inconnue"), "agent_unknown"),
        (noted(interaction=B), "not_your_call"),
        (noted(code="apl"), "code_unknown"),
    ],
)
def test_what_cannot_be_noted_is_answered_with_its_reason(fact: e.WrapUpNoted, reason: str) -> None:
    alone = coded()
    alone.tell(connected())
    assert answer(alone, fact) == (False, reason)


def test_a_few_conversations_back_and_no_further() -> None:
    alone = coded()
    talks = [centres.interaction(number) for number in range(1, BEHIND + 2)]
    alone.tell(*(connected(interaction) for interaction in talks))
    assert [answer(alone, noted(interaction))[0] for interaction in talks] == [False, *[True] * BEHIND]


def test_being_joined_again_takes_no_second_place() -> None:
    alone = coded()
    alone.tell(connected(B), *[connected(A)] * 5)
    assert answer(alone, noted(B)) == (True, "")


def named(interaction: str = A, agent: str = "alice") -> e.CitizenNamed:
    record = Personal(interaction, "record", "f-7")
    return e.CitizenNamed(cause="pages", interaction=interaction, agent=agent, record=record, request="r1")


def test_who_is_speaking_is_said_by_whoever_speaks_with_them() -> None:
    alone = coded()
    alone.tell(connected())
    decided = alone.tell(named())
    assert only(decided, e.RequestAnswered).done
    found = only(decided, e.CitizenFound)
    assert (found.how, found.record) == ("one", Personal(A, "record", "f-7"))


@pytest.mark.parametrize("fact", [named(agent="bruno"), named(interaction=B)])
def test_nobody_else_says_who_it_is(fact: e.CitizenNamed) -> None:
    alone = coded()
    alone.tell(connected())
    [answered] = alone.tell(fact)
    assert isinstance(answered, e.RequestAnswered)
    assert (answered.done, answered.reason) == (False, "not_your_call")
