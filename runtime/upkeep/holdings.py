"""What one organisation holds on people, opened for the DPO: journal with its keys, records, recordings, outbox."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.citizen import CitizenRecord, Reading, Why
from core.errors import AlloError
from core.mind import Configurations
from core.wire import Wire
from crm_bridge.outbox import Outbox
from crm_bridge.store import Store
from journal.keys import KeyStore
from journal.ledger import Hold, Ledger
from journal.reading import Reader
from journal.recordings import SealedRecordings
from journal.shelf import Shelf
from journal.store import Store as JournalStore
from runtime.callers import SECRET, recogniser
from runtime.crm import open_store, outbox_opener
from runtime.memory import fold, make_ledger, make_recordings, pruning
from runtime.places import Places, Secrets
from runtime.settings import Loaded
from runtime.upkeep.dossier import Dossier, write
from runtime.upkeep.eliminated import Elimination
from runtime.upkeep.erasure import Erasure, Proof, write_proof
from runtime.upkeep.person import Sought, Told, discreet, find, told
from runtime.upkeep.retention import Owners, needed_by
from telephony.numbers import international, kept

ACCOUNT_CHARACTERS = 80


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What is held; `left_out` counts interactions with discreet services."""

    sought: Sought
    told: list[Told]
    record: CitizenRecord | None
    left_out: int


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """`record_held`: the record stays, because a hold keeps it."""

    proof: Proof
    file: Path
    record_held: bool


class Holdings:
    """Of `tenant`, for `by`.  Methods raise AlloError with the remedy, SQLAlchemyError or OSError."""

    def __init__(
        self,
        loaded: Loaded,
        places: Places,
        tenant: str,
        by: str,
        journal: tuple[Reader, Wire, JournalStore, Shelf],
        records: Store,
        outbox: Outbox | None,
    ) -> None:
        self._loaded = loaded
        self._places = places
        self._tenant = tenant
        self._by = f"./allo personal ({by})"[:ACCOUNT_CHARACTERS]
        self._reader, self._wire, self._store, self._shelf = journal
        self._records = records
        self._outbox = outbox
        self.ledger: Ledger = make_ledger(loaded.settings.journal, places)
        self._recordings: SealedRecordings = make_recordings(loaded.settings.journal, places)
        self._recordings.use(KeyStore(self._shelf))

    def find(self, sought: Sought, *, with_discreet: bool) -> Found:
        """Raises AlloError if nothing is held."""
        recognise = recogniser(self._secret())
        names = find(sought, self._reader, recognise, lambda text: international(kept(text)))
        services = self._loaded.centre.services
        whose = Owners(self._reader, self.ledger, services).of(names)
        every = [told(self._reader, name) for name in names if whose[name] == self._tenant]
        everything = with_discreet or bool(sought.interaction)
        open_to = [one for one in every if everything or not discreet(one, services)]
        record = self._records.peek(self._tenant, sought.record) if sought.record else None
        if not open_to and record is None and len(every) == len(open_to):
            raise AlloError("Rien n'est gardé sous ce numéro ou cet identifiant pour cette organisation.")
        return Found(sought=sought, told=open_to, record=record, left_out=len(every) - len(open_to))

    def _secret(self) -> str:
        """By which numbers are known again; one made now would know nobody."""
        try:
            return Secrets(self._places.secrets).known(SECRET)
        except KeyError:
            raise AlloError(
                f"{self._places.secrets} ne porte pas de quoi reconnaître un numéro : lancez cette commande là où "
                "tourne la téléphonie, ou copiez-en ce fichier ici."
            ) from None

    def hand_out(self, found: Found, folder: Path, now_ms: int) -> None:
        """Writes the folder; the access log has it first."""
        if folder.exists():
            raise AlloError(f"{folder} existe déjà : donnez le nom d'un dossier à créer.")
        self._note(found, "export", now_ms)
        of = {one.interaction for one in found.told}
        waiting = self._outbox.listed_of(of) if self._outbox is not None else []
        centre = self._loaded.centre
        dossier = Dossier(
            organisation=centre.tenants[self._tenant].title,
            asked_by={"number": "numéro", "record": "fiche", "interaction": "appel"}[found.sought.by],
            at_ms=now_ms,
            record=found.record,
            accesses=self._records.accesses(self._tenant, found.sought.record) if found.record is not None else [],
            told=found.told,
            services={name: service.title for name, service in centre.services.items()},
            sounds={message: self._recordings.sound(message) for one in found.told for message in one.messages},
            webhooks=[(one.interaction, one.type, one.made_at_ms) for one in waiting],
        )
        write(dossier, folder)

    def erase(self, found: Found, now_ms: int) -> Erased:
        """The proof, and where it is; what is under way or held stays."""
        holds = self.ledger.holds(now_ms)
        kernel = fold(self._reader, self._wire, Configurations(self._loaded.centre))
        self._note(found, "erasure", now_ms)
        person = self._records.keys(self._tenant).pseudonym("person", found.sought.record)
        record_held = found.record is not None and (self._tenant, person) in {(one.tenant, one.person) for one in holds}
        erases_record = found.record is not None and not record_held
        with Elimination(self._places.eliminations, "effacement") as listed:
            erasure = Erasure(
                tenant=self._tenant,
                store=self._store,
                shelf=self._shelf,
                recordings=self._recordings,
                outbox=self._outbox,
                needed=frozenset(needed_by(kernel)),
                held=frozenset(one.interaction for one in holds),
                listed=listed,
            )
            if erases_record:
                listed.add([erasure.record_line(person[:10], now_ms)])
                self._records.erase(self._tenant, found.sought.record)
            proof = erasure.erase(
                found.told, at_ms=now_ms, by=self._by, sought_by=found.sought.by, record=erases_record
            )
            file = write_proof(proof, listed.path, self._places.eliminations)
        return Erased(proof=proof, file=file, record_held=record_held)

    def hold(self, found: Found, why: str, until_ms: int, now_ms: int) -> list[str]:
        """Holds each interaction, and the record; their names."""
        person = self._records.keys(self._tenant).pseudonym("person", found.sought.record)
        kept = [{"interaction": one.interaction} for one in found.told]
        kept += [{"person": person}] if found.record is not None else []
        names = []
        for what in kept:
            names.append(secrets.token_hex(4))
            self.ledger.hold(
                Hold(
                    id=names[-1],
                    tenant=self._tenant,
                    why=why,
                    by=self._by,
                    since_ms=now_ms,
                    until_ms=until_ms,
                    **what,
                )
            )
        return names

    def _note(self, found: Found, why: Why, now_ms: int) -> None:
        if found.record is not None:
            self._records.note(self._tenant, found.sought.record, Reading(agent=self._by, why=why), now_ms)
        for one in found.told:
            reading = Reading(agent=self._by, why=why, interaction=one.interaction)
            self._records.note(self._tenant, f"interaction {one.interaction}", reading, now_ms)


@contextlib.contextmanager
def opened(loaded: Loaded, places: Places, tenant: str, by: str) -> Iterator[Holdings]:
    """Raises AlloError, SQLAlchemyError or OSError."""
    journal = loaded.settings.journal
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(pruning(journal, places))
        records = stack.enter_context(contextlib.closing(open_store(loaded.settings.records, places)))
        outbox = None
        if journal.url or places.outbox.exists():
            outbox = stack.enter_context(contextlib.closing(outbox_opener(loaded, places)()))
        yield Holdings(loaded, places, tenant, by, kept, records, outbox)
