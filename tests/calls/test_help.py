"""An emergency service in a conversation: who may call which, and every way in which one of the three leaves."""

from __future__ import annotations

import msgspec
import pytest

from calls.call import Call
from calls.lines import used
from core import commands as c
from core import events as e
from core.events.base import Event
from tests import centres
from tests.alone import A_LEG, CHANNEL, A, Alone, leg_seen, names, only, seen
from tests.calls.test_transfers import AGENT, FIRST, asked, bridged, ended, talking

SHORT = {"number": "15"}


def wishes(wish: e.HelpWish = "bring", to: str = "secours", agent: str = "alice") -> e.HelpAsked:
    return e.HelpAsked(
        cause="pages", request="r", agent=agent, interaction=A, to=to if wish == "bring" else "", wish=wish
    )


def ringing(*more: Event) -> Alone:
    alone = talking()
    alone.tell(wishes(), *more)
    return alone


def three() -> Alone:
    return ringing(bridged(FIRST))


def call(alone: Alone) -> Call:
    row = alone.state.calls.get(A)
    assert isinstance(row, Call)
    return row


def refused(alone: Alone, fact: Event) -> str:
    said = alone.tell(fact)
    assert names(said) == ["RequestAnswered"]
    answer = only(said, e.RequestAnswered)
    assert not answer.done
    return answer.reason


# -- it is called -----------------------------------------------------------------------------------------------------


def test_it_is_rung_beside_the_citizen_and_nobody_is_parted() -> None:
    said = talking().tell(wishes())
    assert names(said) == ["RequestAnswered", "HelpCalled", "DialNumber"]
    dial = only(said, c.DialNumber)
    assert (dial.leg, dial.with_channel, dial.beside, dial.number.text) == (FIRST, CHANNEL, True, "+33199001515")


def test_a_short_number_that_was_tried_is_dialled_as_it_is() -> None:
    centre = centres.small()
    entry = msgspec.structs.replace(centre.directory["secours"], **SHORT)
    alone = talking(msgspec.structs.replace(centre, directory={"secours": entry}))
    assert only(alone.tell(wishes()), c.DialNumber).number.text == "15"


