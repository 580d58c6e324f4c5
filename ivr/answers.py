"""What a caller answers to a question of ours, in few words: yes, no, the first, the second, a person, say it again.

Read off single words and short turns, for answers are short; a long answer is no answer to the question, but the next
thing that somebody has to say.  Recognisers write without accents, capitals or hyphens at times: all are folded away.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

Answer = Literal["yes", "no", "first", "second", "person", "again"]

SHORT: Final = 6
"""Words of an answer; "oui c'est bien pour ça" has six."""
SHORT_REQUEST: Final = 12
"""Words of somebody who asks for a person, however politely; beyond these they say what it is about as well."""

_ANSWERS: Final[dict[str, dict[Answer, str]]] = {
    "fr": {
        "no": r"non|nan|pas ca|pas du tout|c est pas|ce n est pas|rien a voir|aucun des deux|ni l un ni l autre",
        "yes": r"oui|ouais|voila|exact|exactement|tout a fait|d accord|c est ca|c est bien ca|absolument|bien sur|ok",
        "second": r"deuxieme|second|seconde|le deux|la deux|dernier|derniere",
        "first": r"premier|premiere|le un|la une",
    }
}
_PERSON: Final[dict[str, str]] = {
    "fr": r"conseill\w+|agent|quelqu un|une personne|un humain|un operateur|une operatrice|une vraie personne"
    r"|parler a (un|une|des|quelqu)\b.*|une secretaire|un standard\w*",
}
_AGAIN: Final[dict[str, str]] = {
    "fr": r"repete\w*|pardon|comment|encore une fois|j ai pas (compris|entendu)|je n ai pas (compris|entendu)|quoi",
}
_UNKNOWN: Final[dict[str, str]] = {
    "fr": r"je (ne )?(l |les |le |la |m en |me )?(sais|connais|retrouve|trouve|vois|souviens|rappelle) (pas|plus)"
    r"|(j|je) (ne |n )?(l |en )?ai (pas|plus|aucun|aucune)( (de|le|la|mon|ma|ce|cette) .*)?|pas sous (la main|les yeux)"
    r"|aucune idee|je prefere pas|je ne prefere pas|(je )?(ne )?(veux|souhaite) pas( le| la)? (dire|donner)|jamais eu",
}
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "fr": (
        *("oui", "ouais", "voilà", "exactement", "d'accord", "c'est", "ça", "non", "pas", "du", "tout"),
        *("le", "la", "premier", "première", "deuxième", "second", "conseiller", "quelqu'un", "répétez", "pardon"),
    ),
}
"""What is listened for where one of these answers is expected, and nothing else would help."""

_NO_LETTERS: Final = re.compile(r"[^a-z0-9]+")


def expected(language: str) -> tuple[str, ...]:
    """The words of these answers; none for a language without."""
    return _WORDS.get(language, ())


def folded(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.casefold()).encode("ascii", "ignore").decode()
    return _NO_LETTERS.sub(" ", plain).strip()


def answer(words: str, language: str) -> Answer | None:
    """What `words` answer to a question of ours; None: they are no answer."""
    said = folded(words)
    count = len(said.split())
    if 0 < count <= SHORT:
        for meant, pattern in _ANSWERS.get(language, {}).items():
            if re.search(rf"\b(?:{pattern})\b", said):
                return meant
    return request(words, language)


def request(words: str, language: str) -> Answer | None:
    """Whether `words` ask for a person, or to hear it again, at any moment of the dialogue."""
    said = folded(words)
    count = len(said.split())
    if 0 < count <= SHORT_REQUEST and re.search(rf"\b(?:{_PERSON.get(language, '(?!)')})\b", said):
        return "person"
    if 0 < count <= SHORT and re.search(rf"\b(?:{_AGAIN.get(language, '(?!)')})\b", said):
        return "again"
    return None


def unknown(words: str, language: str) -> bool:
    """Whether `words` say that they do not know what was asked, have it not at hand, or would rather not say it."""
    said = folded(words)
    if not 0 < len(said.split()) <= SHORT_REQUEST or request(words, language) is not None:
        return False
    return bool(re.search(rf"\b(?:{_UNKNOWN.get(language, '(?!)')})\b", said))
