"""The list of what was eliminated, for the departmental archives, the DPO and whoever asks what became of their data.

A CSV file a purge or an erasure, under the run directory's `eliminations/`, never written over.  A line says whose it
was, what it was, of when, how long it was to be kept, and under which visa; never anything of a person: interactions
stand there by their id, records by a keyed pseudonym.  A line is on the disk before what it names is gone: cut off in
between, the next purge lists it again.
"""

from __future__ import annotations

import csv
import os
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from zoneinfo import ZoneInfo

import msgspec

from journal.files import PRIVATE_FILE, private_folder

ZONE: Final = ZoneInfo("Europe/Paris")
COLUMNS: Final = ("organisation", "nature", "identifiant", "date", "nombre", "jours", "visa")
WORDS: Final = {
    "number": "numéro d'appel",
    "name": "nom envoyé par le réseau",
    "keys": "touches composées",
    "words": "paroles",
    "record": "identifiant de fiche dans un appel",
    "note": "note d'agent",
    "messages": "message enregistré",
    "webhooks": "webhook",
    "readings": "consultation de fiche",
    "records": "fiche",
    "journal": "étapes du journal",
}
"""What each kind is called."""


class Eliminated(msgspec.Struct, frozen=True, kw_only=True):
    """`count` things of one `kind`, the youngest of `at_ms`, that `tenant` keeps for `days` (0: erased on request)."""

    tenant: str
    kind: str
    name: str
    at_ms: int
    days: int
    visa: str = ""
    count: int = 1


def new_file(folder: Path, what: str, ending: str) -> tuple[Path, int]:
    """A private file of this second, to append to; two of one second have two names.  Raises OSError."""
    private_folder(folder)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in count():
        file = folder / f"{what}-{stamp}{f'-{number}' if number else ''}{ending}"
        try:
            return file, os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, PRIVATE_FILE)
        except FileExistsError:
            continue
    raise AssertionError("numbers do not end")


class Elimination:
    """The list that is being written; its file appears with the first line.  Raises OSError."""

    def __init__(self, folder: Path, what: str) -> None:
        """`what` begins the name: purge, effacement, a-eliminer."""
        self._folder = folder
        self._what = what
        self._out = -1
        self.path: Path | None = None
        self.counts: Counter[tuple[str, str]] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._out >= 0:
            os.close(self._out)
            self._out = -1

    def add(self, lines: Iterable[Eliminated]) -> None:
        """Returns when they are on the disk."""
        rows = []
        for line in lines:
            self.counts[(line.tenant, line.kind)] += line.count
            rows.append(_row(line))
        if not rows:
            return
        if self._out < 0:
            self._begin()
        with open(os.dup(self._out), "a", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows(rows)
        os.fsync(self._out)

    def _begin(self) -> None:
        self.path, self._out = new_file(self._folder, self._what, ".csv")
        os.write(self._out, (";".join(COLUMNS) + "\r\n").encode())


def _row(line: Eliminated) -> tuple[str, ...]:
    day = datetime.fromtimestamp(line.at_ms / 1000, ZONE)
    kind = WORDS.get(line.kind, line.kind)
    kept = str(line.days) if line.days else "sur demande"
    return line.tenant, kind, line.name, f"{day:%Y-%m-%d}", str(line.count), kept, line.visa
