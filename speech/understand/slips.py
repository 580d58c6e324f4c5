"""Words that no example has, read as the nearest word that one has: what a recogniser misheard or a hand mistyped.

First by sound: "fénil", "phénile" and "fenile" sound alike, and a recogniser that mishears writes what sounds alike.
Then by spelling (rapidfuzz), among words that begin with the same sound.  A word that is near to nothing stays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from speech.understand.normalise import stem

# Shorter words are near to too many.
LEAST_LETTERS: Final = 5
NEAR: Final = 0.8
# Of one utterance; who says more unknown words speaks of something else, or another language.
MENDED_MOST: Final = 8

_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"eau|au", "o"),
        (r"ph", "f"),
        (r"qu|q|k|cc|c(?=[aoulrnt]|$)|ch(?=[rl])", "k"),
        (r"sch|sh|ch", "S"),
        (r"gu(?=[eiy])", "g"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"ss|sc(?=[eiy])|c(?=[eiy])|ti(?=on)|x$|z$", "s"),
        (r"ain|ein|aim|in(?![aeiouyn])|im(?=[bp])|yn|un(?![aeiouyn])", "5"),
        (r"am(?=[bp])|em(?=[bp])|an(?![aeiouyn])|en(?![aeiouyn])", "1"),
        (r"om(?=[bp])|on(?![aeiouyn])", "2"),
        (r"ai|ei|et$|er$|ez$|es$|ee$|e(?=$)", "e"),
        (r"oi|oy", "wa"),
        (r"ou", "u"),
        (r"ill(?=[aeiou])|ille$|ll", "l"),
        (r"y", "i"),
        (r"h", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=.)[estdxp]+$", ""),
    )
)


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """About how a French word sounds, silent ends left out; the same for words that sound alike."""
    for pattern, heard in _SOUNDS:
        word = pattern.sub(heard, word)
    return word


class Slips:
    """Mends unknown words after the words of `examples`, the more frequent first."""

    def __init__(self, examples: Iterable[Sequence[str]]) -> None:
        often = Counter(word for found in examples for word in found)
        self._known = frozenset(map(stem, often))
        self._by_sound: dict[str, str] = {}
        self._by_first: dict[str, list[str]] = {}
        for word, _ in sorted(often.items(), key=lambda each: (-each[1], each[0])):
            if len(word) >= LEAST_LETTERS - 1 and not word.isdigit():
                heard = sound(word)
                self._by_sound.setdefault(heard, word)
                self._by_first.setdefault(heard[:1], []).append(word)

    def mend(self, found: Sequence[str]) -> list[str]:
        """The words, those that are unknown replaced where there is one near."""
        left = MENDED_MOST
        mended = []
        for word in found:
            if left and len(word) >= LEAST_LETTERS and not word.isdigit() and stem(word) not in self._known:
                left -= 1
                word = self._nearest(word)
            mended.append(word)
        return mended

    def _nearest(self, word: str) -> str:
        heard = sound(word)
        alike = self._by_sound.get(heard) if len(heard) >= 3 else None
        if alike is not None:
            return alike
        among = self._by_first.get(heard[:1], ())
        near = process.extractOne(word, among, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=NEAR)
        return near[0] if near else word
