"""What we say, as a key of the catalogue and its arguments; words themselves live in config/texts/."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """`key` of the catalogue (`accueil.bienvenue`) with the values that its {places} take."""

    key: str
    values: dict[str, str] = {}

    def prompt(self, language: str) -> str:
        """The name of this text once spoken: equal texts in one language share one recording."""
        if not self.values:
            return f"{language}/{self.key}"
        spelled = "\n".join(f"{name}={value}" for name, value in sorted(self.values.items()))
        return f"{language}/{self.key}-{hashlib.sha256(spelled.encode()).hexdigest()[:12]}"


TYPED: Final = "notice.typed"
"""The key of a text that was typed: its words are its value, and in no catalogue."""


READ: Final = "detail.read"
"""The key of the place where what a caller said or typed is read back to them: it is made of sounds, and in no
catalogue."""


URGENT: Final = "urgence."
"""What the keys of texts begin with that are there to be chosen as a message of the moment."""


def typed(words: str) -> Text:
    """`words` as somebody wrote them, to be synthesised."""
    return say(TYPED, words=" ".join(words.split()))


def say(key: str, **values: str) -> Text:
    return Text(key=key, values=values)
