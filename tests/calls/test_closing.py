"""Who is not to wait any longer: led to a script, out of the music, or called back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core import events as e
from core.personal import Personal
from tests import centres
from tests.alone import A_LEG, A, Alone, Said, chosen, names, need, only
from tests.calls.test_call import call
from tests.calls.test_decide import due, full, guided, waiting


def closed(script: str = "accueil", **changes: Any) -> e.QueueClosed:
    why = {"interaction": A, "queue": "rsa", "need": need("rsa"), "why": "waited", "script": script, **changes}
    return e.QueueClosed(cause="acd", **why)


def test_who_is_turned_away_at_once_is_led_to_the_script() -> None:
    said = guided().tell(msgspec.structs.replace(full(), script="accueil"))
    left = only(said, e.WaitLeft)
    assert (names(said), left.script, left.held) == (["WaitLeft"], "accueil", False)


def test_a_script_that_is_no_more_is_a_promise_to_call_back() -> None:
    assert names(guided().tell(msgspec.structs.replace(full(), script="jamais"))) == ["CallbackNoted"]


def test_who_has_waited_too_long_is_taken_out_of_the_music_and_has_given_up_unless_a_message_is_left() -> None:
    alone = waiting()
    assert names(alone.tell(closed())) == ["WaitLeft", "ReturnCaller"]
    alone.tell(e.CallerReturned(cause="telephony", interaction=A, leg=A_LEG))
    assert call(alone).state == "guided"
    alone.tell(e.DialogueEnded(cause="ivr", interaction=A, how="resolved"))
    assert call(alone).outcome == "abandoned"


def test_who_is_being_told_something_leaves_the_queue_once_they_are_back_in_the_music() -> None:
    alone = waiting()
    alone.tell(due())
    assert names(alone.tell(closed())) == []
    said = alone.tell(e.CallerHeld(cause="telephony", interaction=A, leg=A_LEG))
    assert names(said) == ["WaitLeft", "ReturnCaller"]


def test_who_talks_with_an_agent_meanwhile_stays() -> None:
    alone = waiting()
    alone.tell(chosen())
    assert names(alone.tell(closed())) == []


# -- rather called ----------------------------------------------------------------------------------------------------


def waiting_where(*, withheld: bool) -> Alone:
    """A waits where one may ask to be called, and at which number."""
    alone = waiting()
    alone.tell(e.ConfigurationApplied(cause="t", digest="demandant"))
    alone.state.change(A, need=need("generaliste"))
    if withheld:
        alone.state.change(A, caller=None)
    return alone


def presses(alone: Alone) -> list[Said]:
    key = Personal(A, "keys", "1")
    return alone.tell(e.KeyPressed(cause="telephony", interaction=A, leg=A_LEG, key=key))


@pytest.mark.parametrize("withheld", [False, True])
def test_whoever_would_rather_be_called_is_asked_where_even_with_a_withheld_number(withheld: bool) -> None:
    said = presses(waiting_where(withheld=withheld))
    assert names(said) == ["CallbackAsked", "WaitLeft", "ReturnCaller"]
    left = only(said, e.WaitLeft)
    assert (left.script, left.held, left.arrived_at_ms) == ("rappel", True, centres.START_MS)


def test_where_nobody_asks_a_withheld_number_waits() -> None:
    alone = waiting_where(withheld=True)
    alone.tell(e.ConfigurationApplied(cause="t", digest="rappelant"))
    assert names(presses(alone)) == []
