"""What a recogniser must offer.  It says what it can; whoever uses it asks for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine can do: `languages`, the rate at which its model hears, whether it can listen for some words alone
    (`grammar`) and tell words before the end (`partials`); `title` and `trial` are the model's, for people."""

    languages: tuple[str, ...]
    rate_hz: int
    grammar: bool
    partials: bool
    title: str
    trial: bool = False


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The words of an utterance, and how sure the engine is of them, 0 to 1."""

    words: str
    confidence: float


class Recogniser(Protocol):
    """One caller's sound, once.  Not for two threads at a time."""

    def hear(self, sound: bytes) -> str:
        """Takes sound (8 kHz, 16 bits, little-endian); all words so far."""

    def end(self) -> Heard:
        """The utterance is over: its words.  Nothing may be heard after."""


class Engine(Protocol):
    """A model that is loaded, from which recognisers are made."""

    @property
    def abilities(self) -> Abilities:
        """What it can do."""

    def recogniser(self, only: Sequence[str] = ()) -> Recogniser:
        """A new one; with `only`, if the engine can, it listens for these words and nothing else."""
