"""What is of use in what people say: telephone, date of birth, commune, file and CAF numbers, names that are spelt.

Each comes with the words that said it and how sure we are; nothing is sure enough not to be confirmed.  The NIR is
hidden first (nir.py): of its digits nothing is ever found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from speech.understand.dates import dates
from speech.understand.nir import masked
from speech.understand.normalise import TEXT_CHARACTERS, folded
from speech.understand.numerals import Token, is_number, readings, readings_to, tokens

Kind = Literal["telephone", "birth_date", "commune", "postcode", "caf_number", "file_number", "name"]
ENTITIES_MOST: Final = 20
"""Of one text; a letter with more is a list of people."""

_TELEPHONE: Final = re.compile(r"0[1-9]\d{8}")
_ABROAD: Final = re.compile(r"(?:00)?33(?:0)?([1-9]\d{8})")
TELEPHONE_WORDS: Final = 30
_LABELS: Final[tuple[tuple[Kind, re.Pattern[str], re.Pattern[str]], ...]] = (
    ("caf_number", re.compile(r"\b(?:allocataire|caf)\b"), re.compile(r"\d{7}")),
    ("file_number", re.compile(r"\b(?:dossier|demande|reference)\b"), re.compile(r"\d{5,8}")),
)
LABEL_WORDS: Final = 6
"""Between "dossier" and its number: "mon dossier c'est le numéro"."""
_FORM_NUMBER: Final = re.compile(r"\b\d{1,5}-\d{1,7}\b")
_SPELLS: Final = re.compile(r"\b(?:nom|prenom|appelle|ecrit|epelle|s ecrit)\b")
NAME_LETTERS: Final = 3
_PLACES: Final = frozenset(
    ["est", "a", "au", "aux", "de", "habite", "sur", "commune", "ville", "reside", "vis", "mairie", "d", "maison"]
)
"""Words before a commune whose name is also a common word ("Plaisir", "Vert", "Bailly")."""
_ARTICLES: Final = ("le ", "la ", "les ", "l ")
_SHORT: Final = {"st": "saint", "ste": "sainte"}


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A detail: its `value` as machines read it (E.164, 1946-03-12, an INSEE code), the words that said it
    (`text`), `confidence` in percent."""

    kind: Kind
    value: str
    text: str
    confidence: int

    def __repr__(self) -> str:  # what people said is in no log
        return f"Entity({self.kind})"


class Finder:
    """Finds entities in texts; `communes` are names by INSEE code, of which some share their beginnings."""

    def __init__(self, communes: Mapping[str, str]) -> None:
        self._communes: dict[tuple[str, ...], list[str]] = {}
        for code, name in communes.items():
            for way in _ways(name):
                self._communes.setdefault(way, []).append(code)
        self._full = {tuple(_plain(name).split()): code for code, name in communes.items()}
        self._longest = max(map(len, self._communes), default=0)

    def find(self, text: str, this_year: int) -> tuple[Entity, ...]:
        """The entities of `text`, at most ENTITIES_MOST, those of one kind in their order."""
        text = masked(text[:TEXT_CHARACTERS])
        found = tokens(text)
        named = list(_labelled(text, found))  # who says what a number is, is believed
        born = list(_births(text, found, this_year))
        spoken = [one for one in _telephones(text, found) if not _within(one, named)]
        named = [one for one in named if not _within(one, born)]
        return (*spoken, *born, *self._places(text, found), *named, *_names(text, found))[:ENTITIES_MOST]

    def communes(self, text: str) -> list[Entity]:
        """The communes that `text` names, as the answer to where somebody lives: no word need stand before them."""
        return list(self._places(text, tokens(text[:TEXT_CHARACTERS]), asked=True))

    def _places(self, text: str, found: Sequence[Token], *, asked: bool = False) -> Iterator[Entity]:
        words = [_SHORT.get(token.word, token.word) for token in found]
        at = 0
        while at < len(words):
            for size in range(min(self._longest, len(words) - at), 0, -1):
                way = tuple(words[at : at + size])
                codes = self._communes.get(way, [])
                if codes and (asked or size > 1 or (at > 0 and words[at - 1] in (*_PLACES, "le", "la", "les"))):
                    if way in self._full:
                        codes = [self._full[way]]
                    named = asked or words[at - 1] in ("a", "habite", "commune", "ville")
                    if size == 1 and words[at] in _COMMON and not named:
                        continue
                    for code in codes:
                        sure = 90 if len(codes) == 1 else 60 // len(codes)
                        yield _entity("commune", code, text, found, at, at + size - 1, sure)
                    at += size - 1
                    break
            at += 1


