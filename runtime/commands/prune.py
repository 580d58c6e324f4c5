"""`./allo prune`: takes out what is older than the configuration keeps (`journal.kept_days`).

May run while the centre does, each night say.  What a call under way or an open task needs stays, however old.
"""

from __future__ import annotations

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
from runtime.kernel import Kernel
from runtime.memory import fold, pruning
from runtime.places import Places, home
from runtime.settings import Loaded, load

DAY_MS: Final = 86_400_000
# A prompt that nobody has in use is made again in a second; one made a moment ago is about to be used.
PROMPT_S: Final = 24 * 3_600


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What went: steps, interactions with their keys, prompts."""

    days: int
    steps: int
    interactions: int
    prompts: int


def run_prune(config: Path, *, as_json: bool) -> int:
    """0 with what went; 1 with the remedy."""
    try:
        loaded = load(config)
        told = pruned(loaded, Places(run=home() / "run"), time.time_ns() // 1_000_000)
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    if as_json:
        print(msgspec.json.encode(told).decode())
        return 0
    print(f"Plus vieux que {told.days} jours : {told.steps} étapes retirées du journal.")
    print(f"{told.interactions} appels oubliés avec leurs clés, {told.prompts} annonces inutilisées effacées.")
    return 0


def pruned(loaded: Loaded, places: Places, now_ms: int) -> Told:
    """Raises AlloError with the remedy."""
    settings = loaded.settings.journal
    with pruning(settings, places) as (reader, wire, store, shelf):
        kernel = fold(reader, wire, Configurations(loaded.centre))
        before_ms = now_ms - settings.kept_days * DAY_MS
        try:
            gone = prune(store.pruning(), shelf, before_ms=before_ms, needed=frozenset(_needed(kernel)))
        except SQLAlchemyError as error:
            raise JournalFault(
                f"Le journal n'a pas pu être allégé ({store.why(error)}). Relancez ./allo prune : ce "
                "qui est retiré le reste."
            ) from error
    prompts = _drop_prompts(places.prompts, kernel)
    return Told(days=settings.kept_days, steps=gone.steps, interactions=gone.interactions, prompts=prompts)


def _needed(kernel: Kernel) -> Iterator[str]:
    """Every interaction that the state still speaks of: calls under way, open tasks and orders, and so on."""
    for table, _kind in kernel.tables().values():
        for key, row in table.items():
            yield key
            for name in ("interaction", "interactions", "lane"):
                named = getattr(row, name, None)
                if isinstance(named, str):
                    yield named
                elif isinstance(named, tuple):
                    yield from named


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
