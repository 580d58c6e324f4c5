"""Erasing what is held on a person (RGPD, article 17), and the proof that it was done.

The keys go, and with them every copy of what they sealed; recordings, webhooks that wait and the record go as well.
What stays is a call under way or a task that somebody promised to do, and what a hold keeps: both are told, with the
remedy.  Afterwards everything is read again, as anybody would: nothing may open.  The proof names interactions by
their ids, and nobody.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

import msgspec

from core import ids
from core.ids import InteractionId
from core.personal import PURPOSES
from core.wire import Wire
from crm_bridge.outbox import Outbox
from journal.keys import KeyStore
from journal.reading import Reader
from journal.recordings import SealedRecordings
from journal.shelf import Shelf
from journal.store import Store
from runtime.upkeep.eliminated import Eliminated, Elimination, new_file
from runtime.upkeep.person import Told, told


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: `readable` personal texts open still in what was erased, which must be none."""

    at_ms: int
    by: str
    tenant: str
    sought_by: str
    erased: list[InteractionId]
    recordings: int
    record: bool
    held: list[InteractionId]
    under_way: list[InteractionId]
    readable: int
    list: str = ""
    list_sha256: str = ""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes: the journal's keys, recordings and outbox; `needed` and `held` interactions stay."""

    tenant: str
    store: Store
    shelf: Shelf
    recordings: SealedRecordings
    outbox: Outbox | None
    needed: Collection[InteractionId]
    held: Collection[InteractionId]
    listed: Elimination

    def erase(self, found: list[Told], *, at_ms: int, by: str, sought_by: str, record: bool) -> Proof:
        """Erases what may go of these.  `record`: the record went, too.

        Raises SQLAlchemyError, OSError or JournalFault; begun again, it ends what was begun.
        """
        free = [one for one in found if one.interaction not in self.needed and one.interaction not in self.held]
        names = [one.interaction for one in free]
        messages = [message for one in free for message in one.messages]
        self.listed.add(self._lines(free))
        if names:
            self.shelf.erase([(name, purpose) for name in names for purpose in PURPOSES])
            self.shelf.scrub()
            if self.outbox is not None:
                self.outbox.forget_of(names)
        for message in messages:
            self.recordings.erase(message)
        anew = Reader(self.store, Wire(KeyStore(self.shelf)))
        return Proof(
            at_ms=at_ms,
            by=by,
            tenant=self.tenant,
            sought_by=sought_by,
            erased=names,
            recordings=len(messages),
            record=record,
            held=[one.interaction for one in found if one.interaction in self.held],
            under_way=[one.interaction for one in found if one.interaction in self.needed],
            readable=sum(told(anew, name).readable for name in names),
        )

    def record_line(self, person: str, at_ms: int) -> Eliminated:
        return Eliminated(tenant=self.tenant, kind="records", name=person, at_ms=at_ms, days=0)

    def _lines(self, free: list[Told]) -> list[Eliminated]:
        lines = []
        for one in free:
            at_ms = ids.minted_at_ms(one.interaction) or 0
            kinds = {kind for happened in one.happened for kind, text in happened.personal if text is not None}
            things: list[tuple[str, str]] = [(kind, one.interaction) for kind in sorted(kinds)]
            things += [("messages", message) for message in one.messages]
            lines += [
                Eliminated(tenant=self.tenant, kind=kind, name=name, at_ms=at_ms, days=0) for kind, name in things
            ]
        return lines


def write_proof(proof: Proof, listed: Path | None, folder: Path) -> Path:
    """Beside the list that it vouches for; raises OSError."""
    if listed is not None:
        digest = hashlib.sha256(listed.read_bytes()).hexdigest()
        proof = msgspec.structs.replace(proof, list=listed.name, list_sha256=digest)
    file, descriptor = new_file(folder, "effacement", ".json")
    with open(descriptor, "wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(proof), indent=1) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    return file
