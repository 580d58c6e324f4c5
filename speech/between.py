"""What the edge and its workers say to each other: one JSON object a line, over the worker's standard streams."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core.events.speech import Understanding, Urgency
from core.personal import Personal
from speech.meaning import UNTAUGHT, Lessons
from speech.understand.asked import Asked


class Setup(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The first line to a worker: what it hears with (`models`: a directory by language), where (`port` 0: any that is
    free), how many callers at most, after which pauses somebody has ended, and what it learns about what they say."""

    models: dict[str, str]
    host: str
    port: int
    most: int
    pause_ms: int
    open_pause_ms: int
    lessons: Lessons = UNTAUGHT


class Hear(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Expect the sound named `socket`; see core.commands.HearCaller."""

    listening: str
    socket: str
    language: str
    prompts: tuple[str, ...]
    only: tuple[str, ...]
    silence_ms: int
    longest_ms: int
    asked: Asked | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Hear no more, and say nothing of it."""

    listening: str


class Write(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody wrote these words: what do they mean?  Answered by the same `name`."""

    name: str
    language: str
    words: str


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The worker listens on `port`, and has room for `streams`."""

    port: int
    streams: int
    title: str
    trial: bool


class Unfit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The worker cannot hear: `why`, in French."""

    why: str


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It lives."""


class Placed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The sound of `listening` may come now."""

    listening: str


class Words(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Words that will not change any more."""

    listening: str
    words: str


class Danger(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was said so far speaks of danger."""

    listening: str
    urgency: Urgency
    danger: str
    confidence: int


class Understood(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The caller has ended, and what they mean."""

    listening: str
    words: str
    reading: Understanding
    why: tuple[str, ...] = ()


class Read(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was written means this."""

    name: str
    reading: Understanding
    why: tuple[str, ...] = ()


class Over(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing was understood; `why` as in HearingEnded."""

    listening: str
    why: str


Order = Setup | Hear | Stop
Told = Ready | Unfit | Beat | Placed | Words | Danger | Understood | Over

_ENCODER: Final = msgspec.json.Encoder(enc_hook=lambda value: _plain(value))
_ORDERS: Final[msgspec.json.Decoder[Order]] = msgspec.json.Decoder(Order)
_TOLD: Final[msgspec.json.Decoder[Told]] = msgspec.json.Decoder(Told, dec_hook=lambda _kind, value: Personal(*value))
_WRITES: Final[msgspec.json.Decoder[Write]] = msgspec.json.Decoder(Write)
_READS: Final[msgspec.json.Decoder[Read]] = msgspec.json.Decoder(Read, dec_hook=lambda _kind, value: Personal(*value))


def _plain(value: Any) -> Any:
    if isinstance(value, Personal):
        return [value.of, value.purpose, value.text]
    raise NotImplementedError


def line(message: Order | Told | Write | Read) -> bytes:
    """One line; no text holds a raw line break in JSON."""
    return _ENCODER.encode(message) + b"\n"


def order(written: bytes) -> Order:
    """Raises msgspec.MsgspecError."""
    return _ORDERS.decode(written)


def told(written: bytes) -> Told:
    """Raises msgspec.MsgspecError."""
    return _TOLD.decode(written)


def write(written: bytes) -> Write:
    """Raises msgspec.MsgspecError."""
    return _WRITES.decode(written)


def read(written: bytes) -> Read:
    """Raises msgspec.MsgspecError."""
    return _READS.decode(written)
