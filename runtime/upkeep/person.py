"""Everything that a centre holds on one person, found: by a telephone number, a record, or one interaction.

By a number are found the interactions that came from it or concern it, also those whose number is erased already, for
its pseudonym stands in them; by a record, those in which it was recognised or named.  Only those of the organisation
that was asked: what another holds, it answers for itself.

A number is not a person.  Those of a discreet service are left out unless somebody who has seen the person says so:
whoever lives with a caller has their telephone in hand, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, Protocol

import msgspec

from core import events as e
from core.centre import Service
from core.events.base import Event
from core.ids import InteractionId
from core.personal import Personal, Purpose
from core.ports import Recognise
from core.step import EVENTS, Step
from runtime.telling.story import about, phrase

_AGENT: Final = "un agent"
# Who of us did it: the person is told that somebody did, and an auditor whom (./allo audit).
_OURS: Final = ("agent", "by", "colleague")
# What says nothing of the person: how lines, machines and our own decisions went about it.
_TECHNICAL: Final = (
    e.PromptAwaited,
    e.PromptReady,
    e.PlaybackStarted,
    e.PlaybackEnded,
    e.ListeningStarted,
    e.OrderDone,
    e.OrderFailed,
    e.OrderRefused,
    e.DeadlineReached,
    e.RequestAnswered,
    e.AnnouncementDue,
    e.AnnouncementEnded,
    e.Broken,
)


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three: a number (E.164), a record's id, an interaction's id."""

    number: str = ""
    record: str = ""
    interaction: InteractionId = ""

    @property
    def by(self) -> str:
        return next(name for name in ("number", "record", "interaction") if getattr(self, name))


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the journal tells of an interaction; `personal` by purpose, None where the key is erased."""

    at_ms: int
    what: str
    personal: tuple[tuple[Purpose, str | None], ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal tells of one interaction; `service` is a name of the configuration, empty if none answered."""

    interaction: InteractionId
    service: str
    happened: tuple[Happened, ...]
    messages: tuple[str, ...]

    @property
    def readable(self) -> int:
        """How many personal texts still open."""
        return sum(text is not None for one in self.happened for _, text in one.personal)


class Journal(Protocol):
    """One that can be read."""

    def steps(
        self,
        interaction: InteractionId | None = None,
        since_seq: int | None = None,
        until_seq: int | None = None,
        holding: Collection[str] = (),
    ) -> Iterator[Step]: ...


def find(sought: Sought, journal: Journal, recognise: Recognise, same: Callable[[str], str]) -> list[InteractionId]:
    """The interactions meant, in the order in which they began; `same` makes a number as it was typed comparable.

    The whole journal is read, some minutes for a million calls.  Raises JournalFault.
    """
    if sought.interaction:
        return [sought.interaction] if next(journal.steps(sought.interaction), None) is not None else []
    key = recognise(sought.number) if sought.number else ""
    purpose: Purpose = "number" if sought.number else "record"
    found: dict[InteractionId, None] = {}
    for step in journal.steps(holding=_holding(purpose)):
        for fact in (step.input, *step.facts):
            of = about(fact)
            if of is None or of in found:
                continue
            texts = {text for kind, text in personal(fact) if kind == purpose and text}
            if sought.record:
                hit = sought.record in texts
            else:
                hit = getattr(fact, "caller_key", "") == key or sought.number in {same(text) for text in texts}
            if hit:
                found[of] = None
    return sorted(found)


def told(journal: Journal, interaction: InteractionId) -> Told:
    """Raises JournalFault."""
    happened: list[Happened] = []
    messages: dict[str, None] = {}
    service = ""
    for step in journal.steps(interaction):
        for fact in (step.input, *step.facts):
            if about(fact) != interaction:
                continue
            service = service or getattr(fact, "service", "")
            if isinstance(fact, e.MessageRecorded) and fact.duration_ms:
                messages[fact.message] = None
            texts = tuple(personal(fact))
            if texts or not isinstance(fact, _TECHNICAL):
                happened.append(Happened(at_ms=step.now_ms, what=phrase(_nameless(fact)), personal=texts))
    return Told(interaction=interaction, service=service, happened=tuple(happened), messages=tuple(messages))


def discreet(one: Told, services: Mapping[str, Service]) -> bool:
    """Whether that somebody called there must not be learnt from their telephone."""
    service = services.get(one.service)
    return service is not None and service.discreet


def personal(fact: Event) -> Iterator[tuple[Purpose, str | None]]:
    """The personal texts of a fact, with what each is kept for."""
    for field in fact.__struct_fields__:
        value = getattr(fact, field)
        if isinstance(value, Personal):
            yield value.purpose, value.text


def _nameless(fact: Event) -> Event:
    ours: dict[str, Any] = {field: _AGENT for field in _OURS if getattr(fact, field, None)}
    return msgspec.structs.replace(fact, **ours)


def _holding(purpose: Purpose) -> list[str]:
    """Facts in which such a person may be named: looked for as text before anything is decoded."""
    fields = {"number": ("caller", "number", "caller_key"), "record": ("record",)}[purpose]
    return [name for name, fact in EVENTS.items() if any(field in fact.__struct_fields__ for field in fields)]
