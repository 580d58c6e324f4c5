"""The moments in which an agent answers while words to the caller end, one by one: nobody is torn from anybody.

The worst that may be is an order of ours that was on its way already: then the caller is told, and taken by the next.
"""

from __future__ import annotations

import pytest

from core import events as e
from core import ids
from core.step import Step
from tests import centres
from tests.simulation.asterisk import Delays
from tests.simulation.drive import Drive
from tests.simulation.laws import Laws
from tests.simulation.line import Line

A = centres.interaction(1)
WORDS_END_MS = 8_020
"""When the words to somebody who pressed 1 after two seconds end, in `played`."""


def played(answers_at_ms: int, redirect_ms: int) -> Drive:
    """A waits, is told so, and alice answers at that time; bruno comes ten seconds later."""
    drive = Drive(centres.small(), Delays(redirect=redirect_ms))
    laws = Laws()

    def watch(step: Step) -> None:
        laws.after(step, drive.kernel)

    drive.on_step = watch
    drive.asterisk.joined = lambda _agent, _now_ms: None
    drive.start()
    drive.run_until(drive.now_ms + 100)
    start_ms = drive.now_ms

    def at(after_ms: int, agent: str) -> None:
        drive.agenda.at(start_ms + after_ms, lambda _now_ms: comes(agent))

    def comes(phone: str) -> None:
        drive.asterisk.phones.add(phone)
        drive.submit(e.PhoneSeen(cause="telephony", phone=phone, reachable=True))

    def rings(line: Line, now_ms: int) -> None:
        at_ms = start_ms + answers_at_ms if line.phone == "1001" else now_ms + 500
        drive.agenda.at(at_ms, lambda at_ms: drive.asterisk.answers(line.leg, at_ms))

    drive.asterisk.rings = rings
    caller = drive.asterisk.arrives(A, centres.NUMBER, "+33639980000", start_ms)
    drive.agenda.at(start_ms + 2_000, lambda at_ms: drive.asterisk.presses(caller.leg, "1", at_ms))
    at(6_500, "1001")
    at(18_000, "1002")
    drive.run_until(start_ms + 40_000)
    return drive


def told(drive: Drive, *kinds: type[e.Event]) -> list[str]:
    facts = [fact for step in drive.steps for fact in (step.input, *step.facts)]
    return [type(fact).__name__ for fact in facts if isinstance(fact, kinds)]


@pytest.mark.parametrize("offset_ms", range(-45, 46))
def test_whoever_answers_as_the_words_end_talks_with_the_caller(offset_ms: int) -> None:
    drive = played(WORDS_END_MS + offset_ms, redirect_ms=0)
    assert told(drive, e.CallConnected, e.AgentLost, e.ConversationEnded) == ["CallConnected"]
    assert drive.asterisk.lines[ids.caller_leg(A)].partner == ids.agent_leg(A, 1)


@pytest.mark.parametrize("redirect_ms", [5, 15, 25, 60])
def test_an_order_on_its_way_already_costs_the_citizen_a_word_and_never_their_place(redirect_ms: int) -> None:
    lost = 0
    for offset_ms in range(-90, 46, 3):
        drive = played(WORDS_END_MS + offset_ms, redirect_ms)
        what = told(drive, e.CallConnected, e.AgentLost, e.InteractionEnded)
        assert what in (["CallConnected"], ["CallConnected", "AgentLost", "CallConnected"]), offset_ms
        assert drive.asterisk.lines[ids.caller_leg(A)].partner is not None
        lost += "AgentLost" in what
    assert lost or redirect_ms < 25, "the window is there, and is passed through"
