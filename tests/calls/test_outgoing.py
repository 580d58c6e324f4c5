"""A call that an agent places: judged, rung, dialled, joined, ended; and each way in which it may not come about."""

from __future__ import annotations

import msgspec
import pytest

from calls.decide import mind
from calls.outgoing import CANCELLED
from core import commands as c
from core import events as e
from core import ids
from core.centre import Centre, Line, Tenant
from core.events.outgoing import AGENT_UNANSWERED
from core.personal import Personal
from tests import centres
from tests.alone import A, Alone, leg_seen, names, only, seen

AGENT = ids.agent_leg(A, 1)
CITIZEN = ids.dialled_leg(A, 1)


def asked(
    interaction: str = A,
    typed: str = "06 39 98 00 00",
    agent: str = "alice",
    *,
    service: str = "solidarites",
    task: str = "",
) -> e.DialAsked:
    number = Personal(interaction, "number", typed)
    return e.DialAsked(
        cause="pages",
        request="r1",
        interaction=interaction,
        agent=agent,
        service=service,
        number=number,
        task=task,
    )


def ready(centre: Centre | None = None) -> Alone:
    alone = Alone(mind, centre)
    alone.tell(seen())
    return alone


def placed(task: str = "") -> e.CallPlaced:
    return e.CallPlaced(
        cause="t",
        request="r1",
        interaction=A,
        agent="alice",
        phone="1001",
        leg=AGENT,
        service="solidarites",
        number=Personal(A, "number", "+33639980000"),
        task=task,
        kind="mobile",
        line="operateur",
        node="nord",
    )


def told(kind: type[e.Event], leg: str, **more: object) -> e.Event:
    return kind(cause="t", interaction=A, leg=leg, **more)  # type: ignore[arg-type]


def answered(leg: str) -> e.Event:
    return told(e.LegAnswered, leg, channel="PJSIP/x-1")


def gone(leg: str, reason: str = "hung_up") -> e.Event:
    return told(e.LegEnded, leg, reason=reason, code=0)


def dialling(task: str = "") -> Alone:
    alone = ready()
    alone.tell(placed(task), answered(AGENT))
    return alone


def talking(task: str = "") -> Alone:
    alone = dialling(task)
    alone.tell(answered(CITIZEN), told(e.LegsBridged, AGENT, other=CITIZEN))
    return alone


def outcome(said: list[object]) -> tuple[str, str]:
    ended = only(said, e.InteractionEnded)
    return ended.outcome, ended.reason


def test_what_may_be_called_is_written_in_full_and_given_its_line() -> None:
    allowed = only(ready().tell(asked()), e.DialAllowed)
    assert (allowed.number.text, allowed.kind, allowed.line, allowed.node) == (
        "+33639980000",
        "mobile",
        "operateur",
        "nord",
    )


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (asked(typed="15"), "emergency"),
        (asked(typed="0899 12 34 56"), "destination"),
        (asked(typed="n'importe quoi"), "destination"),
        (asked(typed="3949"), "destination"),
        (asked(agent="inconnue"), "agent_away"),
        (asked(service="inconnu"), "unknown_service"),
    ],
)
def test_what_may_not_be_called_is_refused_and_the_page_told(fact: e.DialAsked, why: str) -> None:
    said = ready().tell(fact)
    assert only(said, e.DialRefused).why == why
    answer = only(said, e.RequestAnswered)
    assert (answer.request, answer.done, answer.reason) == ("r1", False, why)


def test_a_supervisor_may_call_more_than_an_agent() -> None:
    centre = centres.small()
    alice = msgspec.structs.replace(centre.agents["alice"], role="supervisor")
    alone = ready(msgspec.structs.replace(centre, agents={**centre.agents, "alice": alice}))
    assert only(alone.tell(asked(typed="3949")), e.DialAllowed).kind == "short"


