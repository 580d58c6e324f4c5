"""Asterisk's AudioSocket, as bytes: frames of a kind, a length and a payload.  Pure.

A connection begins with the UUID that the dialplan was given; then sound comes, 8 kHz, 16 bits, a frame of 20 ms at a
time, and keys as they are pressed.  What we send is sound alike, and a hang-up, after which Asterisk goes on with the
call 1 ms later.  A peer that says anything else is no Asterisk: `BadPeer`, and the connection is closed.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass
from typing import Final

from core.errors import AlloError

HANG_UP: Final = 0x00
IDENTITY: Final = 0x01
KEY: Final = 0x03
SOUND: Final = 0x10
FAULT: Final = 0xFF

FRAME_MS: Final = 20
FRAME_BYTES: Final = 320  # 20 ms at 8 kHz, 16 bits
# Asterisk sends 320 bytes; what announces more than ten of its frames in one is garbage that happens to fit.
PAYLOAD_BYTES: Final = 10 * FRAME_BYTES
_HEAD: Final = struct.Struct(">BH")
_KEYS: Final = frozenset("0123456789*#ABCD")


class BadPeer(AlloError):
    """What came is no AudioSocket; the message says why and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose sound this is: always the first frame, and only that."""

    name: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples, 16 bits, little-endian."""

    samples: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """The caller pressed it."""

    digit: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """Asterisk closes; `fault` if it says that something went wrong on its side."""

    fault: bool = False


Frame = Identity | Sound | Key | HungUp


class Decoder:
    """Bytes as they come, in any pieces, to frames.  After BadPeer nothing more may be fed."""

    def __init__(self) -> None:
        self._rest = b""
        self._named = False

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now; what is begun waits for the rest, and never holds more than one frame."""
        data = self._rest + data
        frames, at = [], 0
        while at + _HEAD.size <= len(data):
            kind, length = _HEAD.unpack_from(data, at)
            self._check(kind, length)
            if at + _HEAD.size + length > len(data):
                break
            frames.append(self._frame(kind, data[at + _HEAD.size : at + _HEAD.size + length]))
            at += _HEAD.size + length
        self._rest = data[at:]
        return frames

    def _check(self, kind: int, length: int) -> None:
        """By its head alone, so that garbage is refused before it is waited for."""
        if length > PAYLOAD_BYTES:
            raise BadPeer(f"a frame of at most {PAYLOAD_BYTES} bytes, was {length}")
        if not self._named and kind not in (IDENTITY, HANG_UP, FAULT):
            raise BadPeer(f"first a UUID, was kind {kind:#04x}")

    def _frame(self, kind: int, payload: bytes) -> Frame:
        if kind == SOUND:
            if len(payload) % 2:
                raise BadPeer(f"samples of 16 bits, were {len(payload)} bytes")
            return Sound(payload)
        if kind == IDENTITY:
            return self._identity(payload)
        if kind == KEY:
            digit = payload.decode("ascii", "replace")
            if digit not in _KEYS:
                raise BadPeer("a key of a telephone, was another")
            return Key(digit)
        if kind in (HANG_UP, FAULT):
            return HungUp(fault=kind == FAULT)
        raise BadPeer(f"a known kind, was {kind:#04x}")

    def _identity(self, payload: bytes) -> Identity:
        if self._named or len(payload) != 16:
            raise BadPeer("one UUID of 16 bytes, was another")
        self._named = True
        return Identity(str(uuid.UUID(bytes=payload)))


def encode(kind: int, payload: bytes = b"") -> bytes:
    """One frame, as it goes over the wire."""
    return _HEAD.pack(kind, len(payload)) + payload
