"""What agents, supervisors and those who have the machine may do at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from core import events as e
from core import ids
from core.centre import AgentWish
from core.events.base import Event
from core.events.hours import ServiceWish
from core.personal import Personal
from core.text import say
from tests import centres

if TYPE_CHECKING:
    from tests.properties.streams import Stream

PEOPLE: Final = tuple(agent.name for agent in centres.AGENTS)
PHONES: Final = tuple(agent.phone for agent in centres.AGENTS)
WISHES: Final = get_args(AgentWish)
NUMBERS: Final = ("06 39 98 00 00", "01 99 00 12 34", "15", "08 99 12 34 56", "3949", "?")
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
    ("secours", "entry"),
)


def somebody(stream: Stream, one: int) -> str:
    """An interaction that was, is, or will be the next."""
    return centres.interaction(one % max(1, stream.arrived) + 1)


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


def helped(stream: Stream, one: int, two: int) -> Event:
    """Whoever talks calls an emergency service, mostly; with one, they leave, or call it off."""
    talks = [(key, call) for key, call in stream.kernel.mind("calls").calls.items() if call.state == "connected"]
    with_help = [(key, call) for key, call in talks if call.help is not None]
    among = with_help or talks
    interaction, call = among[one % len(among)] if among else (somebody(stream, one), None)
    wish: e.HelpWish = "bring" if not with_help or one < 2 else "leave" if two % 4 else "dismiss"
    return e.HelpAsked(
        cause="pages",
        request="page-1" if two % 2 else "",
        agent=call.agent_leg.agent if call is not None and call.agent_leg is not None and two else PEOPLE[two % 3],
        interaction=interaction,
        to=("secours", "secours", "secours", "mdph", "inconnu")[two % 5] if wish == "bring" else "",
        wish=wish,
    )


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


def named(stream: Stream, one: int, two: int) -> Event:
    """An agent who has asked who is speaking, in their conversation or in one of others."""
    interaction = somebody(stream, one)
    record = Personal(interaction, "record", f"fiche-{two}")
    return e.CitizenNamed(
        cause="pages", interaction=interaction, agent=PEOPLE[two % 3], record=record, request=f"n{one}-{two}"
    )


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


def work_answered(stream: Stream, one: int, two: int) -> Event:
    """What is before somebody's eyes is taken, or given back; now and then it is before nobody's; or a draft."""
    rows = stream.kernel.mind("acd").agents.items()
    offered = [(name, row.preview) for name, row in rows if row.preview]
    in_hand = [(name, task) for name, row in rows for task in row.tasks]
    if two % 4 == 3:
        agent, task = in_hand[one % len(in_hand)] if in_hand else (PEOPLE[0], "t")
        interaction = task[:36] if in_hand else somebody(stream, one)
        draft = Personal(interaction, "note", "rappeler demain") if two > 5 else None
        return e.WorkDrafted(
            cause="pages", request=f"d{one}-{two}", agent=agent, task=task, interaction=interaction, draft=draft
        )
    agent, task = offered[one % len(offered)] if offered and two < 11 else (PEOPLE[one % 3], "t")
    return e.WorkAnswered(
        cause="pages",
        request=f"w{one}-{two}",
        agent=agent,
        task=task,
        take=two % 3 > 0,
        reason="" if two % 3 else "autre",
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
