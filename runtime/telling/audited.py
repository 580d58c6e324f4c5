"""The audit that the journal keeps: what was ordered and why, which messages were heard, what looked unusual.

For auditors (`./allo audit`) and, within their walls, for supervisors (`GET /api/audit`, also as CSV).  Who was looked
up in the records stands in the records' own access log, and is for `./allo audit` alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from core import events as e
from core.centre import Centre
from core.events.base import Event
from core.step import Step
from runtime.scaled.first_picture import seq_at
from runtime.telling.story import phrase

ZONE: Final = ZoneInfo("Europe/Paris")

KEPT: Final = ("MessageHeard", "LookUpsUnusual", "InstructionGiven", "FraudSuspected")
"""What is looked for; the rest of the journal need not be decoded."""

ABOUT: Final = (e.ContactMoved, e.ContactRanked, e.ContactGiven, e.AgentForced, e.QueueShut, e.QueueReopened)
"""What follows from an order, and says for which organisation it was."""

WISHED: Final[dict[type[e.Instruction], str]] = {
    e.Move: "déplacer vers {what.queue}",
    e.Rank: "priorité {what.priority}",
    e.Give: "donner à {what.agent}",
    e.Force: "état de {what.agent}",
    e.Shut: "fermer la file {what.queue}",
    e.Reopen: "rouvrir la file {what.queue}",
}
"""What was asked for, where nothing came of it."""

NATURES: Final = {
    "offer": "appel proposé",
    "call": "en conversation",
    "search": "recherche par nom",
    "task": "rappel",
    "export": "export (RGPD)",
    "erasure": "effacement",
    "message": "écoute du message",
    "order": "consigne",
    "alert": "alerte",
}
HEADINGS: Final = ("Date", "Heure", "Qui", "Nature", "Quoi", "Motif", "Refusé car", "Interaction")
# A spreadsheet takes a cell that begins so for a formula, and runs it: whoever wrote it chose a name or a reason.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One look, one order, or one alert.  `person` tells persons apart without naming them; it is empty for a message.

    `what` was ordered because of `reason`, and `refused` (a key of the pages' texts) if not done.
    """

    at_ms: int
    agent: str
    why: str
    interaction: str | None
    person: str = ""
    what: str = ""
    reason: str = ""
    refused: str = ""


class Journal(Protocol):
    """A journal that can be searched."""

    def last_seq(self) -> int: ...

    def steps(
        self,
        interaction: str | None = None,
        since_seq: int | None = None,
        until_seq: int | None = None,
        holding: Collection[str] = (),
    ) -> Iterator[Step]: ...


def audited(journal: Journal, centre: Centre, tenants: Collection[str], since_ms: int) -> Iterator[Line]:
    """What concerns one of the organisations, by time.  Raises JournalFault."""
    first = seq_at(journal, since_ms, journal.last_seq())
    for step in journal.steps(since_seq=first, holding=KEPT):
        fact = step.input
        if isinstance(fact, e.MessageHeard) and fact.tenant in tenants:
            if any(isinstance(answer, e.RequestAnswered) and answer.done for answer in step.facts):
                yield Line(at_ms=step.now_ms, agent=fact.agent, why="message", interaction=fact.interaction)
        elif isinstance(fact, e.LookUpsUnusual):
            if fact.tenant in tenants:
                yield Line(at_ms=step.now_ms, agent=fact.agent or "-", why="alert", interaction=None, what=phrase(fact))
        elif isinstance(fact, e.InstructionGiven):
            yield from _order(step, fact, centre, tenants)
        for alert in step.facts:
            if isinstance(alert, e.FraudSuspected) and _shared(_of(centre, alert.agent), tenants):
                yield Line(at_ms=step.now_ms, agent=alert.agent, why="alert", interaction=None, what=phrase(alert))


def _order(step: Step, given: e.InstructionGiven, centre: Centre, tenants: Collection[str]) -> Iterator[Line]:
    """An order as far as it concerned these organisations; one that was refused concerns those of whoever gave it."""
    came = [(fact, _concerned(centre, fact)) for fact in step.facts if isinstance(fact, ABOUT)]
    theirs = [phrase(fact) for fact, whose in came if _shared(whose, tenants)]
    if not theirs and (came or not _shared(_of(centre, given.by), tenants)):
        return
    refusals = [fact.reason for fact in step.facts if isinstance(fact, e.RequestAnswered) and not fact.done]
    yield Line(
        at_ms=step.now_ms,
        agent=given.by,
        why="order",
        interaction=getattr(given.what, "interaction", None),
        what=", ".join(dict.fromkeys(theirs)) or WISHED[type(given.what)].format(what=given.what),
        reason=given.reason,
        refused="" if came else next(iter(refusals), ""),
    )


def _concerned(centre: Centre, fact: Event) -> tuple[str, ...]:
    if isinstance(fact, e.ContactMoved | e.ContactRanked):
        return (fact.need.tenant,)
    if isinstance(fact, e.ContactGiven | e.QueueShut | e.QueueReopened):
        return (fact.tenant,)
    return _of(centre, fact.agent) if isinstance(fact, e.AgentForced) else ()


def _of(centre: Centre, agent: str) -> tuple[str, ...]:
    """The organisations of somebody; one who has left the configuration is everybody's to look at."""
    row = centre.agents.get(agent)
    return row.tenants if row is not None else tuple(centre.tenants)


def _shared(some: Collection[str], others: Collection[str]) -> bool:
    return not set(some).isdisjoint(others)


def as_csv(lines: Iterable[Line], words: Callable[[str], str]) -> str:
    """For a spreadsheet of this country: semicolons, days as they are written here, no cell that it would run.

    `words` says why something was refused.
    """
    text = io.StringIO()
    table = csv.writer(text, delimiter=";", lineterminator="\r\n")
    table.writerow(HEADINGS)
    for line in lines:
        when = datetime.fromtimestamp(line.at_ms / 1000, ZONE)
        what = line.what or (f"personne {line.person}" if line.person else "message")
        why_not = words(line.refused) if line.refused else ""
        row = (line.agent, NATURES.get(line.why, line.why), what, line.reason, why_not, line.interaction or "")
        table.writerow((f"{when:%d/%m/%Y}", f"{when:%H:%M:%S}", *map(harmless, row)))
    return text.getvalue()


def harmless(cell: str) -> str:
    """The cell as text, whatever it begins with: blanks before a formula do not hide it."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(FORMULA) else cell
