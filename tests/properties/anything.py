"""What may reach a kernel at any time: every fact that edges, people and the machine can tell, about whatever there is.

Each entry of ANYTHING makes one fact from two small numbers, or None where there is nothing to tell of.  A new fact
that comes from outside gets an entry here; it comes as often as it stands there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, get_args

from calls.consult import asked_for
from core import events as e
from core import ids
from core.centre import AgentWish
from core.events.base import Event
from core.events.citizens import Found
from core.events.hours import ServiceWish
from core.personal import Personal
from core.text import say
from tests import centres
from tests.properties import promises

if TYPE_CHECKING:
    from tests.properties.streams import Stream

PEOPLE: Final = tuple(agent.name for agent in centres.AGENTS)
PHONES: Final = tuple(agent.phone for agent in centres.AGENTS)
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


WISHES: Final = get_args(AgentWish)


def somebody(stream: Stream, one: int) -> str:
    """An interaction that was, is, or will be the next."""
    return centres.interaction(one % max(1, stream.arrived) + 1)


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


NUMBERS: Final = ("06 39 98 00 00", "01 99 00 12 34", "15", "08 99 12 34 56", "3949", "?")


def dialled(stream: Stream, one: int, two: int) -> Event:
    """Somebody asks for a call; one that is placed takes the next interaction's name."""
    stream.arrived += 1
    interaction = centres.interaction(stream.arrived)
    return e.DialAsked(
        cause="pages",
        request="page-1" if one % 2 else "",
        interaction=interaction,
        agent=PEOPLE[one % 3] if one < 11 else "inconnue",
        service="solidarites" if two < 11 else "inconnu",
        number=Personal(interaction, "number", NUMBERS[0] if two < 6 else NUMBERS[two % 6]),
        task=f"{interaction}-t" if two == 2 else "",
    )


def transferred(stream: Stream, one: int, two: int) -> Event:
    """Whoever talks hands somebody on, mostly; now and then somebody whom they do not talk with."""
    talks = [
        (interaction, call.agent_leg.agent)
        for interaction, call in stream.kernel.mind("calls").calls.items()
        if call.agent_leg is not None
    ]
    interaction, agent = talks[one % len(talks)] if talks else (somebody(stream, one), PEOPLE[two % 3])
    to, into = _HANDED_ON[two % len(_HANDED_ON)]
    typed = Personal(interaction, "number", NUMBERS[one % len(NUMBERS)]) if into == "number" else None
    return e.TransferAsked(
        cause="pages",
        request="page-1" if one % 2 else "",
        agent=agent,
        interaction=interaction,
        to=to,
        into=into,
        number=typed,
        consult=one % 4 < 2,
    )


_HANDED_ON: Final[tuple[tuple[str, e.TransferInto], ...]] = (
    ("mdph", "entry"),
    ("mdph", "entry"),
    ("mdph", "entry"),
    ("mdph", "entry"),
    ("standard", "entry"),
    ("rsa", "queue"),
    ("inconnu", "queue"),
    ("bruno", "agent"),
    ("chloé", "agent"),
    ("", "number"),
    ("", "number"),
    ("inconnu", "entry"),
)


