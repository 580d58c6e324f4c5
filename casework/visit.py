"""What is known of the person behind an interaction, from the arrival to what the interaction leaves to do.

The citizen records are asked as soon as the service is known, while the caller hears ringing and the first words, so
that the answer is there before any telephone is offered.  Nobody waits for it: without an answer in time it is `late`,
with records that cannot be asked `away`, and the call goes on.  An answer that comes later all the same is better than
none: it replaces `late` and `away` as long as the interaction lives.  Any other answer stands.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import events as e
from core import ids
from core.events.citizens import Found
from core.ids import InteractionId, TaskId
from core.personal import Personal
from core.table import Table

UNANSWERED: Final[tuple[Found | None, ...]] = (None, "late", "away")
"""What an answer of the records may still improve."""


class Visit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One person reaching us once.  `found` is what the records said, None until they do or are given up.

    `queue` and `topic` are those of the need or of the message; `message` is at `path`, and `kept` once it is listed.
    Who waits has the place of `place_at_ms`.  `left`: the interaction has ended, and left something to do.  `listed`
    counts the tasks that it has opened beside messages: who was promised a call, got through, was cut off and gave up
    is listed again.
    """

    number: Personal | None
    caller_key: str
    arrived_at_ms: int
    service: str = ""
    tenant: str = ""
    discreet: bool = False
    queue: str = ""
    topic: str = ""
    need: e.Need | None = None
    queued: bool = False
    message: str = ""
    path: str = ""
    kept: bool = False
    left: bool = False
    listed: int = 0
    place_at_ms: int = 0
    talking: bool = False
    found: Found | None = None
    record: Personal | None = None
    sought: bool = False
    sought_until_at_ms: int | None = None

    def task(self, interaction: InteractionId, number: int) -> TaskId:
        """The `number`-th task that it opens; the first bears its name."""
        return ids.task(interaction if number == 1 else f"{interaction}-{number}")

    @property
    def known_as(self) -> str:
        """By what this person is known again: not on a number that many share, nor where discretion hides them."""
        return "" if self.discreet or self.found == "shared" else self.caller_key

    @property
    def known_record(self) -> Personal | None:
        """Whose call this is, if the records know one person, and nothing forbids to tell them from others by it."""
        return self.record if self.found == "one" and not self.discreet else None

    @property
    def deadline_ms(self) -> int | None:
        return self.sought_until_at_ms


Visits = Table[InteractionId, Visit]


def change(visits: Visits, interaction: InteractionId, **changes: Any) -> None:
    """Puts the row anew with `changes`; no row, no change."""
    row = visits.get(interaction)
    if row is not None:
        visits.put(interaction, msgspec.structs.replace(row, **changes))


def arrived(visits: Visits, fact: e.CallArrived, now_ms: int) -> None:
    if fact.interaction not in visits:
        row = Visit(number=fact.caller, caller_key=fact.caller_key, arrived_at_ms=now_ms)
        visits.put(fact.interaction, row)


def sought(visits: Visits, fact: e.CitizenSought) -> None:
    change(visits, fact.interaction, sought=True, sought_until_at_ms=fact.until_at_ms)


def found(visits: Visits, fact: e.CitizenFound) -> None:
    row = visits.get(fact.interaction)
    if row is not None and row.found in UNANSWERED:
        change(visits, fact.interaction, found=fact.how, record=fact.record, sought=True, sought_until_at_ms=None)


def named(visits: Visits, fact: e.CitizenNamed) -> None:
    """A person has been asked: that is better than any number.  A number that many share is no less shared for it."""
    row = visits.get(fact.interaction)
    if row is not None:
        how: Found = "shared" if row.found == "shared" else "one"
        change(visits, fact.interaction, found=how, record=fact.record, sought=True, sought_until_at_ms=None)


def deadline(visits: Visits, fact: e.DeadlineReached) -> None:
    """Clears the timer, so that it rings once."""
    change(visits, fact.key, sought_until_at_ms=None)
