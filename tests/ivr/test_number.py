"""The number at which somebody is to be called: typed, read back, noted; and never lost over it."""

from __future__ import annotations

import pytest

from core import commands as c
from core import events as e
from core.personal import Personal
from core.text import say
from ivr.decide import NOTED, mind
from tests import centres
from tests.alone import A, Alone, Said, answered, arrived, names, need, only
from tests.ivr.test_dialogue import PATH, pressed, row

NUMBER = "0639980013"
OWN = centres.NUMBER.replace("+33", "0")
ARRIVED_MS = centres.START_MS + 5_000


def asked(queue: str = "generaliste", *, withheld: bool = True, sounds: bool = True) -> Alone:
    """A waited, pressed the key for it, and is out of the music: they are asked for a number."""
    alone = Alone(mind, centres.asking_where())
    for key in centres.asking_where().texts["fr"]:
        if sounds or not key.startswith("chiffre."):
            alone.tell(e.PromptReady(cause="speech", prompt=f"fr/{key}", path=f"{PATH}/{key}"))
    alone.tell(arrived(withheld=withheld), answered())
    alone.next()
    alone.tell(e.NeedStated(cause="ivr", interaction=A, need=need("generaliste")))
    left = e.WaitLeft(
        cause="calls",
        interaction=A,
        queue=queue,
        script="rappel",
        held=True,
        asked=3,
        arrived_at_ms=ARRIVED_MS,
        need=need(queue, priority=2),
    )
    back = e.CallerReturned(cause="telephony", interaction=A, leg=row(alone).leg)
    assert only(alone.tell(left, back), e.StepReached).say == (say("rappel.numero"),)
    return alone


def types(alone: Alone, keys: str) -> list[Said]:
    said: list[Said] = []
    for key in keys:
        said = alone.tell(pressed(key))
    return said


def over(alone: Alone) -> list[Said]:
    """What is being said is over."""
    return alone.tell(
        e.PlaybackEnded(cause="telephony", interaction=A, playback=row(alone).playback, completed=True), after_ms=100
    )


@pytest.mark.parametrize("queue", ["generaliste", "rsa"])
def test_they_are_called_by_the_queue_in_which_they_waited_or_wait_there_again(queue: str) -> None:
    alone = asked(queue)
    types(alone, NUMBER)
    assert only(types(alone, "1"), e.CallbackNoted).queue == queue
    alone = asked(queue)
    types(alone, "#")
    assert only(types(alone, "#"), e.NeedStated).need == need(queue, priority=2)


def test_a_number_is_read_back_then_noted_and_the_call_ends() -> None:
    alone = asked()
    said = types(alone, NUMBER)
    order = only(said, c.PlayPrompt)
    read = "\n".join(f"{PATH}/chiffre.{digit}" for digit in NUMBER)
    assert (order.read, order.path) == (Personal(A, "keys", read), "")
    assert only(over(alone), c.PlayPrompt).path == f"{PATH}/rappel.confirmer"
    assert "ListeningStarted" in names(over(alone))
    said = types(alone, "1")
    noted = only(said, e.CallbackNoted)
    assert (noted.number, noted.queue) == (Personal(A, "number", "+33639980013"), "generaliste")
    assert only(said, e.StepReached).say == (NOTED,)
    assert only(over(alone), e.DialogueEnded).how == "resolved"


def test_yes_may_be_said_while_it_is_read_and_sounds_may_be_missing() -> None:
    alone = asked()
    types(alone, NUMBER)
    assert only(types(alone, "1"), e.CallbackNoted).number.text == "+33639980013"
    said = types(asked(sounds=False), NUMBER)
    assert only(said, c.PlayPrompt).path == f"{PATH}/rappel.confirmer"


def test_it_may_be_begun_anew() -> None:
    alone = asked()
    types(alone, "06*")
    assert only(types(alone, NUMBER), e.NumberTyped).number.text == "+33639980013"
    said = types(alone, "2")
    assert only(said, e.ChoiceMissed).why == "wrong_key"
    assert only(said, e.StepReached).attempt == 2
    assert only(types(alone, "0199000042"), e.NumberTyped).number.text == "+33199000042"


@pytest.mark.parametrize(
    "typed",
    [
        "15#",
        "112#",
        "#",
        "3949#",
        "0899700000",
        "0820000000",
        "1234567890",
        "063998#",
        OWN,
    ],
)
def test_a_number_that_is_none_or_that_nobody_calls_is_refused(typed: str) -> None:
    said = types(asked(), typed)
    assert only(said, e.ChoiceMissed).why == "bad_number"
    again = only(said, e.StepReached)
    assert (again.attempt, again.say) == (2, (say("rappel.numero_faux"), say("rappel.numero")))


def test_the_number_of_the_call_is_one_key_unless_it_is_withheld() -> None:
    assert only(types(asked(withheld=False), "1"), e.CallbackNoted).number.text == "+33639980000"
    assert "CallbackNoted" not in names(types(asked(), "1"))


def test_after_the_last_attempt_they_wait_again_at_their_place() -> None:
    alone = asked()
    types(alone, "#")
    said = types(alone, "#")
    stated = only(said, e.NeedStated)
    assert (stated.need.queue, stated.since_at_ms, stated.asked) == ("generaliste", ARRIVED_MS, 3)
    assert row(alone).state == "waiting"


def test_silence_counts_as_an_attempt_between_two_keys_as_well() -> None:
    alone = asked()
    types(alone, "06")
    assert only(alone.next(), e.ChoiceMissed).why == "silence"
    assert only(types(alone, NUMBER), e.NumberTyped).step == "ou", "what was typed before is forgotten"
    assert row(alone).attempt == 2
