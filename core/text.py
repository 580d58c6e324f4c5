"""What we say, as a key of the catalogue and its arguments; words themselves live in config/texts/."""

from __future__ import annotations

import hashlib

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


def say(key: str, **values: str) -> Text:
    return Text(key=key, values=values)
