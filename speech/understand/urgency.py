"""Danger and vulnerability in what people say, by rules that anybody can read (config/urgences.yaml).

A rule is a way of saying something: words in their order, alternatives, gaps of a few words.  It is read off folded
words (small letters, no accents), so that a recogniser's spelling matters little, and off unfinished utterances as
well: the first danger word is acted upon while the caller still speaks.  What only sounds like it (`unless`), what is
denied, and what is long past do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from speech.understand.normalise import WORDS_MOST, folded

Level = Literal[1, 2, 3, 4]
USUAL: Final[Level] = 4
GRAVE: Final[Level] = 2
"""The last level that is danger; the next is vulnerability."""

GAP: Final = "(?:[a-z0-9#]+ ){0,4}?"
_WORD: Final = re.compile(r"[a-z0-9]+")
_TOKEN: Final = re.compile(r"\.\.|\([^()]*\)\??|<[a-z_]+>|[a-z0-9#*]+|\[0-9\]\*")
_DENIAL: Final = re.compile(r" (?:pas|jamais|aucun|aucune) ")
_DENIED_BEFORE: Final = re.compile(
    r" (?:(?:n|ne) (?:suis|est|sommes|ai|a|y a|sont|etais|etait) (?:pas|plus|jamais)"
    r"|jamais|sans|aucun|aucune|personne ne|ni)(?: [a-z]+){0,3} $"
)
_SAYS_NO: Final = re.compile(r"\b(?:pas|plus|rien|jamais|aucun|aucune|ni|sans|personne|nulle)\b")


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A danger or a vulnerability: its `level`, how it is said (`hear`), what makes it worse, its false friends
    (`unless`), and the `numbers` that help.  With `now` it is none once it is past; of one that is `discreet` nothing
    leaves the machine."""

    name: str
    title: str
    level: Level
    hear: tuple[str, ...]
    worse: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    now: bool = False
    discreet: bool = False


class Urgencies(msgspec.Struct, frozen=True, kw_only=True):
    """The signals by name, the lists of words that their rules name, and how people speak of what is past."""

    signals: dict[str, Signal] = {}
    words: dict[str, tuple[str, ...]] = {}
    past: tuple[str, ...] = ()


class Heard(msgspec.Struct, frozen=True):
    """A signal that was found, at what level, by which words."""

    name: str
    level: Level
    words: str


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """How urgent an utterance is: the gravest level, the `danger` that gives it (empty: none), what makes the person
    `vulnerable`, and everything that was `heard`; `sure` is how likely the danger is (0..1)."""

    level: Level = USUAL
    danger: str = ""
    vulnerable: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    sure: float = 1.0

    @property
    def why(self) -> tuple[str, ...]:
        return tuple(f"« {one.words} »" for one in self.heard)


class RuleFault(ValueError):
    """A rule that cannot be read; says where and what to do, in French."""


def compiled(rule: str, words: Mapping[str, Iterable[str]]) -> str:
    """The rule as a regular expression over ` one two three `; raises RuleFault."""
    left = _TOKEN.sub("", rule).strip()
    if left or not rule.strip():
        raise RuleFault(f"« {left or rule} » ne se lit pas : mots simples, (a|b), mot*, .. ou <liste>")
    found: list[str] = []
    for token in _TOKEN.findall(rule):
        if token == "..":
            found.append(GAP)
        elif token.startswith("<"):
            found.append(_one_of(_listed([token], words)))
        elif token.startswith("("):
            choice = _one_of(_listed(token.rstrip("?")[1:-1].split("|"), words))
            found.append(f"(?:{choice})?" if token.endswith("?") else choice)
        else:
            found.append(_one_of([token]))
    return "".join(found)


def _listed(phrases: Iterable[str], words: Mapping[str, Iterable[str]]) -> list[str]:
    """The phrases, with those of the lists that stand among them."""
    found: list[str] = []
    for phrase in phrases:
        name = phrase.strip()[1:-1] if phrase.strip().startswith("<") else ""
        if name and name not in words:
            raise RuleFault(f"la liste <{name}> n'existe pas, possibles : {', '.join(sorted(words))}")
        found += words[name] if name else [phrase]
    return found