def test_whoever_answers_is_with_both_and_the_call_is_what_it_was() -> None:
    alone = ringing()
    assert names(alone.tell(bridged(FIRST))) == ["HelpJoined"]
    assert alone.tell(bridged(FIRST)) == [], "told once"
    assert (call(alone).state, call(alone).deadline_ms) == ("connected", None)
    assert used(alone.state, "operateur") == 1, "its channel is counted"


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (wishes(to="mdph"), "unknown_entry"),
        (wishes(to="personne"), "unknown_entry"),
        (wishes(agent="bruno"), "not_talking"),
        (wishes("leave"), "not_answered"),
        (wishes("dismiss"), "not_answered"),
        (asked("secours"), "emergency"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(fact: Event, why: str) -> None:
    assert refused(talking(), fact) == why


def test_there_is_one_at_a_time_and_nobody_is_handed_on_meanwhile() -> None:
    assert refused(ringing(), wishes()) == "help_called"
    assert refused(ringing(), asked("mdph")) == "help_called"
    assert refused(ringing(), wishes("leave")) == "not_answered", "the citizen would be alone"


def test_it_is_for_those_of_its_organisations_alone() -> None:
    centre = centres.small()
    elsewhere = msgspec.structs.replace(centre.directory["secours"], tenants=("ailleurs",))
    alone = talking(msgspec.structs.replace(centre, directory={"secours": elsewhere}))
    assert refused(alone, wishes()) == "role"


# -- one of the three leaves ------------------------------------------------------------------------------------------


def test_the_agent_leaves_the_two_together() -> None:
    alone = three()
    said = alone.tell(wishes("leave"))
    assert names(said) == ["RequestAnswered", "HelpStays", "ConversationEnded", "HangUpLeg"]
    assert (only(said, e.ConversationEnded).by, only(said, c.HangUpLeg).leg) == ("transfer", AGENT)
    assert alone.tell(ended(AGENT)) == []
    assert call(alone).state == "transferred"
    assert only(alone.tell(ended(FIRST)), c.HangUpLeg).leg == A_LEG


@pytest.mark.parametrize(("reason", "by"), [("hung_up", "transfer"), ("lost", "fault"), ("left", "fault")])
def test_an_agent_who_hangs_up_or_is_lost_leaves_them_together(reason: str, by: str) -> None:
    said = three().tell(ended(AGENT, reason))
    assert names(said) == ["HelpStays", "ConversationEnded"]
    assert only(said, e.ConversationEnded).by == by


def test_an_agent_whose_telephone_is_gone_leaves_them_together_after_a_while() -> None:
    alone = three()
    alone.tell(e.PhoneSeen(cause="t", phone="1001", reachable=False))
    said = alone.next()
    assert names(said) == ["HelpStays", "ConversationEnded", "HangUpLeg"]


def test_a_service_that_hangs_up_leaves_the_citizen_with_the_agent() -> None:
    alone = three()
    assert names(alone.tell(ended(FIRST))) == ["HelpEnded"]
    assert (call(alone).state, call(alone).help) == ("connected", None)
    assert names(alone.tell(ended(AGENT))) == ["ConversationEnded", "HangUpLeg"], "as ever"


def test_the_citizen_hangs_up_and_everybody_is_let_go() -> None:
    for alone in (ringing(), three()):
        said = alone.tell(ended(A_LEG))
        assert [one.leg for one in said if isinstance(one, c.HangUpLeg)] == [AGENT, FIRST]


# -- it does not come -------------------------------------------------------------------------------------------------


def test_a_service_that_does_not_answer_leaves_them_as_they_were_and_another_may_be_called() -> None:
    alone = ringing()
    assert only(alone.tell(ended(FIRST, "no_answer")), e.HelpEnded).reason == "no_answer"
    assert "HelpCalled" in names(alone.tell(wishes()))


def test_it_is_called_off() -> None:
    assert [one.leg for one in ringing().tell(wishes("dismiss")) if isinstance(one, c.HangUpLeg)] == [FIRST]


def test_an_asterisk_that_says_nothing_is_not_waited_for_for_ever() -> None:
    alone = ringing()
    said = alone.next()
    assert names(said) == ["LegEnded", "HangUpLeg", "HelpEnded"]
    assert call(alone).state == "connected"


def test_an_agent_who_hangs_up_before_it_answers_ends_the_call_and_the_ringing() -> None:
    said = ringing().tell(ended(AGENT))
    assert sorted(one.leg for one in said if isinstance(one, c.HangUpLeg)) == sorted([A_LEG, FIRST])


def test_a_lost_agent_before_it_answers_is_a_lost_agent_and_the_ringing_stops() -> None:
    said = ringing().tell(ended(AGENT, "failed"))
    assert "AgentLost" in names(said)
    assert [one.leg for one in said if isinstance(one, c.HangUpLeg)] == [FIRST]


# -- while nobody looked ----------------------------------------------------------------------------------------------


def test_three_who_talk_talk_on_after_a_start() -> None:
    legs = [
        leg_seen(A_LEG, with_leg=AGENT),
        leg_seen(AGENT, with_leg=A_LEG),
        leg_seen(FIRST, with_leg=AGENT),
    ]
    assert [one for one in three().tell(seen(*legs)) if isinstance(one, c.HangUpLeg)] == []
    assert "HelpJoined" in names(ringing().tell(seen(*legs)))


def test_a_service_that_was_gone_is_told() -> None:
    legs = [leg_seen(A_LEG, with_leg=AGENT), leg_seen(AGENT, with_leg=A_LEG)]
    assert "HelpEnded" in names(three().tell(seen(*legs)))


def test_an_agent_who_was_gone_has_left_them_together() -> None:
    legs = [leg_seen(A_LEG, with_leg=FIRST), leg_seen(FIRST, with_leg=A_LEG)]
    alone = three()
    said = alone.tell(seen(*legs))
    assert "HelpStays" in names(said)
    assert [one for one in said if isinstance(one, c.HangUpLeg)] == []
    assert call(alone).state == "transferred"