def test_an_agent_calls_only_for_the_tenants_they_work_for() -> None:
    centre = centres.small()
    service = msgspec.structs.replace(centre.services["solidarites"], tenant="d92")
    alice = msgspec.structs.replace(centre.agents["alice"], tenants=("d78",))
    alone = ready(
        msgspec.structs.replace(
            centre,
            tenants={"d92": Tenant(name="d92", title="92")},
            services={"solidarites": service},
            agents={**centre.agents, "alice": alice},
        )
    )
    assert only(alone.tell(asked()), e.DialRefused).why == "unknown_service"


def test_without_a_line_or_a_node_nobody_is_called() -> None:
    none = msgspec.structs.replace(centres.small(), lines={})
    assert only(ready(none).tell(asked()), e.DialRefused).why == "no_line"
    assert only(Alone(mind).tell(asked()), e.DialRefused).why == "telephony_away"
    alone = ready()
    alone.tell(e.NodeLost(cause="t", node="nord", reason=""))
    assert only(alone.tell(asked()), e.DialRefused).why == "telephony_away"


def test_the_last_channels_are_for_what_was_promised() -> None:
    narrow = Line(name="operateur", channels=2, reserved=1)
    alone = ready(msgspec.structs.replace(centres.small(), lines={"operateur": narrow}))
    alone.tell(placed())
    assert only(alone.tell(asked(centres.interaction(2))), e.DialRefused).why == "line_full"
    assert only(alone.tell(asked(centres.interaction(2), task="une-tâche")), e.DialAllowed).line == "operateur"


def test_the_agents_telephone_rings_first_and_shows_whom_they_call() -> None:
    said = ready().tell(placed())
    ring = only(said, c.RingAgent)
    assert (ring.leg, ring.caller_channel, ring.show_number, ring.show_name) == (
        AGENT,
        "",
        Personal(A, "number", "+33639980000"),
        "Allo Solidarités",
    )
    assert only(said, e.RequestAnswered).done


def test_the_citizen_is_dialled_once_the_agent_is_there_with_the_number_that_may_be_called_back() -> None:
    alone = ready()
    alone.tell(placed())
    dial = only(alone.tell(answered(AGENT)), c.DialNumber)
    assert (dial.leg, dial.with_channel, dial.line, dial.show) == (CITIZEN, AGENT, "operateur", "+33199001009")
    assert names(alone.tell(answered(AGENT))) == []


def test_the_services_own_number_is_shown_before_the_lines() -> None:
    centre = centres.small()
    service = msgspec.structs.replace(centre.services["solidarites"], show="+33199001077")
    alone = ready(msgspec.structs.replace(centre, services={"solidarites": service}))
    alone.tell(placed())
    assert only(alone.tell(answered(AGENT)), c.DialNumber).show == "+33199001077"


def test_they_talk_and_what_the_call_was_for_is_closed() -> None:
    alone = dialling(task="une-tâche")
    said = alone.tell(answered(CITIZEN), told(e.LegsBridged, AGENT, other=CITIZEN))
    connected = only(said, e.CallConnected)
    assert (connected.agent, connected.leg) == ("alice", AGENT)
    close = only(said, e.TaskAsked)
    assert (close.task, close.wish, close.agent) == ("une-tâche", "close", "alice")


def test_the_citizen_hangs_up() -> None:
    said = talking().tell(gone(CITIZEN))
    assert only(said, e.ConversationEnded).by == "caller"
    assert outcome(said) == ("reached", "hung_up")
    assert only(said, c.HangUpLeg).leg == AGENT


def test_the_agent_hangs_up() -> None:
    alone = talking()
    said = alone.tell(gone(AGENT))
    assert only(said, e.ConversationEnded).by == "agent"
    assert only(said, c.HangUpLeg).leg == CITIZEN
    assert outcome(alone.tell(gone(CITIZEN))) == ("reached", "hung_up")