def _one_of(phrases: Iterable[str]) -> str:
    """Any of these phrases, longest first, each followed by a space."""
    ordered = sorted({" ".join(phrase.split()) for phrase in phrases}, key=lambda phrase: (-len(phrase), phrase))
    if any(not phrase for phrase in ordered):
        raise RuleFault("une possibilité est vide, écrivez (a|b)? pour ce qui peut manquer")
    said = (re.escape(phrase).replace(r"\ ", " ").replace(r"\[0\-9\]", "[0-9]") for phrase in ordered)
    return f"(?:{'|'.join(one.replace(chr(92) + '*', '[a-z0-9]*') for one in said)}) "


class _Rules:
    """Several rules as one expression, which begins at a word; none at all finds nothing."""

    def __init__(self, rules: Iterable[str], words: Mapping[str, Iterable[str]]) -> None:
        parts = [compiled(rule, words) for rule in rules]
        self.expression = re.compile(rf"(?<= )(?:{'|'.join(parts)})") if parts else None

    def find(self, text: str) -> Iterable[re.Match[str]]:
        return self.expression.finditer(text) if self.expression is not None else ()

    def without(self, text: str) -> str:
        """`text` with what they find cut out of its meaning."""
        return self.expression.sub("# ", text) if self.expression is not None else text


class _Known:
    """A signal, ready to be looked for.  What a rule itself says with "pas" or "plus" is no denial of it."""

    def __init__(self, signal: Signal, words: Mapping[str, Iterable[str]]) -> None:
        self.signal = signal
        self.denying = _Rules((rule for rule in signal.hear if _SAYS_NO.search(rule)), words)
        self.plain = _Rules((rule for rule in signal.hear if not _SAYS_NO.search(rule)), words)
        self.worse = _Rules(signal.worse, words)
        self.unless = _Rules(signal.unless, words)

    def read(self, text: str, until: int) -> Heard | None:
        """What `text` says of it, in words that end by `until`."""
        said = self.unless.without(text)
        until -= len(text) - len(said)
        for found in self.denying.find(said):
            if found.end() <= until:
                return self._heard(found[0], said)
        for found in self.plain.find(said):
            if found.end() > until:
                continue
            if not _DENIAL.search(f" {found[0]}") and not _DENIED_BEFORE.search(said[: found.start()]):
                return self._heard(found[0], said)
        return None

    def _heard(self, words: str, text: str) -> Heard:
        return Heard(self.signal.name, self.level(text), words.strip())

    def level(self, text: str) -> Level:
        worse = self.signal.level == GRAVE and any(True for _ in self.worse.find(text))
        return 1 if worse else self.signal.level


class Watch:
    """Reads utterances, whole or unfinished, after the rules of the configuration.  Raises RuleFault when made."""

    def __init__(self, urgencies: Urgencies) -> None:
        self._past = _Rules(urgencies.past, urgencies.words)
        self._known = [_Known(signal, urgencies.words) for signal in urgencies.signals.values()]

    def read(self, text: str, *, unfinished: bool = False) -> Alarm:
        """How urgent `text` is, spoken or written.  Of an `unfinished` one the last word may change all ("envie de
        mourir… de rire"): nothing that ends with it counts yet."""
        said = _said(text)
        past = self._is_past(said)
        until = said.rstrip().rfind(" ") + 1 if unfinished else len(said)
        looked_for = [known for known in self._known if not (past and known.signal.now)]
        found = [one for known in looked_for if (one := known.read(said, until)) is not None]
        if not found:
            return Alarm()
        found.sort(key=lambda one: one.level)
        gravest = found[0]
        return Alarm(
            level=gravest.level,
            danger=gravest.name if gravest.level <= GRAVE else "",
            vulnerable=tuple(one.name for one in found if one.level > GRAVE),
            heard=tuple(found),
        )

    def is_past(self, text: str) -> bool:
        """Whether `text` speaks of what is long past."""
        return self._is_past(_said(text))

    def _is_past(self, said: str) -> bool:
        return any(True for _ in self._past.find(said))

    def level(self, name: str, text: str) -> Level:
        """The level of the signal `name` in `text`, should it be meant there."""
        return next(known for known in self._known if known.signal.name == name).level(_said(text))


def _said(text: str) -> str:
    return f" {' '.join(_WORD.findall(folded(text))[:WORDS_MOST])} "