_COMMON: Final = frozenset(
    ["plaisir", "vert", "port", "queue", "mesnil", "tertre", "chatillon", "vaux", "mere", "moisson"]
)


def _within(one: Entity, others: Sequence[Entity]) -> bool:
    return any(one.text in other.text for other in others)


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", folded(name)))


def _ways(name: str) -> set[tuple[str, ...]]:
    """How a commune is said: whole, without its article, without what tells it from its namesakes ("sur Seine")."""
    plain = _plain(name)
    bare = next((plain.removeprefix(article) for article in _ARTICLES if plain.startswith(article)), plain)
    ways = {plain, bare}
    short = re.split(r" (?:sur|en|les|le|la|sous|aux|de|des|du|au) ", bare)[0]
    ways.add(short)
    if "-" in name and not bare.startswith("saint") and short == bare:
        ways.add(bare.split()[0])
    return {
        tuple(way.split())
        for way in ways
        if len(way) >= 3 and way not in ("saint", "sainte", "bois", "ville", "villeneuve")
    }


def _entity(kind: Kind, value: str, text: str, found: Sequence[Token], first: int, last: int, sure: int) -> Entity:
    return Entity(kind=kind, value=value, text=text[found[first].start : found[last].end], confidence=sure)


def _runs(found: Sequence[Token]) -> Iterator[tuple[list[str], list[int]]]:
    """Numbers said in one go, hesitation left out: their words, and where each stands."""
    words: list[str] = []
    places: list[int] = []
    for at, token in enumerate(found):
        inside = bool(words) and token.word in ("et", "fois")
        if is_number(token.word) or inside:
            words.append(token.word)
            places.append(at)
        elif token.word not in ("euh", "heu", "alors", "puis"):
            if words:
                yield words, places
            words, places = [], []
    if words:
        yield words, places


def _telephones(text: str, found: Sequence[Token]) -> Iterator[Entity]:
    for words, places in _runs(found):
        at = 0
        while at < len(words):
            end = _telephone_end(words, at)
            if end is None:
                at += 1
                continue
            number, upto, only = end
            yield _entity("telephone", number, text, found, places[at], places[upto - 1], 90 if only else 70)
            at = upto


def _telephone_end(words: Sequence[str], at: int) -> tuple[str, int, bool] | None:
    """The number that begins at `at`, in E.164, where it ends, and whether these words mean no other."""
    ends = readings_to(words[at : at + TELEPHONE_WORDS], longest=14)
    for size in range(len(ends) - 1, 0, -1):
        numbers = {number: None for digits in ends[size] if (number := telephone(digits))}
        if numbers:
            return next(iter(numbers)), at + size, len(numbers) == 1
    return None


def telephone(digits: str) -> str:
    """A French number in E.164; empty if it is none."""
    if _TELEPHONE.fullmatch(digits):
        return "+33" + digits[1:]
    abroad = _ABROAD.fullmatch(digits)
    return "+33" + abroad[1] if abroad else ""


def _births(text: str, found: Sequence[Token], this_year: int) -> Iterator[Entity]:
    for said in dates(found, this_year):
        yield _entity("birth_date", said.date.isoformat(), text, found, said.first, said.last, 90 if said.whole else 75)


