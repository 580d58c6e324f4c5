"""Numbers as they are said: "zéro six trente-neuf", "o six 39", "double zéro", "septante"; and the way back.

Spoken numbers are ambiguous: "soixante dix" is 70 or 60 10.  `readings` therefore gives every string of digits that
some words may mean, the one of fewest pieces first; who knows how long the number must be picks theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from speech.understand.normalise import folded

READINGS_MOST: Final = 48
"""Kept at each word: a telephone number said in pairs of 60-99 has 32 (2 to the 5)."""
DIGITS_MOST: Final = 20
"""Of one reading; the longest number that we know has 18 (housing)."""

_TENS: Final = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante"}
_SMALL: Final = (
    (
        "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
        " dix-sept dix-huit dix-neuf"
    )
    .replace("-", "_")
    .split()
)
_ELSEWHERE: Final = {70: ("septante",), 80: ("huitante", "octante"), 90: ("nonante",)}
_REPEATED: Final = {"double": 2, "triple": 3}
_AMISS: Final = {"vingts": "vingt", "vin": "vingt", "cents": "cent", "o": "zero", "zeros": "zero", "une": "un"}
"""What recognisers write for what was said."""

_WORD: Final = re.compile(r"[^\W_]+")


class Token(NamedTuple):
    """A word of a text, folded, and where it stands in the text."""

    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The words of `text` with their places."""
    return [Token(folded(found[0]), *found.span()) for found in _WORD.finditer(text)]


def below_hundred(number: int) -> str:
    """`number`, 0-99, as it is said in France, without accents: the speller of tests and of what we say back."""
    if number < 20:
        return _SMALL[number].replace("_", " ")
    ten, unit = number // 10 * 10, number % 10
    if ten in (70, 90):
        ten, unit = ten - 10, unit + 10
    if ten == 80:
        return "quatre vingt" + (f" {below_hundred(unit)}" if unit else "")
    joint = " et " if unit in (1, 11) else " "
    return _TENS[ten] + (joint + below_hundred(unit) if unit else "")


def in_pairs(digits: str) -> str:
    """`digits`, an even number of them, as people say them: "zero six trente neuf …"."""
    return " ".join(
        f"zero {below_hundred(int(pair[1]))}" if pair[0] == "0" else below_hundred(int(pair))
        for pair in (digits[at : at + 2] for at in range(0, len(digits), 2))
    )


def _pieces() -> dict[tuple[str, ...], str]:
    """Everything that is one number, 0-999, by its words."""
    two: dict[tuple[str, ...], str] = {}
    for number in range(100):
        said = below_hundred(number)
        two[tuple(said.split())] = str(number)
        two[tuple(said.replace(" et ", " ").split())] = str(number)
    for ten, names in _ELSEWHERE.items():
        for name in names:
            two[(name,)] = str(ten)
            for unit in range(1, 10):
                two[(name, _SMALL[unit])] = str(ten + unit)
                two[(name, "et", _SMALL[unit])] = str(ten + unit)
    three = dict(two)
    for hundred in range(1, 10):
        head = ("cent",) if hundred == 1 else (_SMALL[hundred], "cent")
        three[head] = f"{hundred}00"
        three.update({(*head, *rest): f"{hundred}{int(n):02}" for rest, n in two.items() if n != "0"})
    return three


PIECES: Final = _pieces()
_LONGEST: Final = max(map(len, PIECES))
_VOCABULARY: Final = frozenset(word for piece in PIECES for word in piece) - {"et"}


def is_number(word: str) -> bool:
    """Whether a folded word belongs to a number."""
    return word.isdecimal() or _AMISS.get(word, word) in _VOCABULARY or word in _REPEATED


def readings(words: Sequence[str], longest: int = DIGITS_MOST) -> list[str]:
    """Every string of at most `longest` digits that all `words` may mean, of fewest pieces first; empty: no number.
    Letters "a" and "b" stand for themselves (départements 2A and 2B)."""
    return readings_to(words, longest)[-1]


def readings_to(words: Sequence[str], longest: int = DIGITS_MOST) -> list[list[str]]:
    """The readings of the first 0, 1, 2 … of these words."""
    plain = [_AMISS.get(word, word) for word in words]
    at: list[dict[str, int]] = [{"": 0}] + [{} for _ in plain]
    for start in range(len(plain)):
        kept = sorted(at[start].items(), key=lambda reading: reading[1])[:READINGS_MOST]
        for end, digits in _next(plain, start) if kept else ():
            for before, pieces in kept:
                reading = before + digits
                if len(reading) <= longest:
                    at[end][reading] = min(pieces + 1, at[end].get(reading, pieces + 1))
    return [[digits for digits, _ in sorted(ways.items(), key=lambda reading: reading[1])] for ways in at]


def _next(plain: Sequence[str], start: int) -> list[tuple[int, str]]:
    """The pieces that may begin at `start`: where each ends, and its digits."""
    word = plain[start]
    if word in ("a", "b") or _DIGITS.fullmatch(word):
        return [(start + 1, word.upper())]
    if word in _REPEATED and start + 1 < len(plain):
        unit = PIECES.get((plain[start + 1],), "")
        return [(start + 2, unit * _REPEATED[word])] if len(unit) == 1 else []
    if plain[start + 1 : start + 2] == ["fois"]:
        unit = PIECES.get(tuple(plain[start + 2 : start + 3]), "")
        return [(start + 3, unit * int(PIECES[(word,)]))] if word in ("deux", "trois") and len(unit) == 1 else []
    found = []
    for end in range(start + 1, min(start + _LONGEST, len(plain)) + 1):
        digits = PIECES.get(tuple(plain[start:end]))
        if digits is not None:
            found.append((end, digits))
    return found


_DIGITS: Final = re.compile(r"[0-9]+|[0-9]*2[ab][0-9]*")
