"""What views begin with: where the kernel stands, and the journal's steps that tell the rest.

A view folds facts; a start at noon needs those of the morning.  Agents are taken from the kernel's rows (one who logged
in last week told so last week), what is still here from its own steps in the journal.  Today's steps are only counted:
that takes a while on a long day, and is done once the pages are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from core import events as e
from core.step import Step
from runtime.kernel import Kernel
from softphone_ui.perform import FirstPicture
from softphone_ui.rows import AgentLine, Past, ServiceLine, ShutLine, day_of
from softphone_ui.takes import words_of

ZONE: Final = ZoneInfo("Europe/Paris")
# Steps of today that a start counts for its figures, beside the open pages: some minutes at half of one core.  A larger
# day's older ones are left out, and the figures say since when they count.
STEPS: Final = 2_000_000


class Steps(Protocol):
    """A journal that can be read."""

    def steps(
        self, interaction: str | None = None, since_seq: int | None = None, until_seq: int | None = None
    ) -> Iterator[Step]: ...


def past(kernel: Kernel) -> Past:
    """Where the kernel stands now; cheap, so that it can be asked on the loop."""
    rows: Any = kernel.mind("acd").agents
    agents = {
        name: AgentLine(
            state=row.state,
            reason=row.reason,
            since_ms=row.since_ms,
            until_at_ms=row.until_at_ms,
            interaction=row.interaction,
            asked=row.asked or "",
            asked_reason=row.asked_reason,
            ordered_by=row.ordered_by,
            ordered_why=row.ordered_why,
            overran=row.overran,
            extended=row.extended,
            preview=row.preview,
        )
        for name, row in rows.items()
    }
    live = {*kernel.mind("calls").calls, *kernel.mind("acd").contacts, *_of_tasks(kernel)}
    live |= {line.interaction for line in agents.values() if line.interaction is not None}
    return Past(
        seq=kernel.seq,
        now_ms=kernel.now_ms,
        agents=agents,
        live=frozenset(live),
        services=_services(kernel.mind("ivr")),
        shut=_shut(kernel.mind("acd")),
        away={name: row.reason for name, row in kernel.mind("calls").trunks.items() if not row.reachable},
        room=_room(kernel.mind("ivr")),
        listened=frozenset(name for name, row in kernel.mind("ivr").dialogues.items() if row.listening),
    )


def _room(state: Any) -> e.SpeechCapacity | None:
    row = state.room.get("now")
    if row is None:
        return None
    return e.SpeechCapacity(cause="past", streams=row.streams, model=row.model, why=row.why, trial=row.trial)


def _shut(state: Any) -> dict[tuple[str, str], ShutLine]:
    """Queues that take nobody new, by queue and organisation."""
    lines = {}
    for key, row in state.shut.items():
        queue, _, tenant = key.rpartition("/")
        lines[(queue, tenant)] = ShutLine(until_at_ms=row.until_at_ms, by=row.by)
    return lines


def _services(state: Any) -> dict[str, ServiceLine]:
    """Hours, messages of the moment and early closings as they stand: told yesterday, perhaps."""
    lines = {}
    for name in {*state.openings, *state.notices, *state.closings}:
        opening, notice, closing = (rows.get(name) for rows in (state.openings, state.notices, state.closings))
        lines[name] = ServiceLine(
            state=opening.state if opening is not None else "open",
            until_at_ms=opening.until_at_ms if opening is not None else None,
            notice=None
            if notice is None
            else words_of(notice.text.key, notice.text.values, notice.until_at_ms, notice.by),
            closed_until_at_ms=closing.until_at_ms if closing is not None else None,
            closed_by=closing.by if closing is not None else "",
        )
    return lines


def _of_tasks(kernel: Kernel) -> Iterator[str]:
    """The interactions that open tasks come from, and writings that are no task yet, or answered: their facts tell."""
    writings = kernel.tables().get("casework.writings")
    for name, writing in writings[0].items() if writings is not None else ():
        if getattr(writing, "arrived", None) is not None or getattr(writing, "answered", False):
            yield name
    table = kernel.tables().get("casework.tasks")
    for row in table[0].values() if table is not None else ():
        interaction: str | None = getattr(row, "interaction", None)
        if interaction is not None:
            yield interaction


def first_picture(now: Past, reading: Steps) -> FirstPicture:
    """`now`, and what tells the rest; reads the journal, here and when its steps are asked for, so off the loop."""
    if now.seq == 0:
        return FirstPicture(now, (), (), None)
    today_ms, _ = day_of(now.now_ms, ZONE)
    first = seq_at(reading, today_ms, now.seq)
    counted_since_ms = None
    if now.seq - first > STEPS:
        first = now.seq - STEPS
        cut = next(iter(reading.steps(since_seq=first, until_seq=first)), None)
        counted_since_ms = cut.now_ms if cut is not None else None
    live = _of(reading, now.live, now.seq)
    before = (step for step in live if step.seq < first)
    return FirstPicture(now, live, chain(before, reading.steps(since_seq=first, until_seq=now.seq)), counted_since_ms)


def _of(reading: Steps, interactions: Iterable[str], until_seq: int) -> list[Step]:
    """The steps of those interactions, each once, in order."""
    found = {
        step.seq: step
        for interaction in interactions
        for step in reading.steps(interaction=interaction, until_seq=until_seq)
    }
    return [found[seq] for seq in sorted(found)]


def seq_at(reading: Steps, at_ms: int, last: int) -> int:
    """The first step that is not before `at_ms`; one past `last` if all are."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        step = next(iter(reading.steps(since_seq=middle, until_seq=min(last, middle + 20))), None)
        if step is not None and step.now_ms >= at_ms:
            high = middle
        else:
            low = middle + 1
    return low