@pytest.mark.parametrize("reason", ["busy", "no_answer", "congestion", "declined", "unreachable", "failed", "lost"])
def test_a_citizen_who_is_not_reached_frees_the_agents_telephone(reason: str) -> None:
    said = dialling().tell(gone(CITIZEN, reason))
    assert outcome(said) == ("unreached", reason)
    assert only(said, c.HangUpLeg).leg == AGENT


def test_an_agent_who_does_not_take_it_calls_nobody() -> None:
    alone = ready()
    alone.tell(placed())
    assert outcome(alone.tell(gone(AGENT, "no_answer"))) == ("unreached", AGENT_UNANSWERED)


def test_an_agent_who_gives_up_stops_the_citizens_telephone() -> None:
    said = dialling().tell(gone(AGENT))
    assert outcome(said) == ("unreached", CANCELLED)
    assert only(said, c.HangUpLeg).leg == CITIZEN


def test_a_number_that_asterisk_will_not_dial_ends_the_call() -> None:
    alone = ready()
    dial = only([*alone.tell(placed()), *alone.tell(answered(AGENT))], c.DialNumber)
    refused = e.OrderRefused(cause="t", order="1", command=dial, reason="number")
    assert outcome(alone.tell(refused)) == ("unreached", "unreachable")


def test_a_telephone_of_which_nothing_is_ever_told_does_not_hold_the_agent_for_ever() -> None:
    alone = ready()
    alone.tell(placed())
    assert outcome(alone.next()) == ("unreached", AGENT_UNANSWERED)
    alone = dialling()
    said = alone.next()
    assert outcome(said) == ("unreached", "no_answer")
    assert {one.leg for one in said if isinstance(one, c.HangUpLeg)} == {AGENT, CITIZEN}


def test_after_a_crash_an_agent_who_answered_meanwhile_gets_the_citizen_dialled() -> None:
    alone = ready()
    alone.tell(placed())
    said = alone.tell(seen(leg_seen(AGENT, up=True)))
    assert only(said, c.DialNumber).leg == CITIZEN


def test_after_a_crash_a_number_is_never_dialled_again() -> None:
    said = dialling().tell(seen(leg_seen(AGENT, up=True)))
    assert outcome(said) == ("unreached", "lost")
    assert not [one for one in said if isinstance(one, c.DialNumber)]


def test_after_a_crash_they_talk_on() -> None:
    both = seen(
        leg_seen(AGENT, up=True, with_leg=CITIZEN),
        leg_seen(CITIZEN, up=True, with_leg=AGENT),
    )
    alone = dialling()
    assert only(alone.tell(both), e.CallConnected).agent == "alice"
    assert names(alone.tell(both)) == []


# -- tasks of others --------------------------------------------------------------------------------------------------

TASK = f"{A}-t"
CLAIMED = e.TaskClaimed(cause="t", task=TASK, agent="bruno", until_at_ms=1)
RELEASED = e.TaskReleased(cause="t", task=TASK, agent="bruno")
DONE = e.TaskClosed(cause="t", task=TASK, agent="bruno", how="done")


def test_nobody_is_called_for_what_somebody_else_has_claimed() -> None:
    alone = ready()
    alone.tell(CLAIMED)
    said = alone.tell(asked(task=TASK))
    assert names(said) == ["DialRefused", "RequestAnswered"]
    assert only(said, e.RequestAnswered).reason == "task_taken"


@pytest.mark.parametrize("facts", [(), (CLAIMED, RELEASED), (CLAIMED, DONE)])
def test_what_nobody_has_claimed_any_more_is_called_by_anybody(facts: tuple[e.Event, ...]) -> None:
    alone = ready()
    alone.tell(*facts)
    assert only(alone.tell(asked(task=TASK)), e.DialAllowed).task == TASK


def test_who_has_claimed_it_calls() -> None:
    alone = ready()
    alone.tell(CLAIMED)
    assert only(alone.tell(asked(agent="bruno", task=TASK)), e.DialAllowed).agent == "bruno"
