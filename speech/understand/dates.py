"""Dates of birth, said or written: "le douze mars quarante-six", "12/03/82", "douze zéro trois quatre-vingt-deux".

A year of two digits is the last that is not ahead of us; which year it is now comes from whoever asks.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from speech.understand.numerals import PIECES, Token, is_number, readings

AGE_MOST: Final = 115
MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
            "decembre",
        ),
        1,
    )
    for name in (names,)
}  # fmt: skip
_YEAR_WORDS: Final = 8
# "Mille neuf cent quatre vingt dix huit" has seven.
_BORN: Final = re.compile(r"\b(?:nee?s?|naissance|naquit)\b")


class Said(NamedTuple):
    """A date, its first and last word, and whether its year was said whole."""

    date: datetime.date
    first: int
    last: int
    whole: bool


def dates(found: Sequence[Token], this_year: int) -> list[Said]:
    """The dates of birth among these words, in their order; none overlaps another."""
    kept: list[Said] = []
    at = 0
    while at < len(found):
        best = max(_from(found, at, this_year), key=lambda said: (said.last, said.whole), default=None)
        if best is not None:
            kept.append(best)
        at = best.last + 1 if best else at + 1
    return kept


def _from(found: Sequence[Token], at: int, this_year: int) -> Iterator[Said]:
    """Every date that begins at `at`."""
    words = [token.word for token in found[at : at + 4 + _YEAR_WORDS]]
    named = " ".join(token.word for token in found[max(0, at - 6) : at])
    for day_words in (1, 2, 3):
        day = _number(words[:day_words])
        if not 1 <= day <= 31 or len(words) <= day_words:
            continue
        month = MONTHS.get(words[day_words], 0)
        if month:
            yield from _with_year(words, day_words + 1, day, month, at, this_year)
        elif _BORN.search(named) or all(word.isdecimal() for word in words[: day_words + 2]):
            for month_words in (1, 2):
                month = _number(words[day_words : day_words + month_words])
                if 1 <= month <= 12:
                    yield from _with_year(words, day_words + month_words, day, month, at, this_year)


def _with_year(words: Sequence[str], start: int, day: int, month: int, at: int, this_year: int) -> Iterator[Said]:
    for end in range(start + 1, min(start + _YEAR_WORDS, len(words)) + 1):
        if end < len(words) and is_number(words[end]) and not words[end - 1].isdecimal():
            continue  # half a number is another one
        for year, whole in _years(words[start:end], this_year):
            try:
                born = datetime.date(year, month, day)
            except ValueError:
                continue
            if this_year - AGE_MOST <= year <= this_year:
                yield Said(born, at, at + end - 1, whole)


def _years(words: Sequence[str], this_year: int) -> Iterator[tuple[int, bool]]:
    if "mille" in words or "mil" in words:
        mille = next(at for at, word in enumerate(words) if word in ("mille", "mil"))
        thousands = _number(words[:mille]) if mille else 1
        rest = _number(words[mille + 1 :]) if len(words) > mille + 1 else 0
        if thousands in (1, 2) and 0 <= rest < 1000:
            yield 1000 * thousands + rest, True
        return
    for digits in readings(words, longest=4):
        if len(digits) == 4 and (digits.startswith(("18", "19")) or digits.startswith("20")):
            yield int(digits), True
        elif len(digits) == 2:
            year = this_year - this_year % 100 + int(digits)
            yield (year if year <= this_year else year - 100), False


def _number(words: Sequence[str]) -> int:
    """The one number that all these words are; -1 if they are none. "premier" is 1, "zéro trois" 3."""
    if list(words) == ["premier"] or list(words) == ["1er"]:
        return 1
    if len(words) == 1 and words[0].isdecimal() and len(words[0]) <= 2:
        return int(words[0])
    if len(words) == 2 and words[0] == "zero":
        return int(PIECES.get((words[1],), "-1"))
    return int(PIECES.get(tuple(words), "-1"))
