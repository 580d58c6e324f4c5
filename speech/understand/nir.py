"""The number of social security (NIR) is hidden before anything is kept: we may not have it, and never ask for it.

People dictate it all the same.  Where words may be a NIR, or the better part of one, all their digits go: hiding a
file number too much costs a question, keeping a NIR breaks the law (decree 2019-341).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from speech.understand.numerals import Token, is_number, readings, readings_to, tokens

HIDDEN: Final = "[numéro de sécurité sociale masqué]"
"""What stands in its place."""

_FILLERS: Final = frozenset(
    [
        "euh",
        "heu",
        "hein",
        "alors",
        "donc",
        "puis",
        "et",
        "apres",
        "ensuite",
        "espace",
        "tiret",
        "point",
        "la",
        "cle",
        "clef",
        "c",
        "est",
        "attendez",
        "voila",
        "oui",
        "de",
        "barre",
        "virgule",
        "fois",
    ]
)
FILLERS_MOST: Final = 3
"""Words between two numbers of one dictation; more is another sentence."""
WORDS_MOST: Final = 60
"""Of one dictation: 15 digits one by one with a filler each are 30.  What is longer is hidden unread."""

_WHOLE: Final = re.compile(r"[12]\d\d(?:0[1-9]|1[0-2]|[2-3]\d|4[0-2]|[5-9]\d)(?:\d\d|2[AB])\d{6}(?:\d\d)?")
_LIKE: Final = re.compile(r"[12]\d{4}(?:\d\d|2[AB])\d{6,13}")
_SHORT: Final = re.compile(r"[12]\d\d(?:0[1-9]|1[0-2])(?:\d\d|2[AB])\d{4,5}")
# Who names it says it: then even a part of it is hidden.
_NAMED: Final = re.compile(r" (?:(?:numero|num|no|n) (?:de )?(?:la |ma )?(?:securite|secu)(?: sociale)?|nir) ")
_TELEPHONES: Final = re.compile(r"(?:0[1-9]\d{8}){1,4}")
NAMED_WORDS: Final = 8
"""After its name, before its first digit: "mon numéro de sécu alors attendez je vous le donne c'est le"."""
NAMED_DIGITS: Final = 5


def masked(text: str) -> str:
    """`text` with every NIR hidden; the rest is untouched."""
    found = tokens(text)
    kept, at = [], 0
    for first, last in _dictated(found):
        if _is_hidden(found, first, last):
            kept += [text[at : found[first].start], HIDDEN]
            at = found[last].end
    return "".join((*kept, text[at:]))


def _dictated(found: Sequence[Token]) -> list[tuple[int, int]]:
    """Where numbers are said: first and last word of each, fillers between them, none around."""
    runs: list[tuple[int, int]] = []
    for at, token in enumerate(found):
        if not (_holds_digits(token.word) or is_number(token.word) or _is_corsican(found, at)):
            continue
        if runs and _only_fillers(found[runs[-1][1] + 1 : at]):
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs


def _holds_digits(word: str) -> bool:
    return any(letter.isdecimal() for letter in word)


def _is_corsican(found: Sequence[Token], at: int) -> bool:
    return (
        found[at].word in ("a", "b", "be")
        and at > 0
        and (found[at - 1].word == "deux" or found[at - 1].word[-1:] == "2")
    )


def _only_fillers(between: Sequence[Token]) -> bool:
    return len(between) <= FILLERS_MOST and all(token.word in _FILLERS for token in between)


def _is_hidden(found: Sequence[Token], first: int, last: int) -> bool:
    words = [
        "b" if token.word == "be" else token.word
        for token in found[first : last + 1]
        if token.word not in _FILLERS or token.word in ("et", "fois")
    ]
    if len(words) > WORDS_MOST:
        return True
    if any(_TELEPHONES.fullmatch(digits) for digits in readings(words, longest=40)):
        return False
    before = " ".join(token.word for token in found[max(0, first - NAMED_WORDS - 5) : first])
    if _NAMED.search(f" {before} ") and _fewest_digits(words) >= NAMED_DIGITS:
        return True
    if any(_SHORT.fullmatch(digits) for digits in _read(words)[:1]):
        return True
    return any(_begins(words[start:], _WHOLE if start else _LIKE) for start in range(len(words)))


def _begins(words: Sequence[str], pattern: re.Pattern[str]) -> bool:
    """Whether some first of these words may be said of `pattern`."""
    ways = ([word for word in words if word != "et"], words)
    return any(pattern.fullmatch(digits) for way in ways for ends in readings_to(way) for digits in ends)


def _fewest_digits(words: Sequence[str]) -> int:
    return max((len(ends[0]) for ends in readings_to([word for word in words if word != "et"]) if ends), default=0)


def _read(words: Sequence[str]) -> list[str]:
    """Readings with and without the "et" between two numbers."""
    return readings(words) or readings([word for word in words if word != "et"])
