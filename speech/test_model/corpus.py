"""Sentences of callers, drawn from the patterns of phrases.txt; its head says how they are written."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

PHRASES: Final = Path(__file__).with_name("phrases.txt")

_LIST: Final = re.compile(r"(\w+):(.*)")
_PATTERN: Final = re.compile(r"(\d+) (.+)")
_PLACE: Final = re.compile(r"\((\w+)(\??)\)")


class BadPhrases(ValueError):
    """phrases.txt cannot be read; the message names the line."""


@dataclass(frozen=True)
class Corpus:
    """`lists` by name, and `patterns` with how often each is said."""

    lists: Mapping[str, tuple[str, ...]]
    patterns: tuple[tuple[str, int], ...]

    def sentences(self, count: int, seed: int) -> list[str]:
        """`count` sentences, the same for the same seed."""
        lot = random.Random(seed)
        patterns, weights = zip(*self.patterns, strict=True)
        return [self._filled(pattern, lot) for pattern in lot.choices(patterns, weights, k=count)]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word that may be said, sorted."""
        texts = [pattern for pattern, _ in self.patterns] + [one for some in self.lists.values() for one in some]
        return tuple(sorted({word for text in texts for word in _PLACE.sub(" ", text).split()}))

    def _filled(self, pattern: str, lot: random.Random) -> str:
        def one(place: re.Match[str]) -> str:
            name, optional = place.groups()
            return "" if optional and lot.random() < 0.5 else self._filled(lot.choice(self.lists[name]), lot)

        return " ".join(_PLACE.sub(one, pattern).split())


def read_corpus(file: Path = PHRASES) -> Corpus:
    """The corpus of `file`.  Raises BadPhrases."""
    lists: dict[str, tuple[str, ...]] = {}
    patterns: list[tuple[str, int]] = []
    for number, line in _logical_lines(file.read_text(encoding="utf-8")):
        if match := _LIST.fullmatch(line):
            lists[match[1]] = tuple(one.strip() for one in match[2].split("|") if one.strip())
        elif match := _PATTERN.fullmatch(line):
            patterns.append((match[2].strip(), int(match[1])))
        else:
            raise BadPhrases(f"{file.name}:{number}: neither a list nor a pattern, was {line!r}")
    texts = [pattern for pattern, _ in patterns] + [one for some in lists.values() for one in some]
    if unknown := {name for text in texts for name, _ in _PLACE.findall(text)} - lists.keys():
        raise BadPhrases(f"{file.name}: no such list, was {', '.join(sorted(unknown))}")
    return Corpus(lists, tuple(patterns))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, continuations joined, each with the number of its first."""
    pending: tuple[int, str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" ") and pending:
            pending = pending[0], f"{pending[1]} {line.strip()}"
            continue
        if pending:
            yield pending
        pending = number, line.rstrip()
    if pending:
        yield pending