def consulted(stream: Stream, one: int, two: int) -> Event:
    """An agent who speaks with somebody first, mostly; or who does no such thing."""
    speaks = [
        (interaction, call.consult.leg.agent)
        for interaction, call in stream.kernel.mind("calls").calls.items()
        if call.consult is not None
    ]
    interaction, agent = speaks[one % len(speaks)] if speaks and two else (somebody(stream, one), PEOPLE[two % 3])
    return e.ConsultAsked(
        cause="pages",
        request="page-1" if one % 2 else "",
        agent=agent,
        interaction=interaction,
        wish="join" if one % 3 else "take_back",
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


def key(stream: Stream, one: int, two: int) -> Event:
    pressed = Personal(somebody(stream, one), "keys", "01289*"[two % 6])
    return e.KeyPressed(**_about(stream, one, two), key=pressed)


def playback_over(stream: Stream, one: int, two: int) -> Event:
    interaction = somebody(stream, one)
    playback = ids.playback(interaction, two)
    return e.PlaybackEnded(cause="telephony", interaction=interaction, playback=playback, completed=two > 4)


def asked(stream: Stream, one: int, two: int) -> Event:
    """A wish; whoever writes notes may want more time for them."""
    noting = [name for name, row in stream.kernel.mind("acd").agents.items() if row.state == "wrap_up"]
    if noting and one < 6:
        return e.AgentAsked(cause="pages", agent=noting[0], wish="longer", reason="", request=f"w{one}-{two}")
    return e.AgentAsked(
        cause="telephony",
        agent=PEOPLE[one % 3] if one < 11 else "inconnue",
        wish=WISHES[two % len(WISHES)],
        reason=("", "dejeuner", "appel_difficile")[one % 3] if WISHES[two % len(WISHES)] == "pause" else "",
        request="page-1" if one % 2 else "",
    )


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
    return e.CitizenFound(cause="crm_bridge", interaction=interaction, how=how, record=record)


def named(stream: Stream, one: int, two: int) -> Event:
    """An agent who has asked who is speaking, in their conversation or in one of others."""
    interaction = somebody(stream, one)
    record = Personal(interaction, "record", f"fiche-{two}")
    return e.CitizenNamed(
        cause="pages", interaction=interaction, agent=PEOPLE[two % 3], record=record, request=f"n{one}-{two}"
    )


def shown(stream: Stream, one: int, two: int) -> Event:
    """A page that has painted: the record of an open offer, or now and then of one that never was."""
    contacts = stream.kernel.mind("acd").contacts.items()
    offered = [(key, contact.offer, contact.agent) for key, contact in contacts if contact.offer is not None]
    if offered and two > 1:
        interaction, offer, agent = offered[one % len(offered)]
    else:
        interaction, agent = somebody(stream, one), PEOPLE[0]
        offer = ids.offer(interaction, 1)
    return e.RecordShown(cause="pages", interaction=interaction, offer=offer, agent=agent)


def noted(stream: Stream, one: int, two: int) -> Event:
    """A wrap-up, of a conversation that was or was not, with a code or none."""
    interaction = somebody(stream, one)
    return e.WrapUpNoted(
        cause="pages",
        interaction=interaction,
        agent=PEOPLE[two % 3],
        code="" if two % 2 else "inconnu",
        note=Personal(interaction, "note", "rappelle demain") if two > 5 else None,
        request=f"{one}-{two}",
    )


def heard(stream: Stream, one: int, two: int) -> Event:
    """Somebody listens to a message: theirs to hear, or not."""
    tasks = sorted(stream.kernel.mind("casework").tasks.items())
    task, interaction = (
        (tasks[one % len(tasks)][0], tasks[one % len(tasks)][1].interaction) if tasks else ("t", somebody(stream, one))
    )
    return e.MessageHeard(
        cause="pages", request=f"h{one}-{two}", agent=PEOPLE[two % 3], tenant="", interaction=interaction, task=task
    )


def of_pages(stream: Stream, one: int, two: int) -> Event:
    """What an agent's page notes of a conversation or a message."""
    return (noted, named, heard)[one % 3](stream, one, two)


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


def task_asked(stream: Stream, one: int, two: int) -> Event:
    """A wish about a task that is there, if there is one."""
    known = list(stream.kernel.mind("casework").tasks) or [ids.task(somebody(stream, one))]
    return e.TaskAsked(
        cause="pages",
        request=f"{one}-{two}",
        agent=PEOPLE[two % 3] if two < 11 else "inconnue",
        task=known[one % len(known)],
        wish=("claim", "claim", "release", "close", "call_off")[(one + two) % 5],
    )


def service_asked(stream: Stream, one: int, two: int) -> Event:
    """A message or an early closing, for a while, now and then for longer than may be or by nobody we know."""
    wish: ServiceWish = ("announce", "announce", "withdraw", "shut", "shut", "reopen")[one % 6]  # type: ignore[assignment]
    return e.ServiceAsked(
        cause="counter",
        request=f"{one}-{two}",
        by=("@exploitation", "@exploitation", PEOPLE[0], "inconnue")[two % 4],
        wish=wish,
        services=("solidarites",) if two < 10 else ("inconnu",),
        text=(say("accueil.greve"), say("notice.typed", words="Suite à une panne."), say("inconnu"), None)[two % 4],
        until_at_ms=stream.now_ms + (-1, 5_000, 60_000)[two % 3],
        reason="panne",
    )


def wait_asked(stream: Stream, one: int, two: int) -> Event:
    """A supervisor asks why somebody still waits; or about somebody who does not."""
    waiting = list(stream.kernel.mind("acd").contacts) or [somebody(stream, one)]
    by = "@exploitation" if two else PEOPLE[0]
    return e.WaitAsked(cause="pages", request=f"w{one}", by=by, interaction=waiting[one % len(waiting)])


def instructed(stream: Stream, one: int, two: int) -> Event:
    """A supervisor's order about somebody who waits, an agent or a queue; some are nobody's to give."""
    waiting = list(stream.kernel.mind("acd").contacts) or [somebody(stream, one)]
    who = waiting[one % len(waiting)]
    whats: tuple[e.Instruction, ...] = (
        e.Move(interaction=who, queue="rsa"),
        e.Move(interaction=who, queue="generaliste"),
        e.Rank(interaction=who, priority=one),
        e.Give(interaction=who, agent=PEOPLE[one % 3]),
        e.Give(interaction=who, agent=PEOPLE[two % 3]),
        e.Force(agent=PEOPLE[one % 3], wish=("ready", "pause", "log_out")[one % 3]),  # type: ignore[arg-type]
        e.Shut(
            queue=("rsa", "generaliste", "inconnue")[one % 3],
            until_at_ms=stream.now_ms + 5_000,
            waiting="overflow" if one % 2 else "keep",
        ),
        e.Reopen(queue=("rsa", "generaliste")[one % 2]),
    )
    return e.InstructionGiven(
        cause="counter",
        request=f"i{one}-{two}",
        by=PEOPLE[0] if one > 8 else "@exploitation",
        what=whats[two % len(whats)],
        reason="afflux" if one != 10 else "",
        anyway=one % 3 > 0,
    )


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
    dialled,
    transferred,
    transferred,
    consulted,
    spoken_with,
    spoken_with,
    service_asked,
    instructed,
    instructed,
    wait_asked,
)
