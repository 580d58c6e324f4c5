"""How each word is said: the phones that were heard for it, liaisons and slips included."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

# A way of saying a word that is rarer than this among all is a slip of the synthesiser.
SHARE_LEAST: Final = 0.04

Said = tuple[str, ...]
Lexicon = Mapping[str, Mapping[Said, float]]

# In numbers that are said in one breath (quatre-vingt-dix-huit), where words cannot be told apart.
IN_NUMBERS: Final = {
    "dix": ("d i s", "d i z"),
    "et": ("e", "t e"),
    "huit": ("y i", "y i t"),
    "onze": ("O~ z",),
    "quatre": ("k a t r", "k a t r @"),
    "six": ("s i s", "s i z", "s i"),
    "vingt": ("v E~", "v E~ t"),
}


def lexicon(said: Iterable[tuple[str, Said]], words: Sequence[str]) -> Lexicon:
    """For each word its ways, the most frequent at 1.0.  Raises KeyError for a word that nobody said."""
    heard: defaultdict[str, Counter[Said]] = defaultdict(Counter)
    for word, phones in said:
        heard[word][phones] += 1
    found: dict[str, dict[Said, float]] = {}
    for word in words:
        ways = heard[word].most_common()
        if not ways:
            raise KeyError(f"nobody said {word!r}")
        total = heard[word].total()
        found[word] = {way: count / ways[0][1] for way, count in ways if count / total >= SHARE_LEAST}
        for way in IN_NUMBERS.get(word, ()):
            found[word].setdefault(tuple(way.split()), SHARE_LEAST)
    return found
