"""AMI as text: what may be written, how it is read.  Pure.

A message is lines of ``Name: value`` ended by an empty line.  Asterisk takes whatever stands in a value: one with a
line break in it *is* another action.  So nothing is written that could be read as more than one field.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from typing import Final

from core.errors import UnsafeValue
from core.limits import AMI_FIELD_BYTES

Message = Mapping[str, str]
"""Field names as Asterisk writes them; a field that comes several times has its values joined by line feeds."""

Fields = Iterable[tuple[str, str]]

_END: Final = "\r\n\r\n"
_REPEATED: Final = frozenset({"Variable", "ChanVariable", "Contacts"})
_UNSAFE: Final = frozenset("\r\n\0")

# A message that does not end within this many characters is none: whatever speaks there is not AMI.
MESSAGE_CHARACTERS: Final = 1_000_000


class NotAmi(Exception):
    """What comes from the peer cannot be AMI."""


def safe_field(name: str, value: str) -> None:
    """Raises UnsafeValue, naming the field and never showing its value, if it may not be written."""
    if not name or any(c in _UNSAFE for c in name) or ":" in name:
        raise UnsafeValue(f"champ AMI au nom interdit ({len(name)} caractères)")
    if any(c in _UNSAFE for c in value):
        raise UnsafeValue(f"champ {name} : retour à la ligne ou caractère nul interdit")
    try:
        size = len(f"{name}: {value}".encode())
    except UnicodeEncodeError as error:
        raise UnsafeValue(f"champ {name} : caractère impossible à transmettre") from error
    if size > AMI_FIELD_BYTES:
        raise UnsafeValue(f"champ {name} : {size} octets, {AMI_FIELD_BYTES} au plus")


def safe_action(action: str, fields: Fields, action_id: str) -> bytes:
    """An action as it is written; a field may be given several times.  Raises UnsafeValue."""
    lines = [("Action", action), ("ActionID", action_id), *fields]
    text = "".join([f"{name}: {value}\r\n" for name, value in lines])
    if not _surely_safe(text, lines):
        for name, value in lines:
            safe_field(name, value)
    return (text + "\r\n").encode()


def _surely_safe(text: str, lines: list[tuple[str, str]]) -> bool:
    """Whether no field of `lines` needs a look of its own: all of them are short, and no line break is theirs."""
    return (
        len(text) <= AMI_FIELD_BYTES
        and text.isascii()
        and text.count("\r") == text.count("\n") == len(lines)
        and "\0" not in text
        and all(name and ":" not in name for name, _ in lines)
    )


def parse(block: str) -> dict[str, str]:
    """The fields of one message; lines without a colon (the greeting) are none."""
    fields: dict[str, str] = {}
    for line in block.split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        value = value.strip(" ")
        fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    return fields


def is_torn(message: Message, block: str) -> bool:
    """Whether a field comes twice that Asterisk writes once: somebody's number or name held a line break.

    `block` is the text of the message: nothing is torn when its line breaks are one less than its fields.
    """
    if block.count("\n") == block.count("\r\n") == len(message) - 1:
        return False
    return any("\n" in value for name, value in message.items() if name not in _REPEATED)


def event_name(block: str) -> str | None:
    """The event's name if the message is one; costs no parsing."""
    if not block.startswith("Event: "):
        return None
    return block[7:].partition("\r\n")[0]


class Reader:
    """Bytes as they come, in any pieces, to whole messages; a character cut in two is put together again."""

    __slots__ = ("_decode", "_rest")

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """The messages that `data` completes.  Raises NotAmi when one will not end."""
        blocks = (self._rest + self._decode(data)).split(_END)
        self._rest = blocks.pop()
        if len(self._rest) > MESSAGE_CHARACTERS:
            raise NotAmi(f"message without end, was {len(self._rest)} characters")
        return [block.lstrip("\r\n") for block in blocks if block]
