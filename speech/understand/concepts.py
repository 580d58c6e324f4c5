"""What words have in common: "nourrice", "nounou" and "assmat" say the same, and no letters of theirs do.

A machine that learns from a few examples cannot know it; the lists beside this file do (`concepts_fr.txt`,
`concepts_en.txt`), a line a concept, written for this project.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from speech.understand.normalise import stem

LISTS: Final = ("concepts_fr.txt", "concepts_en.txt")
# "nouveau-né", "fin de mois", "juge aux affaires familiales": longer sayings are examples.
PARTS_MOST: Final = 5


@cache
def _known() -> dict[str, tuple[str, ...]]:
    """The concepts of each word or saying, by its stems."""
    found: dict[str, list[str]] = {}
    for file in LISTS:
        for line in Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines():
            concept, colon, said = line.partition(":")
            if not colon or line.startswith("#"):
                continue
            for word in said.split():
                stems = " ".join(map(stem, word.split("_")))
                names = found.setdefault(stems, [])
                if concept not in names:
                    names.append(concept)
    return {stems: tuple(names) for stems, names in found.items()}


def concepts(found: Sequence[str]) -> list[str]:
    """The concepts that the words speak of, in their order, each as often as it is spoken of."""
    known = _known()
    stems = [stem(word) for word in found]
    spoken: list[str] = []
    for at in range(len(stems)):
        said = ""
        for end in range(at, min(at + PARTS_MOST, len(stems))):
            said = f"{said} {stems[end]}" if said else stems[end]
            spoken += known.get(said, ())
    return spoken
