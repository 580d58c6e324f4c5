"""A written message as it arrives, an e-mail or plain text, and what its writer says in it.

Of an e-mail its subject and its text are read, or its HTML without the tags; attachments are not.  What it answers is
somebody else's: quoted lines go, wherever they stand, and so does everything under "Le … a écrit :" that nobody wrote
beneath.  The signature stays for whoever looks for danger: a cry for help may stand under it.
"""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Final

import msgspec

from speech.understand.nir import masked
from speech.understand.normalise import TEXT_CHARACTERS

MESSAGE_BYTES: Final = 2_000_000
"""A mail with a photograph; of longer ones the beginning has the text, or nothing has."""
SUBJECT_CHARACTERS: Final = 300
PARTS_MOST: Final = 300
"""Sentences of one message that are read by themselves."""
PART_WORDS: Final = 3
"""Shorter sentences belong to the next: "Au secours. Il est là."."""

_HEADED: Final = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n)+\r?\n")
_IS_MAIL: Final = re.compile(rb"^(?:from|subject|date|message-id|mime-version):", re.IGNORECASE | re.MULTILINE)
_QUOTE: Final = re.compile(r"\s*>")
_ANSWERED: Final = re.compile(
    r"\s*(?:le .{4,80} a [ée]crit\s*:|on .{4,80} wrote\s*:|-{2,}\s*(?:message|forwarded|transf)|_{5,}\s*$|"
    r"de\s*:\s.*@|from\s*:\s.*@)",
    re.IGNORECASE,
)
_END: Final = re.compile(r"(?<=[.!?;…])\s+|\n+")
_BREAKS: Final = frozenset(["br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"])
_UNSEEN: Final = frozenset(["style", "script", "head", "title"])


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote: `subject` and their own `text`, numbers of social security hidden."""

    subject: str = ""
    text: str = ""

    @property
    def whole(self) -> str:
        """Both, as they are understood together."""
        return "\n".join(part for part in (self.subject, self.text) if part)

    def __repr__(self) -> str:  # what people write is in no log
        return "Message()"


def read_message(raw: bytes) -> Message:
    """The message in `raw`: an e-mail as it travels, else text.  Whatever the bytes are, something is read of them."""
    raw = raw[:MESSAGE_BYTES]
    headed = _HEADED.match(raw)
    subject, text = "", None
    if headed is not None and _IS_MAIL.search(headed[0]):
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        subject, text = _subject(mail), _text(mail)
    if text is None:
        text = _decoded(raw)
    return Message(subject=masked(subject[:SUBJECT_CHARACTERS]), text=masked(own(text[: 4 * TEXT_CHARACTERS])))


def _subject(mail: EmailMessage) -> str:
    try:
        return " ".join(str(mail.get("subject", "")).split())
    except Exception:  # a header that no rule of mail allows: the library raises whatever it stumbled over
        return ""


def _text(mail: EmailMessage) -> str | None:
    """The words of its text, else of its HTML; none where it has neither."""
    try:
        body = mail.get_body(preferencelist=("plain", "html"))
        content = body.get_content() if body is not None else ""
        kind = body.get_content_subtype() if body is not None else "plain"
    except Exception:  # an unknown charset, a multipart without end: read as it stands
        return None
    if not isinstance(content, str):
        return None
    return _shown(content) if kind == "html" else content


def _decoded(raw: bytes) -> str:
    """As UTF-8, else as the machines of the nineties wrote French."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(data)


def _shown(page: str) -> str:
    words = _Words()
    words.feed(page[: 16 * TEXT_CHARACTERS])
    return "".join(words.said)


def own(text: str) -> str:
    """What the writer wrote, without what they answer; all of it if nothing would be left."""
    lines = text.splitlines()
    kept: list[str] = []
    for at, line in enumerate(lines):
        if _QUOTE.match(line):
            continue
        if _ANSWERED.match(line):
            beneath = next((other for other in lines[at + 1 :] if other.strip()), "")
            if not _QUOTE.match(beneath):
                break
            continue
        kept.append(line)
    left = "\n".join(kept).strip()
    return left or text.strip()


def parts(text: str) -> list[str]:
    """The sentences of `text`, short ones with the next; at most PARTS_MOST, what is left in the last."""
    found: list[str] = []
    short = ""
    for part in _END.split(text):
        whole = f"{short} {part}".strip()
        if len(whole.split()) < PART_WORDS:
            short = whole
            continue
        short = ""
        found.append(whole)
    if short:
        found.append(f"{found.pop()} {short}" if found else short)
    return [*found[: PARTS_MOST - 1], " ".join(found[PARTS_MOST - 1 :])] if len(found) > PARTS_MOST else found
