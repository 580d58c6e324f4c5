"""What Asterisk said, word for word, and what we made of it.

`captured/` holds the event stream of a real Asterisk 22: a caller is greeted, presses a key, is held, four telephones
are rung for them in vain or not, talks twice, hangs up; another caller withholds the number and gives up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import events as e
from core import ids
from core.centre import Agent, Code
from core.events.base import Event
from runtime.callers import recogniser
from telephony.numbers import international
from telephony.translate import READERS, Translator
from telephony.wire import Reader, parse
from tests import centres

HERE = Path(__file__).parent / "captured"
FIRST = ids.mint(1_795_000_000_001, bytes(10))
SECOND = ids.mint(1_795_000_000_002, bytes(10))
RECOGNISE = recogniser("clé")
MARIE = Agent(name="Marie", display="Marie", phone="marie", skills={}, queues=())
CENTRE = msgspec.structs.replace(
    centres.small(), agents={"Marie": MARIE}, codes={"*1": Code(dial="*1", wish="pause", reason="dejeuner")}
)
CALLER, AGENT = ids.caller_leg(FIRST), ids.agent_leg(FIRST, 1)

Message = Mapping[str, str]


def translator() -> Translator:
    numbers: Iterator[int] = iter(range(1, 1000))
    made = Translator("nord", lambda: ids.mint(1_795_000_000_000 + next(numbers), bytes(10)), international, RECOGNISE)
    made.use(CENTRE)
    return made


def captured() -> list[Message]:
    return [parse(block) for block in Reader().feed((HERE / "a_call.ami").read_bytes())]


def seen(name: str, of: Translator) -> list[Event]:
    rows = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return of.seen(rows["channels"], rows["bridges"], rows["contacts"])


def line(fact: Event) -> str:
    """A fact in one line: the leg's or playback's suffix stands for the whole name."""
    told = [type(fact).__name__]
    for name in ("leg", "playback"):
        told += [getattr(fact, name).rpartition("-")[2]] if hasattr(fact, name) else []
    for name in ("reason", "code", "completed", "phone", "reachable", "agent", "wish"):
        told += [f"{name}={getattr(fact, name)}"] if hasattr(fact, name) else []
    return " ".join(told)


THE_CALL = """
PhoneSeen phone=marie reachable=True
CallArrived c
LegAnswered c
PlaybackEnded p1 completed=True
KeyPressed c
PlaybackEnded p2 completed=False
PlaybackEnded p3 completed=False
CallerHeld c
LegEnded a1 reason=busy code=17
LegRinging a2
LegEnded a2 reason=no_answer code=19
LegEnded a3 reason=unreachable code=20
LegRinging a4
CallerReturned c
LegAnswered a4
LegsBridged a4
LegEnded a4 reason=hung_up code=16
CallerReturned c
CallerHeld c
CallArrived c
LegEnded c reason=hung_up code=127
LegRinging a5
LegAnswered a5
LegsBridged a5
LegEnded c reason=hung_up code=16
LegEnded a5 reason=hung_up code=16
AgentAsked reason=dejeuner agent=Marie wish=pause
PhoneSeen phone=marie reachable=False
"""


def test_a_whole_day_of_two_callers_is_told_in_order() -> None:
    of = translator()
    told = [line(fact) for message in captured() for fact in of.facts(message)]
    assert told == THE_CALL.strip().splitlines()


def test_a_caller_arrives_with_number_and_name_and_what_they_dialled() -> None:
    of = translator()
    arrival = next(fact for message in captured() for fact in of.facts(message) if isinstance(fact, e.CallArrived))
    assert (arrival.interaction, arrival.leg, arrival.node) == (FIRST, CALLER, "nord")
    assert arrival.channel == "PJSIP/trunk-operateur-00000000"
    assert (arrival.trunk, arrival.caller_key) == ("operateur", RECOGNISE("+33639980012"))
    assert arrival.dialled == "+33199000101"
    assert arrival.caller is not None
    assert (arrival.caller.text, arrival.caller.purpose, arrival.caller.of) == ("+33639980012", "number", FIRST)
    assert arrival.caller_name is not None
    assert arrival.caller_name.text == "Élise Dupré"
    assert arrival.answered is False


def test_a_withheld_number_is_nobody() -> None:
    of = translator()
    arrivals = [fact for message in captured() for fact in of.facts(message) if isinstance(fact, e.CallArrived)]
    assert arrivals[1].interaction == SECOND
    assert (arrivals[1].caller, arrivals[1].caller_name, arrivals[1].caller_key) == (None, None, "")
    assert arrivals[1].dialled == "+33199000101"


def test_restricted_presentation_hides_a_number_that_the_network_told() -> None:
    environment = "agi_request%3A%20async%0Aagi_callingpres%3A%2035%0A"
    assert arrival_of(started(CallerIDNum="0639980012", Env=environment)).caller is None
    environment = "agi_request%3A%20async%0Aagi_callingpres%3A%203%0A"
    assert arrival_of(started(CallerIDNum="0639980012", Env=environment)).caller is not None


@pytest.mark.parametrize("number", ["", "<unknown>", "anonymous", "Anonymous", "restricted", "+", "abc"])
def test_no_number_is_nobody(number: str) -> None:
    assert arrival_of(started(CallerIDNum=number)).caller is None


def test_a_name_loses_control_characters_and_length() -> None:
    arrival = arrival_of(started(CallerIDNum="0639980012", CallerIDName="A\x07b\u202ec\u2028" + "x" * 500))
    assert arrival.caller_name is not None
    assert arrival.caller_name.text == "Abc" + "x" * 77


def started(**fields: str) -> dict[str, str]:
    return {
        "Event": "AsyncAGIStart",
        "Channel": "PJSIP/trunk-operateur-00000007",
        "Uniqueid": "nord-7.7",
        "Context": "from-trunk",
        "Exten": "0199000101",
        "ChannelState": "4",
        **fields,
    }


def arrival_of(message: Message) -> e.CallArrived:
    (fact,) = translator().facts(message)
    assert isinstance(fact, e.CallArrived)
    return fact


def test_a_start_told_twice_is_one_arrival() -> None:
    of = translator()
    assert [line(fact) for fact in of.facts(started()) + of.facts(started())] == ["CallArrived c"]


def test_somebody_elses_agi_is_not_a_caller() -> None:
    assert translator().facts(started(Context="an-old-application")) == []


def with_a_held_caller_and(*messages: Message) -> list[str]:
    of = translator()
    of.facts(started())
    of.facts({**started(), "Event": "BridgeEnter", "BridgeUniqueid": "h", "BridgeTechnology": "holding_bridge"})
    return [line(fact) for message in messages for fact in of.facts(message)]


def agent(event: str, **fields: str) -> dict[str, str]:
    return {"Event": event, "Uniqueid": AGENT, "Channel": "PJSIP/marie-00000008", **fields}


def both_in(bridge: str) -> list[Message]:
    where = {"BridgeUniqueid": bridge, "BridgeTechnology": "simple_bridge"}
    return [agent("BridgeEnter", **where), {**started(), "Event": "BridgeEnter", **where}]


def failure(**fields: str) -> dict[str, str]:
    told = {"Response": "Failure", "Reason": "0", "Uniqueid": AGENT, "ActionID": AGENT}
    return {"Event": "OriginateResponse", **told, **fields}


@pytest.mark.parametrize(
    ("reason", "word"),
    [("0", "unreachable"), ("3", "no_answer"), ("5", "busy"), ("8", "congestion"), ("77", "unreachable")],
)
def test_a_telephone_without_a_channel_is_told_by_the_originate_alone(reason: str, word: str) -> None:
    (fact,) = translator().facts(failure(Reason=reason))
    assert isinstance(fact, e.LegEnded)
    assert (fact.leg, fact.interaction, fact.reason) == (AGENT, FIRST, word)


def test_an_originate_that_failed_after_a_channel_is_told_by_its_hangup_alone() -> None:
    of = translator()
    messages = [agent("Newchannel"), failure(), agent("Hangup", Cause="17"), failure()]
    assert [line(fact) for message in messages for fact in of.facts(message)] == ["LegEnded a1 reason=busy code=17"]


def test_nothing_follows_the_end_of_a_leg() -> None:
    of = translator()
    of.facts(failure())
    late = [agent("Newstate", ChannelState="5"), agent("Newstate", ChannelState="6"), agent("Hangup", Cause="16")]
    assert [fact for message in late for fact in of.facts(message)] == []


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("16", "hung_up"),
        ("17", "busy"),
        ("19", "no_answer"),
        ("21", "declined"),
        ("20", "unreachable"),
        ("34", "congestion"),
        ("127", "failed"),
        *((nothing, "hung_up") for nothing in ("0", "", "x", "-3", "²")),
    ],
)
def test_why_an_agents_leg_ended(code: str, word: str) -> None:
    (fact,) = translator().facts(agent("Hangup", Cause=code))
    assert isinstance(fact, e.LegEnded)
    assert fact.reason == word


def test_words_under_way_end_when_the_agent_answers() -> None:
    of = translator()
    of.facts(started())
    of.playing(CALLER, ids.playback(FIRST, 1))
    told = [line(fact) for message in both_in("b") for fact in of.facts(message)]
    assert told == ["LegsBridged a1", "PlaybackEnded p1 completed=False"]


def test_words_under_way_end_after_the_caller_has_left() -> None:
    of = translator()
    of.facts(started())
    of.playing(CALLER, ids.playback(FIRST, 1))
    told = [line(fact).split()[0] for fact in of.facts({**started(), "Event": "Hangup", "Cause": "16"})]
    assert told == ["LegEnded", "PlaybackEnded"]


def test_words_that_asterisk_would_not_play_are_not_awaited() -> None:
    of = translator()
    of.facts(started())
    of.playing(CALLER, ids.playback(FIRST, 1))
    of.not_playing(CALLER, ids.playback(FIRST, 1))
    assert [line(fact) for fact in of.facts({**started(), "Event": "HangupRequest", "Cause": "16"})] == [
        "LegEnded c reason=hung_up code=16"
    ]


def done(command: str, result: str) -> dict[str, str]:
    return {**started(), "Event": "AsyncAGIExec", "CommandId": command, "Result": result}


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("200%20result%3D-1%0A", ["failed"]),  # nobody took the sound, or whoever did is gone
        ("200%20result%3D0%0A", []),  # whoever hears has closed, and tells why
        ("510%20Invalid%20or%20unknown%20command%0A", ["failed"]),
        ("", ["failed"]),
    ],
)
def test_a_caller_whose_sound_nobody_takes_is_no_longer_heard(result: str, told: list[str]) -> None:
    of = translator()
    of.facts(started())
    facts = of.facts(done(ids.listening(FIRST, 1), result))
    assert [fact.why for fact in facts if isinstance(fact, e.HearingEnded)] == told


def test_a_caller_who_came_back_from_being_answered_has_been_with_us_all_the_time() -> None:
    of = translator()
    of.facts(started())
    assert of.facts(started(Context="allo", Exten="caller")) == []


def test_an_answer_for_another_interaction_is_not_ours() -> None:
    of = translator()
    of.facts(started())
    assert of.facts(done(ids.playback(SECOND, 1), "200%20result%3D0%20endpos%3D800%0A")) == []


def test_only_what_the_caller_pressed_is_a_key() -> None:
    def key(**fields: str) -> list[str]:
        message = {**started(), "Event": "DTMFEnd", "Digit": "5", "Direction": "Received", **fields}
        return with_a_held_caller_and(message)

    assert key() == ["KeyPressed c"]
    assert key(Direction="Sent") == []
    assert key(Digit="A") == []
    assert key(Digit="") == []
    assert with_a_held_caller_and(agent("DTMFEnd", Digit="5", Direction="Received")) == []


def contact(status: str, uri: str = "sip:marie@192.0.2.1") -> dict[str, str]:
    return {"Event": "ContactStatus", "AOR": "marie", "URI": uri, "ContactStatus": status}


def test_a_telephone_that_moves_stays_reachable() -> None:
    of = translator()
    new = "sip:marie@192.0.2.2"
    messages = [
        contact("Created"),
        contact("Reachable"),
        contact("Created", new),
        contact("Removed"),
        contact("Updated"),
    ]
    assert [line(fact) for message in messages for fact in of.facts(message)] == [
        "PhoneSeen phone=marie reachable=True"
    ]
    assert [line(fact) for fact in of.facts(contact("Unreachable", new))] == ["PhoneSeen phone=marie reachable=False"]


def test_a_star_code_counts_for_known_telephones_and_codes() -> None:
    asked = {"Event": "UserEvent", "UserEvent": "AlloCode", "Account": "marie", "Code": "*1"}
    assert [line(fact) for fact in translator().facts(asked)] == ["AgentAsked reason=dejeuner agent=Marie wish=pause"]
    for other in ({"Account": "zorro"}, {"Code": "*9"}, {"UserEvent": "Other"}):
        assert translator().facts({**asked, **other}) == []


# -- the whole truth ----------------------------------------------------------------------------------------------


def test_a_new_allo_finds_a_conversation() -> None:
    (node,) = seen("seen_bridged", translator())
    agent_four = ids.agent_leg(FIRST, 4)
    assert node == e.NodeSeen(
        cause="telephony",
        node="nord",
        legs=(
            e.SeenLeg(
                leg=CALLER, channel="PJSIP/trunk-operateur-00000000", up=True, held=False, bridged_with=agent_four
            ),
            e.SeenLeg(leg=agent_four, channel="PJSIP/marie-00000003", up=True, held=False, bridged_with=CALLER),
        ),
        phones=("marie",),
    )


def test_a_new_allo_finds_one_held_and_one_whom_nobody_knows() -> None:
    node, stranger = seen("seen_waiting", translator())
    assert isinstance(node, e.NodeSeen)
    assert [(leg.leg, leg.held, leg.up) for leg in node.legs] == [(CALLER, True, True)]
    assert isinstance(stranger, e.CallArrived)
    assert (stranger.dialled, stranger.caller, stranger.answered) == ("+33199000101", None, False)


def test_the_same_allo_knows_the_one_it_has_not_answered_yet() -> None:
    of = translator()
    arrived = [message for message in captured() if message.get("Event") == "AsyncAGIStart"]
    known = [fact for message in arrived for fact in of.facts(message) if isinstance(fact, e.CallArrived)]
    assert len(known) == 2
    (node,) = seen("seen_waiting", of)
    assert isinstance(node, e.NodeSeen)
    assert [leg.leg for leg in node.legs] == [CALLER, ids.caller_leg(SECOND)]


def test_events_from_before_the_question_change_nothing() -> None:
    of = translator()
    seen("seen_bridged", of)
    names = ("BridgeEnter", "Newstate", "AsyncAGIStart")
    old = [m for m in captured() if m.get("Event") in names and m.get("Uniqueid") == ids.agent_leg(FIRST, 4)]
    assert old
    assert [fact for message in old for fact in of.facts(message)] == []


def test_what_asterisk_no_longer_has_is_forgotten() -> None:
    of = translator()
    of.facts(started())
    (node,) = of.seen([], [], [])
    assert node == e.NodeSeen(cause="telephony", node="nord", legs=(), phones=())
    assert of.facts({**started(), "Event": "Hangup", "Cause": "16"}) == []


def test_what_is_so_already_can_be_told_again() -> None:
    of = translator()
    of.facts(started())
    assert [line(fact) for fact in of.with_us_already(CALLER)] == ["CallerReturned c"]
    assert of.held_already(CALLER) == of.up_already(CALLER) == of.held_already(AGENT) == []
    of = translator()
    of.mint()  # FIRST is taken, by the Allo before
    seen("seen_waiting", of)
    assert [line(fact) for fact in of.held_already(CALLER)] == ["CallerHeld c"]
    assert [line(fact) for fact in of.up_already(CALLER)] == ["LegAnswered c"]
    assert of.with_us_already(CALLER) == []


# -- garbage ------------------------------------------------------------------------------------------------------

_words = st.sampled_from(
    [
        *[
            "",
            "6",
            "5",
            "4",
            "nord-7.7",
            CALLER,
            AGENT,
            "from-trunk",
            "allo",
            "PJSIP/x-1",
            "b",
            "h",
            "holding_bridge",
            "16",
        ],
        *[
            f"{FIRST}-p1",
            "200%20result%3D0",
            "Received",
            "Failure",
            "marie",
            "Created",
            "Removed",
            "(null)",
        ],
    ]
)
_names = st.sampled_from(
    [
        *[
            "Uniqueid",
            "Channel",
            "ChannelState",
            "Context",
            "Exten",
            "BridgeUniqueid",
            "BridgeTechnology",
            "Cause",
            "Digit",
        ],
        *["CommandId", "Result", "Direction", "Response", "ActionID", "Reason", "AOR", "URI", "ContactStatus", "Env"],
        *[
            "CallerIDNum",
            "CallerIDName",
            "Account",
            "Code",
            "UserEvent",
            "BridgeID",
            "Variable",
            "ObjectName",
            "Status",
        ],
    ]
)
_messages = st.builds(
    lambda name, fields: {"Event": name, **fields},
    st.sampled_from([*READERS, "Other"]),
    st.dictionaries(_names, _words | st.text(st.sampled_from("019+aé%=\n \x00²"), max_size=6)),
)


@settings(deadline=None)
@given(st.lists(_messages, max_size=30), st.lists(_messages, max_size=5))
def test_garbage_never_raises_and_never_ends_a_leg_twice(messages: list[Message], rows: list[Message]) -> None:
    of = translator()
    facts = [fact for message in messages for fact in of.facts(message)]
    of.seen(rows, rows, rows)
    facts += [fact for message in messages for fact in of.facts(message)]
    ended = [fact.leg for fact in facts if isinstance(fact, e.LegEnded)]
    assert len(ended) == len(set(ended))