def _labelled(text: str, found: Sequence[Token]) -> Iterator[Entity]:
    """Numbers that are what the word before them says."""
    for words, places in _runs(found):
        before = " ".join(token.word for token in found[max(0, places[0] - LABEL_WORDS) : places[0]])
        for kind, label, shape in _LABELS:
            if not label.search(before):
                continue
            written = text[found[places[0]].start : found[places[-1]].end]
            if kind == "file_number" and _FORM_NUMBER.fullmatch(written):
                yield Entity(kind=kind, value=written, text=written, confidence=85)
                break
            fit = [digits for digits in readings(words) if shape.fullmatch(digits)]
            if fit:
                sure = 85 if len(fit) == 1 else 65
                yield _entity(kind, fit[0], text, found, places[0], places[-1], sure)
                break


def _names(text: str, found: Sequence[Token]) -> Iterator[Entity]:
    """Names that are spelt: "d comme david u p deux n", after "nom" or "s'écrit"."""
    at = 0
    while at < len(found):
        letters, end, alike = _spelt(found, at)
        before = " ".join(token.word for token in found[max(0, at - 5) : at])
        if len(letters) >= NAME_LETTERS and (alike or _SPELLS.search(before)):
            yield _entity("name", letters.upper(), text, found, at, end - 1, 80 if alike else 70)
            at = end
        else:
            at += 1


def _spelt(found: Sequence[Token], at: int) -> tuple[str, int, bool]:
    """The letters that are spelt from `at`, where they end, and whether any came with a name ("d comme david")."""
    letters, alike = "", False
    while at < len(found):
        word = found[at].word
        times = 2 if word == "deux" and letters and at + 1 < len(found) and len(found[at + 1].word) == 1 else 1
        at += times - 1
        word = found[at].word
        if len(word) != 1 or not word.isalpha():
            break
        letters += word * times
        at += 1
        if at + 1 < len(found) and found[at].word == "comme":
            alike, at = True, at + 2
    return letters, at, alike


_NO: Final = re.compile(
    r"^(?:(?:euh|ah|mais|non|pardon|pas du tout|excusez moi|je reprends|c est|le|en|plutot|en fait) )+"
)


def correct(entity: Entity, words: str, this_year: int) -> Entity:
    """`entity` as the caller puts it right: "non, quarante-six" (its last part), "non c'est le treize" (of a date, the
    day), or all of it anew; unchanged where `words` say nothing that fits."""
    anew = [one for one in Finder({}).find(words, this_year) if one.kind == entity.kind]
    if anew:
        return anew[-1]
    plain = " ".join(token.word for token in tokens(masked(words)))
    said = _NO.sub("", plain + " ").split()
    numbers = readings(said)
    if not any(numbers):
        return entity
    value = _put_right(entity, numbers, plain, this_year)
    return entity if value == entity.value else msgspec.structs.replace(entity, value=value, text=words, confidence=70)


def _put_right(entity: Entity, numbers: Sequence[str], plain: str, this_year: int) -> str:
    if entity.kind == "birth_date":
        return _date_right(entity.value, numbers[0], plain, this_year)
    if entity.kind in ("telephone", "caf_number", "file_number"):
        digits = numbers[0]
        if len(digits) <= max(len(entity.value) - 4, len(entity.value) // 2) and "-" not in entity.value:
            return entity.value[: -len(digits)] + digits
    return entity.value


def _date_right(value: str, digits: str, plain: str, this_year: int) -> str:
    """The day if "le" is said before the number, else the year."""
    year, month, day = value.split("-")
    if re.search(r"\ble \w+(?: \w+)?$", plain) and len(digits) <= 2 and 1 <= int(digits) <= 31:
        day = digits.zfill(2)
    elif len(digits) == 4 and digits[:2] in ("19", "20"):
        year = digits
    elif len(digits) == 2:
        whole = this_year - this_year % 100 + int(digits)
        year = str(whole if whole <= this_year else whole - 100)
    changed = f"{year}-{month}-{day}"
    if any(said.date.isoformat() == changed for said in dates(tokens(f"{day}/{month}/{year}"), this_year)):
        return changed
    return value
