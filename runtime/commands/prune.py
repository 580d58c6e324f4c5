"""`./allo prune`: takes away what each organisation keeps no longer (block `retention`), and what the journal keeps no
longer (`journal.kept_days`).

May run while the centre does, each night say.  What a call under way or an open task needs stays, however old, and what
a hold keeps.  A list of all that went is written (runtime/upkeep/eliminated.py).
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from core.errors import AlloError, JournalFault
from core.mind import Configurations
from journal.prune import prune
from runtime.crm import open_store, outbox_opener
from runtime.kernel import Kernel
from runtime.memory import fold, make_ledger, make_recordings, pruning
from runtime.places import Places, home
from runtime.settings import Loaded, load
from runtime.upkeep.eliminated import WORDS, Elimination
from runtime.upkeep.retention import DAY_MS, Owners, Purge, needed_by

# A prompt that nobody has in use is made again in a second; one made a moment ago is about to be used.
PROMPT_S: Final = 24 * 3_600


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What went: steps older than `days`, interactions with their keys, prompts; `eliminated` counts by organisation
    and kind what went because its time was over, listed in the file `list`; `held` holds kept something."""

    days: int
    steps: int
    interactions: int
    prompts: int
    eliminated: dict[str, dict[str, int]] = {}
    list: str | None = None
    held: int = 0


def run_prune(config: Path, *, rehearse: bool = False, as_json: bool) -> int:
    """0 with what went, or would go; 1 with the remedy."""
    try:
        loaded = load(config)
        told = pruned(loaded, Places(run=home() / "run"), time.time_ns() // 1_000_000, rehearse=rehearse)
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    if as_json:
        print(msgspec.json.encode(told).decode())
        return 0
    for line in _lines(told, rehearse=rehearse):
        print(line)
    return 0


def _lines(told: Told, *, rehearse: bool) -> Iterator[str]:
    for tenant, kinds in told.eliminated.items():
        counted = ", ".join(f"{count} × {WORDS[kind]}" for kind, count in kinds.items())
        yield f"{tenant or 'sans organisation'} : {counted}."
    if told.held:
        yield f"{told.held} mise(s) de côté en vigueur : ce qu'elles gardent reste (./allo personal holds)."
    if told.list is not None:
        yield f"{'À éliminer' if rehearse else 'Éliminé'}, liste sans donnée personnelle : {told.list}"
    if rehearse:
        yield "Essai : rien n'a été effacé."
        return
    yield f"Plus vieux que {told.days} jours : {told.steps} étapes retirées du journal."
    yield f"{told.interactions} appels oubliés avec leurs clés, {told.prompts} annonces inutilisées effacées."


def pruned(loaded: Loaded, places: Places, now_ms: int, *, rehearse: bool = False) -> Told:
    """Raises AlloError with the remedy; what is gone by then stays gone."""
    settings = loaded.settings.journal
    with (
        pruning(settings, places) as (reader, wire, store, shelf),
        Elimination(places.eliminations, _named(rehearse)) as listed,
    ):
        kernel = fold(reader, wire, Configurations(loaded.centre))
        try:
            ledger = make_ledger(settings, places)
            holds = ledger.holds(now_ms)
            purge = Purge(
                retention=loaded.settings.retention,
                now_ms=now_ms,
                needed=frozenset(needed_by(kernel)),
                held=frozenset(hold.interaction for hold in holds),
                persons=frozenset((hold.tenant, hold.person) for hold in holds),
                listed=listed,
                rehearse=rehearse,
            )
            owners = Owners(reader, ledger, loaded.centre.services)
            purge.keys(shelf, owners)
            purge.recordings(make_recordings(settings, places), owners)
            steps, forgotten = 0, 0
            if not rehearse:
                gone = prune(
                    store.pruning(),
                    shelf,
                    before_ms=now_ms - settings.kept_days * DAY_MS,
                    needed=purge.needed | purge.held,
                )
                purge.journal(gone.interactions, owners, settings.kept_days)
                ledger.forget(gone.interactions)
                steps, forgotten = gone.steps, len(gone.interactions)
        except (SQLAlchemyError, OSError) as error:
            raise JournalFault(
                f"Le journal n'a pas pu être allégé ({store.why(error)}). Relancez ./allo prune : ce "
                "qui est retiré le reste."
            ) from error
        _beside(loaded, places, purge)
    prompts = 0 if rehearse else _drop_prompts(places.prompts, kernel)
    return Told(
        days=settings.kept_days,
        steps=steps,
        interactions=forgotten,
        prompts=prompts,
        eliminated=_by_tenant(listed),
        list=None if listed.path is None else str(listed.path),
        held=len(holds),
    )


def _named(rehearse: bool) -> str:
    return "a-eliminer" if rehearse else "purge"


def _by_tenant(listed: Elimination) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (tenant, kind), count in sorted(listed.counts.items()):
        found.setdefault(tenant, {})[kind] = count
    return found


def _beside(loaded: Loaded, places: Places, purge: Purge) -> None:
    """Records and webhooks, where there are any."""
    records, journal = loaded.settings.records, loaded.settings.journal
    if records.url or places.under(records.path).exists():
        store = open_store(records, places)
        with contextlib.closing(store):
            purge.records(store)
    if not (journal.url or places.outbox.exists()):
        return
    try:
        with contextlib.closing(outbox_opener(loaded, places)()) as outbox:
            purge.webhooks(outbox)
    except (SQLAlchemyError, OSError) as error:
        raise JournalFault(
            f"Les webhooks en attente n'ont pas pu être purgés ({type(error).__name__}). Vérifiez le disque, ou que "
            "PostgreSQL tourne, et relancez ./allo prune."
        ) from error


def _drop_prompts(folder: Path, kernel: Kernel) -> int:
    """Prompts that were made, and that no text of today's says."""
    folder = folder.absolute()
    if not folder.is_dir():
        return 0
    used = {row.path for row in kernel.mind("ivr").prompts.values()}  # without what tells their format
    old = time.time() - PROMPT_S
    made = [file for file in folder.rglob("*") if file.is_file()]
    unused = [file for file in made if str(file.with_suffix("")) not in used and file.stat().st_mtime < old]
    for file in unused:
        file.unlink(missing_ok=True)
    return len(unused)
