"""What is wrong in a configuration, and where: collected while reading, told all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final, NamedTuple

from core.errors import ConfigurationFault

# A file of another kind put in the place of ours would give a fault per line; nobody reads beyond these.
FAULTS_TOLD: Final = 200


class Mark(NamedTuple):
    """A place in a file of the configuration: `file` relative to its directory, line and column from 1."""

    file: str
    line: int = 1
    column: int = 1

    def seen_from(self, other: Mark) -> str:
        """Where this is, for somebody who reads at `other`."""
        return f"ligne {self.line}" if self.file == other.file else f"{self.file}, ligne {self.line}"


class Fault(NamedTuple):
    """One fault: where, in which field (`queues.rsa.offer`), and what with its remedy."""

    mark: Mark
    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.mark.file}:{self.mark.line}:{self.mark.column}: {self.field}: {self.what}"


class Faults:
    """Takes every fault; `raise_if_any` tells them in the order of the files."""

    def __init__(self) -> None:
        self._found: set[Fault] = set()

    def add(self, mark: Mark, field: str, what: str) -> None:
        """`field` and `what` may quote the file: what they hold becomes one short line."""
        self._found.add(Fault(mark, _line(field, 120) or "fichier", _line(what, 400)))

    def take(self, others: Faults) -> None:
        """Adds what `others` found."""
        self._found |= others._found

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """Raises ConfigurationFault with every fault, sorted by file, line and column."""
        if not self._found:
            return
        told = [str(fault) for fault in sorted(self._found)[:FAULTS_TOLD]]
        more = len(self._found) - len(told)
        if more:
            last = max(self._found)
            told.append(f"{last.mark.file}:1:1: fichier: {more} autres fautes, corrigez d'abord celles-ci")
        raise ConfigurationFault(told)


def _line(text: str, most: int) -> str:
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def meant(word: str, known: Iterable[str]) -> str:
    """The remedy for a name that is not known: the nearest one, else all of them if they are few."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"vouliez-vous « {near[0]} » ?"
    if not names:
        return "aucun n'est déclaré"
    if len(names) <= 12:
        return "possibles : " + ", ".join(names)
    return f"{len(names)} sont possibles, voyez le fichier modèle"
