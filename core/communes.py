"""Names of communes, so that `ST GERMAIN EN LAYE` of a record is the Saint-Germain-en-Laye of the configuration."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WORDS: Final = {"st": "saint", "ste": "sainte"}


def folded(name: str) -> str:
    """The commune without case, accents, hyphens and abbreviations; an INSEE code stays what it is."""
    plain = "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))
    words = re.split(r"[^a-z0-9]+", plain.casefold().replace("œ", "oe"))
    return " ".join(_WORDS.get(word, word) for word in words if word)
