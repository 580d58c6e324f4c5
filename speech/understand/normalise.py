"""Words as they are compared: small letters without accents, elisions apart, letters spelt one by one joined.

A recogniser writes "euh j'ai reçu un courrier de la p m i", a person types "Jai recu un courier de la PMI !!".  Both
become the same few words.  Nothing that could change the meaning goes: "ne" and "pas" stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

# A letter of three pages; whoever writes more has said what they want before.
TEXT_CHARACTERS: Final = 8_000
# Beyond, words repeat what was said; one utterance of ten minutes has 1,500.
WORDS_MOST: Final = 400

_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "’": "'", "ʼ": "'"})
_WORD: Final = re.compile(r"[a-z0-9]+")
# Sounds of hesitation mean nothing in any sentence.
_SIGHS: Final = "euh heu euhh hum hmm mmh hein bah ben beh ah oh eh bon"
HESITATIONS: Final = frozenset(_SIGHS.split())
# Words of courtesy, dropped where enough is left without them.
_COURTESIES: Final = tuple(
    tuple(phrase.split())
    for phrase in (
        "s il vous plait",
        "s il te plait",
        "je vous remercie",
        "merci d avance",
        "merci beaucoup",
        "bonne journee",
        "au revoir",
        "excusez moi",
        "vous savez",
        "vous voyez",
        "comment dire",
        "en fait",
        "du coup",
        "bonjour",
        "bonsoir",
        "allo",
        "madame",
        "monsieur",
        "merci",
        "voila",
        "alors",
        "enfin",
        "donc",
        "cordialement",
    )
)
_COURTESIES_BY_FIRST: Final = {
    phrase[0]: tuple(other for other in _COURTESIES if other[0] == phrase[0]) for phrase in _COURTESIES
}
LEFT_AT_LEAST: Final = 3
"""Words that must be left before courtesy counts for nothing: "bonjour madame" alone is a greeting."""

_LETTERS: Final = {
    "be": "b",
    "ce": "c",
    "de": "d",
    "effe": "f",
    "ef": "f",
    "ge": "g",
    "hache": "h",
    "ache": "h",
    "ji": "j",
    "ka": "k",
    "elle": "l",
    "el": "l",
    "emme": "m",
    "em": "m",
    "aime": "m",
    "enne": "n",
    "en": "n",
    "pe": "p",
    "cu": "q",
    "erre": "r",
    "er": "r",
    "aire": "r",
    "esse": "s",
    "es": "s",
    "te": "t",
    "ve": "v",
    "ixe": "x",
    "zede": "z",
}
"""Names of letters as recognisers write them; each letter names itself."""


def folded(text: str) -> str:
    """Small letters without accents, one kind of apostrophe; what is no letter stays as it is."""
    text = unicodedata.normalize("NFKC", text[:TEXT_CHARACTERS]).lower().translate(_LIGATURES)
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def words(text: str, acronyms: frozenset[str] = frozenset()) -> list[str]:
    """The words of `text` in their order, at most WORDS_MOST; spelt `acronyms` are one word each."""
    found = _WORD.findall(folded(text))[:WORDS_MOST]
    found = [_shortened(word) for word in found]
    if acronyms:
        found = _joined(found, acronyms)
    return _without_courtesy(_fewer(found, HESITATIONS))


def _shortened(word: str) -> str:
    """Long digits say that there was a number, not which; "ouiiii" is "oui"."""
    if word.isdigit():
        return word if len(word) <= 4 else "#"
    return re.sub(r"(.)\1{2,}", r"\1", word)


def _fewer(found: list[str], out: frozenset[str]) -> list[str]:
    left = [word for word in found if word not in out]
    return left or found


def _joined(found: list[str], acronyms: frozenset[str]) -> list[str]:
    """Three letters or more that were spelt ("p m i", "pe emme i") as the acronym that they are."""
    longest = max(map(len, acronyms), default=0)
    joined: list[str] = []
    at = 0
    while at < len(found):
        letters = ""
        end = 0
        for ahead in range(at, min(at + longest, len(found))):
            letter = found[ahead] if len(found[ahead]) == 1 else _LETTERS.get(found[ahead], "")
            if not letter:
                break
            letters += letter
            if len(letters) >= 3 and letters in acronyms:
                end = ahead + 1
        if end:
            joined.append(letters[: end - at])
        else:
            joined.append(found[at])
        at = end or at + 1
    return joined


def _without_courtesy(found: list[str]) -> list[str]:
    left: list[str] = []
    at = 0
    while at < len(found):
        among = _COURTESIES_BY_FIRST.get(found[at], ())
        phrase = next((p for p in among if tuple(found[at : at + len(p)]) == p), None)
        if phrase is None:
            left.append(found[at])
        at += len(phrase) if phrase else 1
    return left if len(left) >= LEFT_AT_LEAST else found


# Endings that number, gender, person and tense put on words, in French and English; the longest first.
_ENDINGS: Final = (
    "issements|issement|ations|ements|ation|ement|euses|euse|iques|ique|eaux|ions|ings|ing|ees|ies|eur|eux|ait|aux|"
    "ons|ent|ee|es|er|ez|ed|e|s"
)
_ENDED: Final = re.compile(rf"(.{{3,}}?)(?:{_ENDINGS})")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The word without its ending, at least three letters of it; crude, and the same for every word."""
    ended = _ENDED.fullmatch(word)
    return ended[1] if ended else word


# What French and English sentences are held together with.
_LITTLE_WORDS: Final = """
je tu il elle on nous vous ils elles me te se le la les un une des du de d l a au aux en y ce ca c cet cette
mon ma mes ton ta tes son sa ses notre votre leur nos vos leurs qui que quoi ou est sont ai as avez avons ont
suis etes sommes et mais donc si pas ne n plus pour par sur dans avec j m s t qu
i you he she it we they my your the an to of in for is are was be do does did can could would will should
what how when where why who which that this with and or if there have has am please
"""
_LITTLE: Final = frozenset(_LITTLE_WORDS.split())


def weighty(found: Iterable[str]) -> list[str]:
    """The words that carry meaning."""
    return [word for word in found if word not in _LITTLE]


def telling(found: Iterable[str]) -> list[str]:
    """The words that carry meaning, stemmed."""
    return [stem(word) for word in weighty(found)]
