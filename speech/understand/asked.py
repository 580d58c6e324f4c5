"""The detail that was asked for, in an answer: bare ("quarante-cinq douze"), in a sentence, or put right.

Asked for a number, people say a number; for a commune, its name and nothing else.  What was read back to them they put
right in pieces: the last part anew, one part against another ("le quatorze, pas le quatre"), or all of it once more.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from speech.understand.dates import MONTHS, dates
from speech.understand.entities import Entity, Finder, Kind, correct
from speech.understand.nir import masked
from speech.understand.numerals import is_number, readings, tokens

ASKED: Final[frozenset[str]] = frozenset({"telephone", "birth_date", "commune", "caf_number", "file_number"})
SHAPES: Final[dict[str, re.Pattern[str]]] = {
    "caf_number": re.compile(r"\d{7}"),
    "file_number": re.compile(r"\d{5,8}"),
    "postcode": re.compile(r"\d{5}"),
}
BARE_SURE: Final = 80
_LITTLE: Final = frozenset(["le", "la", "les", "en", "a", "de", "du", "c", "est"])
"""Between "pas" and what is not meant: "pas le quatre"."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The kind of detail that was asked for, and the value that was read back (empty: none was)."""

    about: str
    so_far: str = ""

    def __repr__(self) -> str:  # what people said is in no log
        return f"Asked({self.about})"


def answered(asked: Asked, words: str, finder: Finder, this_year: int) -> list[Entity]:
    """What `words` say of what was asked; nothing where they say nothing of it."""
    if asked.about not in ASKED:
        return []
    said, denied = _parted(masked(words))
    if asked.about == "commune":
        return _commune(asked, said, denied, finder, words)
    kind: Kind = asked.about  # type: ignore[assignment]  # one of ASKED
    born = f"né le {said}" if kind == "birth_date" else said
    anew = [one for one in finder.find(born, this_year) if one.kind == kind] or _bare(kind, said, words)
    if anew:
        return anew[-1:]
    if not asked.so_far:
        return []
    return _corrected(Entity(kind=kind, value=asked.so_far, text="", confidence=0), said, denied, words, this_year)


def _parted(text: str) -> tuple[str, str]:
    """The words without those that are denied, and these: "c'est le quatorze" and "le quatre"."""
    found = [token.word for token in tokens(text)]
    said: list[str] = []
    denied: list[str] = []
    at = 0
    while at < len(found):
        end = at + 1
        if found[at] == "pas":
            while end < len(found) and found[end] in _LITTLE:
                end += 1
            first = end
            while end < len(found) and is_number(found[end]):
                end += 1
            if end == first:
                end += 1  # a name of which the first word tells enough
            denied += found[at + 1 : end]
        else:
            said.append(found[at])
        at = end
    return " ".join(said), " ".join(denied)


def _commune(asked: Asked, said: str, denied: str, finder: Finder, words: str) -> list[Entity]:
    """Communes by their names, alone or in a sentence; else a postcode."""
    named = finder.communes(said)
    refused = {one.value for one in finder.communes(denied)}
    others = [one for one in named if one.value not in refused]
    if len({one.value for one in others}) > 1 and _refuses(said):
        others = [one for one in others if one.value != asked.so_far]
    return others or _postcode(said, words)


def _refuses(said: str) -> bool:
    return re.match(r"(?:ah |euh |mais )*non\b", said) is not None


def _postcode(said: str, words: str) -> list[Entity]:
    """Five digits; "soixante dix huit mille deux cents" as well."""
    for run in _numbers(said.replace(" mille", " mille ").split()):
        if "mille" in run:
            at = run.index("mille")
            fronts, backs = readings(run[:at]), readings(run[at + 1 :]) or [""]
            digits = [front + back.zfill(3) for front in fronts for back in backs if len(back) <= 3]
        else:
            digits = readings(run)
        fit = [one for one in digits if SHAPES["postcode"].fullmatch(one)]
        if fit:
            return [Entity(kind="postcode", value=fit[0], text=words, confidence=BARE_SURE)]
    return []


def _numbers(said: Sequence[str]) -> list[list[str]]:
    """The runs of number words."""
    runs: list[list[str]] = [[]]
    for word in said:
        if is_number(word) or (word == "mille" and runs[-1]) or (word in ("et", "cents") and runs[-1]):
            runs[-1].append("cent" if word == "cents" else word)
        elif word not in ("euh", "heu", "alors", "puis"):
            runs.append([])
    return [run for run in runs if run]


def _bare(kind: Kind, said: str, words: str) -> list[Entity]:
    """A number without the word that says what it is: that was our question."""
    shape = SHAPES.get(kind)
    for run in _numbers(said.split()) if shape is not None else ():
        fit = [digits for digits in readings(run) if shape is not None and shape.fullmatch(digits)]
        if fit:
            return [Entity(kind=kind, value=fit[0], text=words, confidence=BARE_SURE if len(fit) == 1 else 60)]
    return []


def _corrected(entity: Entity, said: str, denied: str, words: str, this_year: int) -> list[Entity]:
    """One part instead of another that is denied, a month, or the last part anew."""
    value = _instead(entity, said, denied) or _month(entity, said) or _year(entity, said, this_year)
    if value:
        return [msgspec.structs.replace(entity, value=value, text=words, confidence=70)]
    runs = _numbers(said.split())
    if not runs:
        return []
    last = " ".join(runs[-1])
    day = entity.kind == "birth_date" and f"le {last}" in said
    right = correct(entity, f"le {last}" if day else last, this_year)
    return [right] if right.value != entity.value else []


def _instead(entity: Entity, said: str, denied: str) -> str:
    """The value with one number in the place of the one that is denied, if that is in it, once; empty: it is not."""
    runs = _numbers(denied.split())
    new = _numbers(said.split())
    if entity.kind == "birth_date" or not runs or not new:
        return ""
    for wrong in readings(runs[0]):
        for right in readings(new[-1]):
            if len(wrong) == len(right) and entity.value.count(wrong) == 1:
                return entity.value.replace(wrong, right)
    return ""


def _month(entity: Entity, said: str) -> str:
    """A date in the month that is named, on the day before it; empty: none is, or there is no such day."""
    if entity.kind != "birth_date":
        return ""
    words = said.split()
    at = next((at for at, word in enumerate(words) if word in MONTHS), None)
    if at is None:
        return ""
    year, _, day = entity.value.split("-")
    before = _numbers(words[:at]) if at and is_number(words[at - 1]) else []
    days = [digits for digits in readings(before[-1]) if len(digits) <= 2] if before else []
    moved = f"{year}-{MONTHS[words[at]]:02}-{days[0].zfill(2) if days else day}"
    return moved if moved != entity.value and _exists(moved) else ""


def _year(entity: Entity, said: str, this_year: int) -> str:
    """A date in the year that is said whole: "mille neuf cent quarante sept"; empty: none is."""
    if entity.kind != "birth_date":
        return ""
    _, month, day = entity.value.split("-")
    named = next(name for name, number in MONTHS.items() if number == int(month))
    words = said.split()
    for at in range(len(words)):
        found = dates(tokens(f"{day} {named} {' '.join(words[at:])}"), this_year)
        if found and found[0].first == 0 and found[0].whole:
            return found[0].date.isoformat()
    return ""


def _exists(date: str) -> bool:
    try:
        datetime.date.fromisoformat(date)
    except ValueError:
        return False
    return True
