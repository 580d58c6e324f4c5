"""What the kernel's surroundings must offer, as Protocols: edges implement them, runtime plugs them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, runtime_checkable

import msgspec

from core.centre import Centre
from core.citizen import CitizenRecord, Reading
from core.commands import Command, Order
from core.events.base import Event
from core.events.dialogue import Need
from core.events.distribution import Wait
from core.ids import InteractionId
from core.personal import Purpose
from core.step import Step

Submit = Callable[[Event], None]
"""Hands a fact to the loop; never blocks."""

Mint = Callable[[], InteractionId]
"""A new interaction's id, from the loop."""

Turns = Callable[[Centre, Need, int, int], tuple[int, ...]]
"""By which those who wait in one queue are sorted, the smallest first: (configuration, need, arrived at, now)."""

Recognise = Callable[[str], str]
"""The pseudonym of a number in E.164: the same for each of its calls, and no way back to it."""


class Sealer(Protocol):
    """Seals personal text under the key of (interaction, purpose)."""

    def seal(self, of: InteractionId, purpose: Purpose, text: str) -> bytes:
        """The sealed text; makes the key when there is none yet."""

    def open(self, of: InteractionId, purpose: Purpose, sealed: bytes) -> str | None:
        """The text; None once its key is erased."""


class Recordings(Protocol):
    """What callers have recorded, each sealed under the key of its interaction for `words`.

    Every call waits for a disk or a database: from a thread that may.  All raise JournalFault if that refuses.
    """

    def keep(self, message: str, sound: bytes) -> None:
        """Keeps the WAV file `sound`; on return it can be heard after any crash.  Once more replaces it."""

    def sound(self, message: str) -> bytes | None:
        """The WAV file; None if there is none, or its key is erased."""

    def erase(self, message: str) -> None:
        """The recording is no more; one that is gone already is no fault."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What an interaction's choices were and why, as JSON would have it; for those who answer for `tenant`."""

    tenant: str
    told: dict[str, Any]


class Explains(Protocol):
    """Tells why somebody was given to whom, and why somebody still waits."""

    def history(self, interaction: InteractionId) -> History | None:
        """From the journal, so from a thread that may wait; None if there is no such interaction.  Raises
        JournalFault."""

    def waiting(self, wait: Wait, now_ms: int) -> dict[str, Any]:
        """The kernel's answer with its words."""

    def audit(self, tenants: frozenset[str], since_ms: int) -> list[dict[str, Any]]:
        """Orders, listenings and alerts of these organisations, by time; as `history`, from a thread that may wait."""

    def audit_csv(self, tenants: frozenset[str], since_ms: int) -> str:
        """The same for a spreadsheet."""


class Edge(Protocol):
    """A way in and out: performs its commands, and tells what it sees through `submit`."""

    name: str
    performs: tuple[type[Command], ...]

    async def start(self, submit: Submit, mint: Mint) -> None:
        """Goes to work; returns when ready, or raises with the remedy."""

    async def stop(self) -> None:
        """Leaves; what waits in Asterisk goes on waiting."""

    async def perform(self, order: Order) -> Event:
        """Carries one order out: OrderDone, OrderRefused or OrderFailed."""


@runtime_checkable
class AwayEdge(Protocol):
    """An edge in another process, as the kernel's process sees it."""

    name: str
    performs: tuple[type[Command], ...]

    def send(self, order: Order) -> Event | None:
        """Sends one order off; how it ended, if it cannot be sent.  Never blocks."""


@runtime_checkable
class Hearer(Protocol):
    """An edge that wants to know what was decided (views, webhooks): it is given every kept step, in order."""

    def hear(self, step: Step) -> None:
        """Takes one kept step; never blocks."""


class Journal(Protocol):
    """Keeps steps; see journal/log.py for the promises."""

    def keep(self, steps: Iterable[Step]) -> None:
        """Takes steps to be kept, in order; never blocks."""

    async def kept(self, seq: int) -> bool:
        """Waits until the step `seq` is kept; False if the journal cannot keep it in time."""


class Records(Protocol):
    """Citizen records, for pages.  Every answer with a person in it is noted in the access log before it is given.

    `tenant` is a wall: the records of another are not found.  Raises LinkDown if the records are away.
    """

    async def record(self, tenant: str, record: str, reading: Reading) -> CitizenRecord | None:
        """The record of this name; None if there is none (any more)."""

    async def confirm(self, tenant: str, record: str, number: str) -> bool:
        """Notes that the person said just now that `number` (E.164) is theirs: it opens the record from then on.

        False if it is not among the numbers of the record."""

    async def search(self, tenant: str, name: str, birth_date: str, reading: Reading) -> tuple[CitizenRecord, ...]:
        """Those of that family name (of use or of birth) born on that day (year-month-day), a few at most: how a
        person is found whose number is withheld, shared or unknown.  Never by the name alone."""
