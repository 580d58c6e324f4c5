"""A message without what says nothing of its subject: greeting, thanks, signature, the mail it answers, links.

A mail or a form is longer than what people say, and what they want stands in one or two sentences of it: it is read
whole and sentence by sentence.
"""

from __future__ import annotations

import re
from typing import Final

from speech.understand.normalise import TEXT_CHARACTERS

# Shorter than a usual sentence: read whole only.
LONG_WORDS: Final = 24
# Sentences that are read by themselves; a subject comes early or late.
SENTENCES: Final = 10
SENTENCE_WORDS: Final = 4

_QUOTED: Final = re.compile(
    r"\s*(>|-{2,}\s*message|_{5,}|le .{4,60} a [ée]crit|de\s*:\s|from\s*:\s|envoy[ée] (de|depuis) mon|"
    r"provenance\s*:|sent from)",
    re.IGNORECASE,
)
_SIGNED: Final = re.compile(
    r"\s*((bien |tr[èe]s )?(cordialement|cdt|cdlt|respectueusement|sinc[èe]rement|salutations)|"
    r"bonne (journ[ée]e|r[ée]ception)|merci d'avance|"
    r"(je vous prie|veuillez|dans l'attente|en vous remerciant).{0,120}|--)\s*[,.!]*\s*$",
    re.IGNORECASE,
)
_GREETED: Final = re.compile(
    r"\s*((re|fw|tr|fwd)\s*:\s*)*(objet\s*:\s*)?"
    r"(bonjour|bonsoir|madame|monsieur|mme|mr|chers?|salut)[\w ,/.]{0,40}?[,!.\n]+",
    re.IGNORECASE,
)
_LINK: Final = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+")
_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+")


def body(text: str) -> str:
    """What the message itself says; all of it if nothing would be left."""
    text = _LINK.sub(" ", text[: 4 * TEXT_CHARACTERS])
    kept: list[str] = []
    for line in text.splitlines():
        if kept and (_QUOTED.match(line) or _SIGNED.match(line)):
            break
        if line.strip():
            kept.append(line)
    left = "\n".join(kept).strip()
    greeted = _GREETED.match(left)
    left = left[greeted.end() :].strip() if greeted else left
    return left or text


def sentences(text: str) -> list[str]:
    """The sentences of a long text that may say by themselves what it is about; none of a short one."""
    if len(text.split()) < LONG_WORDS:
        return []
    found = [part for part in _END.split(text) if len(part.split()) >= SENTENCE_WORDS]
    if len(found) < 2:
        return []
    if len(found) > SENTENCES:
        found = found[: SENTENCES - 2] + found[-2:]
    return found
