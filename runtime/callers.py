"""Knowing again who called, without keeping the number: a keyed pseudonym, the same as long as its key is kept.

The key stands with the other secrets of this installation.  Without it nobody can try all numbers until one fits,
which for a bare hash takes minutes; with another key all callers are strangers again.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from core.ports import Recognise

SECRET: Final = "callers"
"""The key's name among the secrets."""

# 128 bits: two of a platform's callers never share one by chance.
KEY_CHARACTERS: Final = 32


def recogniser(secret: str) -> Recognise:
    """The function that gives a number (E.164) its pseudonym, in hexadecimal; no number, no pseudonym."""
    key = secret.encode()

    def recognise(number: str) -> str:
        return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:KEY_CHARACTERS] if number else ""

    return recognise
