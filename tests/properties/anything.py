"""What may reach a kernel at any time: every fact that edges, people and the machine can tell, about whatever there is.

Each entry of ANYTHING makes one fact from two small numbers, or None where there is nothing to tell of.  A new fact
that comes from outside gets an entry here; it comes as often as it stands there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from calls.consult import asked_for
from core import events as e
from core import ids
from core.events.base import Event
from core.events.citizens import Found
from core.personal import Personal
from tests import centres
from tests.properties import promises, spoken, writings
from tests.properties.people import (
    PEOPLE,
    PHONES,
    asked,
    consulted,
    dialled,
    helped,
    instructed,
    of_pages,
    service_asked,
    shown,
    somebody,
    task_asked,
    transferred,
    wait_asked,
    work_answered,
)

if TYPE_CHECKING:
    from tests.properties.streams import Stream

REASONS: Final[tuple[e.EndReason, ...]] = (
    "hung_up",
    "busy",
    "declined",
    "no_answer",
    "congestion",
    "unreachable",
    "failed",
    "lost",
    "left",
)
FOUND: Final[tuple[Found, ...]] = ("one", "several", "none", "shared", "late", "away")
DIGESTS: Final = tuple(build().digest for build in centres.CENTRES.values())


def _leg(interaction: str, two: int) -> str:
    if two == 5:
        return ids.dialled_leg(interaction, 1)
    return ids.caller_leg(interaction) if two < 6 else ids.agent_leg(interaction, two - 5)


def _about(stream: Stream, one: int, two: int) -> dict[str, Any]:
    interaction = somebody(stream, one)
    return {"cause": "telephony", "interaction": interaction, "leg": _leg(interaction, two)}


def arrival(stream: Stream, _one: int, two: int) -> Event:
    stream.arrived += 1
    interaction = centres.interaction(stream.arrived)
    withheld = two % 2 == 0
    return e.CallArrived(
        cause="telephony",
        interaction=interaction,
        leg=ids.caller_leg(interaction),
        node="nord",
        channel="PJSIP/ligne",
        dialled=centres.NUMBER if two < 10 else centres.ELSEWHERE,
        caller=None if withheld else Personal(interaction, "number", f"+3363998000{two}"),
        caller_name=None,
        answered=two == 7,
        caller_key="" if withheld else f"key-{two}",
        trunk="operateur",
    )


def arrives_again(stream: Stream, one: int, _two: int) -> Event | None:
    """Told twice; a caller who has gone never comes back under the same name."""
    interaction = somebody(stream, one)
    call = stream.kernel.mind("calls").calls.get(interaction)
    if call is None or not ids.is_caller(call.leg):
        return None
    return e.CallArrived(
        cause="telephony",
        interaction=interaction,
        leg=call.leg,
        node=call.node,
        channel=call.channel,
        dialled=centres.NUMBER,
        caller=call.caller,
        caller_name=None,
        answered=call.up,
    )


def spoken_with(stream: Stream, one: int, _two: int) -> Event | None:
    """Whoever an agent wants to speak with first has answered; or the agent has the citizen again."""
    calls = stream.kernel.mind("calls").calls.items()
    waiting = [(interaction, call) for interaction, call in calls if call.consult is not None]
    if not waiting:
        return None
    interaction, call = waiting[one % len(waiting)]
    other = call.leg if call.consult.state == "returning" else asked_for(call)
    return e.LegsBridged(cause="telephony", interaction=interaction, leg=call.consult.leg.leg, other=other)


def help_came(stream: Stream, one: int, two: int) -> Event | None:
    """An emergency service that is rung has answered, or has not, or hangs up."""
    called = [(key, call) for key, call in stream.kernel.mind("calls").calls.items() if call.help is not None]
    if not called:
        return None
    interaction, call = called[one % len(called)]
    if two < 10:
        return e.LegsBridged(cause="telephony", interaction=interaction, leg=call.help.leg)
    return e.LegEnded(cause="telephony", interaction=interaction, leg=call.help.leg, reason="busy", code=17)


def key(stream: Stream, one: int, two: int) -> Event:
    pressed = Personal(somebody(stream, one), "keys", "01286*"[two % 6])
    return e.KeyPressed(**_about(stream, one, two), key=pressed)


def playback_over(stream: Stream, one: int, two: int) -> Event:
    interaction = somebody(stream, one)
    playback = ids.playback(interaction, two)
    return e.PlaybackEnded(cause="telephony", interaction=interaction, playback=playback, completed=two > 4)


def seen(stream: Stream, one: int, two: int) -> Event:
    """A node in a state that one and two choose, which may be nothing like what was ordered."""
    legs: list[e.SeenLeg] = []
    for at, (interaction, call) in enumerate(stream.kernel.mind("calls").calls.items()):
        luck = (one * 5 + two * 3 + at * 7) % 12
        agent = call.agent_leg.leg if call.agent_leg is not None else ids.agent_leg(interaction, 1)
        if luck == 0:
            continue  # gone
        bridged = luck in (1, 2, 3)
        legs.append(
            e.SeenLeg(
                leg=call.leg,
                channel=call.channel,
                up=luck > 1 or call.up,
                held=luck in (4, 5, 6, 7),
                bridged_with=agent if bridged else None,
            )
        )
        if bridged or luck in (4, 8):
            partner = call.leg if bridged else None
            legs.append(e.SeenLeg(leg=agent, channel="PJSIP/poste", up=luck != 8, held=False, bridged_with=partner))
    phones = tuple(phone for at, phone in enumerate(PHONES) if (one + two) % (at + 2))
    return e.NodeSeen(cause="telephony", node="nord" if two < 11 else "sud", legs=tuple(legs), phones=phones)


def lost_or_started(_stream: Stream, _one: int, two: int) -> Event:
    if two:
        return e.NodeLost(cause="telephony", node="nord", reason="coupée")
    return e.CentreStarted(cause="start", release="0")


def order_ended(stream: Stream, one: int, two: int) -> Event | None:
    if not stream.orders:
        return None
    order = stream.orders[-1 - one % len(stream.orders)]
    if two < 4:
        return e.OrderDone(cause="telephony", order=order.id)
    if two < 6:
        return e.OrderRefused(cause="telephony", order=order.id, command=order.command, reason="valeur")
    return e.OrderFailed(
        cause="start" if two == 11 else "telephony",
        order=order.id,
        command=order.command,
        reason="hasard",
        retryable=two % 2 == 0,
    )


def prompt_ready(_stream: Stream, one: int, two: int) -> Event:
    prompt = f"fr/{list(centres.TEXTS)[one % len(centres.TEXTS)]}"
    return e.PromptReady(cause="speech", prompt=prompt, path="/p" if two else None)


def found(_stream: Stream, interaction: str, two: int) -> e.CitizenFound:
    """What the records say of whoever calls in `interaction`."""
    how = FOUND[two % len(FOUND)]
    record = Personal(interaction, "record", f"fiche-{two}") if how == "one" else None
    referent = ("", "alice", "bruno", "personne")[two % 4]
    commune = Personal(interaction, "record", "Ablis") if two % 3 else None
    return e.CitizenFound(
        cause="crm_bridge", interaction=interaction, how=how, record=record, referent=referent, commune=commune
    )


def recorded(stream: Stream, one: int, two: int) -> Event | None:
    """A message, asked for or not, with words or a breath; once, for it is erased after that."""
    interaction = somebody(stream, one)
    message = ids.message(interaction, 90 + two % 2)  # one that nobody ordered
    if message in stream.recorded:
        return None
    stream.recorded.add(message)
    path = f"/messages/{message}.wav"
    return e.MessageRecorded(
        cause="telephony", interaction=interaction, message=message, path=path, duration_ms=(0, 400, 8_000)[two % 3]
    )


def erased(stream: Stream, one: int, two: int) -> Event:
    """A recording of a closed task, or of anything, is gone."""
    tasks = stream.kernel.mind("casework").tasks.values()
    known = [task.message for task in tasks if task.message] or [ids.message(somebody(stream, one), 1)]
    message = known[one % len(known)]
    interaction = ids.interaction_of(message) or ""
    return e.MessageErased(cause="telephony", interaction=interaction, message=message)


def spoken_or_pressed(stream: Stream, one: int, two: int) -> Event | None:
    """Where callers do not speak, they press keys: what is rare there must not become rarer."""
    speak = stream.kernel.configurations.now.digest in ("parlant", "curieux")
    return spoken.anything(stream, one, two) if speak else key(stream, one, two)


ANYTHING: Final[tuple[Callable[[Stream, int, int], Event | None], ...]] = (
    arrival,
    arrival,
    arrival,
    arrives_again,
    key,
    promises.promised,
    promises.asked_for,
    lambda stream, one, two: e.LegAnswered(**_about(stream, one, two), channel="PJSIP/x"),
    lambda stream, one, two: e.LegEnded(**_about(stream, one, two), reason=REASONS[two % len(REASONS)], code=0),
    lambda stream, one, two: e.CallerHeld(**_about(stream, one, two)),
    lambda stream, one, two: e.CallerReturned(**_about(stream, one, two)),
    lambda stream, one, two: e.LegsBridged(**_about(stream, one, two)),
    playback_over,
    asked,
    lambda _stream, one, two: e.PhoneSeen(cause="telephony", phone=PHONES[one % 3], reachable=two % 3 > 0),
    seen,
    lost_or_started,
    lambda _stream, one, _two: e.ConfigurationApplied(cause="reload", digest=DIGESTS[one % len(DIGESTS)]),
    lambda _stream, _one, two: e.JournalAlarm(cause="journal", kept=two > 5, reason=""),
    order_ended,
    prompt_ready,
    lambda _stream, one, _two: e.FactsMissed(cause="loop", count=one + 1),
    lambda _stream, one, two: e.TrunkChanged(
        cause="telephony", node="nord", trunk="operateur", reachable=two > 3, reason="" if two > 3 else "proxies_silent"
    ),
    lambda stream, one, two: e.MachineHeard(**_about(stream, one, two), what="fax") if two == 1 else None,
    lambda stream, one, two: found(stream, somebody(stream, one), two),
    lambda _stream, one, two: e.PageSeen(cause="pages", agent=PEOPLE[one % 2], open=two > 2),
    shown,
    of_pages,
    recorded,
    erased,
    task_asked,
    task_asked,
    work_answered,
    work_answered,
    dialled,
    transferred,
    transferred,
    transferred,
    consulted,
    spoken_with,
    spoken_with,
    helped,
    helped,
    help_came,
    help_came,
    service_asked,
    instructed,
    instructed,
    wait_asked,
    spoken_or_pressed,
    spoken_or_pressed,
    writings.anything,
)
