"""After a gap: what we believed, what Asterisk has, and the facts that lead from one to the other."""

from __future__ import annotations

import msgspec
import pytest

from calls.call import AgentLeg, Call, Handed
from calls.reconcile import missed_facts
from core import events as e
from core import ids
from tests.alone import A_LEG, CHANNEL, A, leg_seen, seen

AGENT = ids.agent_leg(A, 1)


def believed(state: str, agent: str | None = None, *, up: bool = True) -> Call:
    leg = AgentLeg(leg=AGENT, agent="alice", phone="1001", state=agent, timeout_ms=1) if agent is not None else None
    return Call(state=state, node="nord", leg=A_LEG, channel=CHANNEL, service="s", caller=None, up=up, agent_leg=leg)


def handed_on(state: str) -> Call:
    handed = Handed(leg=ids.dialled_leg(A, 1), entry="mdph", line="fixe", state="ringing")
    return msgspec.structs.replace(believed(state), handed=handed)


def missed(call: Call, *legs: e.SeenLeg) -> list[tuple[str, str]]:
    facts = missed_facts(A, call, {leg.leg: leg for leg in legs}, seen(*legs))
    return [(type(fact).__name__, getattr(fact, "leg", "")) for fact in facts]


CALLER = leg_seen()
HELD = leg_seen(held=True)
TALKING = leg_seen(with_leg=AGENT)
GONE: tuple[e.SeenLeg, ...] = ()
RINGS = leg_seen(AGENT, up=False)
ANSWERED = leg_seen(AGENT)
JOINED = leg_seen(AGENT, with_leg=A_LEG)

CASES = {
    "nothing happened while guided": (believed("guided"), (CALLER,), []),
    "nothing happened in the music": (believed("waiting"), (HELD,), []),
    "nothing happened in a conversation": (believed("connected", "joined"), (TALKING, JOINED), []),
    "the caller was answered": (believed("arrived", up=False), (CALLER,), [("LegAnswered", A_LEG)]),
    "the caller came into the bridge": (believed("holding"), (HELD,), [("CallerHeld", A_LEG)]),
    "the caller was never taken out for a word": (
        believed("announcing"),
        (HELD,),
        [("AnnouncementEnded", ""), ("CallerHeld", A_LEG)],
    ),
    "the caller was being told something": (believed("announcing"), (CALLER,), [("AnnouncementEnded", "")]),
    "the caller left": (believed("waiting"), GONE, [("LegEnded", A_LEG)]),
    "the agent answered": (believed("waiting", "ringing"), (HELD, ANSWERED), [("LegAnswered", AGENT)]),
    "the agent answered and they talk": (
        believed("waiting", "ringing"),
        (TALKING, JOINED),
        [("LegAnswered", AGENT), ("LegsBridged", AGENT)],
    ),
    "the agent's telephone still rings": (believed("waiting", "ringing"), (HELD, RINGS), []),
    "the agent's telephone rings no more": (believed("waiting", "ringing"), (HELD,), [("LegEnded", AGENT)]),
    "the agent was never rung": (believed("holding", "wanted"), (CALLER,), []),
    "the agent left the conversation": (believed("connected", "joined"), (CALLER,), [("LegEnded", AGENT)]),
    "everybody left, and whoever was rung for them": (handed_on("waiting"), GONE, [("LegEnded", A_LEG)]),
    "everybody left": (believed("connected", "joined"), GONE, [("LegEnded", A_LEG)]),
    "held by nobody's wish": (believed("connected", "joined"), (HELD,), [("CallerHeld", A_LEG), ("LegEnded", AGENT)]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_missed(name: str) -> None:
    call, legs, expected = CASES[name]
    assert missed(call, *legs) == expected


def test_who_left_unheard_is_lost_from_sight_and_the_cause_says_why_we_know() -> None:
    (fact,) = missed_facts(A, believed("waiting"), {}, seen())
    assert isinstance(fact, e.LegEnded)
    assert (fact.reason, fact.cause) == ("lost", "NodeSeen")
