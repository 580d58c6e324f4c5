"""RTP streams (RFC 3550) of A-law sound and keys (RFC 4733), all paced by one ticker.

Although sockets are read only once per tick, arrival times are exact: the kernel stamps each
datagram.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from traffic.heard import Heard
from traffic.sdp import ALAW, KEYS
from traffic.sound import FRAME, FRAME_MS, SILENCE
from traffic.ticker import Ticker

KEYPAD = "0123456789*#ABCD"
"""The keys of a telephone, in the order of their RFC 4733 event codes."""

_READS_PER_TICK = 50  # a flood on one socket must not starve the others
_SO_TIMESTAMPNS = 35  # Linux; Python's socket module does not name it
_HEADER = struct.Struct(">BBHII")
_EVENT = struct.Struct(">BBH")
_STAMP = struct.Struct("@qq")


@dataclass(frozen=True, slots=True)
class KeyHeard:
    """A key that the other side pressed, when its first packet arrived (Unix ms)."""

    key: str
    at_ms: float


@dataclass(frozen=True, slots=True)
class _KeyPacket:
    """One RFC 4733 packet, or a tick of silence between keys when ``event`` is None."""

    event: int | None
    first: bool = False
    last: bool = False
    duration: int = 0


def key_packets(keys: str, tone_ms: int, gap_ms: int) -> Iterator[_KeyPacket]:
    """What to send at each tick so that the other side hears these keys.

    Raises ValueError at the first key that no telephone has.
    """
    ticks = max(2, round(tone_ms / FRAME_MS))
    for key in keys:
        event = KEYPAD.find(key.upper())
        if event < 0:
            raise ValueError(f"a key is one of {KEYPAD}, was {key!r}")
        for tick in range(1, ticks + 1):
            yield _KeyPacket(event, first=tick == 1, last=tick == ticks, duration=tick * FRAME)
        for _ in range(max(2, round(gap_ms / FRAME_MS))):
            yield _KeyPacket(None)


class Stream:
    """One call's sound in both directions, on its own UDP port (``port``), open from creation.

    Sends silence when it has nothing to play: Asterisk only answers to who speaks.
    ``sent``, ``received``, ``lost`` and ``refused`` count packets.  The caller must `close` it.
    """

    def __init__(self, host: str = "127.0.0.1", keep_s: float = 30.0) -> None:
        self.heard = Heard(keep_s)
        self.keys_heard: deque[KeyHeard] = deque(maxlen=1000)
        self.sent = self.received = self.lost = self.refused = 0
        self._socket = _open_socket(host)
        self.host, self.port = self._socket.getsockname()[:2]
        self._ticker = Ticker.shared()
        self._connected = self._closed = False
        self._speaking = False
        self._key_type: int | None = KEYS
        self._frames: Iterator[bytes] = iter(())
        self._played: asyncio.Future[None] | None = None
        self._pressing: deque[tuple[Iterator[_KeyPacket], asyncio.Future[None]]] = deque()
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(31)
        self._key_timestamp = 0
        self._peer_ssrc = -1
        self._peer_sequence = 0
        self._peer_key_timestamp = -1
        self._ticker.add(self)

    def connect(self, host: str, port: int, *, keys: int | None = KEYS, speak: bool = True) -> None:
        """Exchange sound with that address; ``keys`` is its payload type for keys.

        A connected socket hears only its peer: Asterisk's RTCP for the neighbour's port, which
        may be ours, stays outside.  ``speak=False`` (held) listens without sending.
        """
        self._socket.connect((host, port))
        self._connected = True
        self._speaking = speak
        self._key_type = keys

    def play(self, frames: Iterable[bytes]) -> asyncio.Future[None]:
        """Send these 160-byte frames instead of what was playing, then silence.

        The future is done when the last frame has left, or when something else is played.
        """
        self._end_playing()
        self._frames = iter(frames)
        played = self._played = asyncio.get_running_loop().create_future()
        if self._closed:
            self._end_playing()
        return played

    def press(self, keys: str, tone_ms: int = 100, gap_ms: int = 60) -> asyncio.Future[None]:
        """Queue keys; the future is done after the gap of the last one.

        Raises ValueError for a key that no telephone has, RuntimeError if the other side takes none.
        """
        if self._key_type is None:
            raise RuntimeError("the other side takes no keys: it offered no telephone-event")
        list(key_packets(keys, FRAME_MS, 0))  # raise now, not in the ticker
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pressing.append((key_packets(keys, tone_ms, gap_ms), done))
        if self._closed:
            self._end_pressing()
        return done

    def close(self) -> None:
        """Stop and free the port; a second time does nothing.

        What is played or pressed, now or later, is done at once: nobody waits for a dead call.
        """
        self._closed = True
        self._ticker.remove(self)
        self._end_playing()
        self._end_pressing()
        self._socket.close()

    # -- what the ticker calls -----------------------------------------------------------------

    def receive(self, present_ms: float, wall_offset_ms: float) -> None:
        """Read everything that came since the last tick."""
        recvmsg = self._socket.recvmsg
        try:
            for _ in range(_READS_PER_TICK):
                data, ancillary, _, _ = recvmsg(2048, 64)
                arrived_ms = present_ms
                if ancillary:
                    seconds, nanoseconds = _STAMP.unpack_from(ancillary[0][2])
                    arrived_ms = seconds * 1000 + nanoseconds / 1e6 + wall_offset_ms
                self._take(data, arrived_ms)
        except BlockingIOError:
            pass
        except OSError:
            self.refused += 1  # an ICMP "port unreachable": the peer has closed its side

    def send_frame(self) -> None:
        """Send the next 20 ms."""
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        if self._pressing and self._send_key():
            return
        frame = next(self._frames, None)
        if frame is None:
            if self._played is not None:
                self._end_playing()
            frame = SILENCE
        if self._speaking:
            self._send(ALAW, self._timestamp, frame)

    def _send_key(self) -> bool:
        """Send one tick of the keys being pressed; False if this tick is free for sound."""
        packets, done = self._pressing[0]
        packet = next(packets, None)
        if packet is None:
            self._pressing.popleft()
            _finish(done)
            return False
        if packet.event is None or self._key_type is None or not self._speaking:
            return False
        if packet.first:
            self._key_timestamp = self._timestamp
        marker = 0x80 if packet.first else 0
        # The end is sent three times (RFC 4733 §2.5.1.4): losing it would hold the key down.
        for _ in range(3 if packet.last else 1):
            event = _EVENT.pack(packet.event, 0x8A if packet.last else 0x0A, packet.duration)
            self._send(self._key_type | marker, self._key_timestamp, event)
        return True

    def _send(self, kind: int, timestamp: int, payload: bytes) -> None:
        if not self._connected:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        try:
            self._socket.send(_HEADER.pack(0x80, kind, self._sequence, timestamp, self._ssrc) + payload)
            self.sent += 1
        except OSError:  # full buffer or ICMP refusal: as lost as any datagram
            self.refused += 1

    def _take(self, data: bytes, arrived_ms: float) -> None:
        if len(data) < 12:
            return
        first, kind, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        kind &= 0x7F
        if kind != ALAW and kind != self._key_type:
            return
        self.received += 1
        if ssrc == self._peer_ssrc:
            ahead = (sequence - self._peer_sequence) & 0xFFFF
            if ahead != 1:
                if ahead == 0 or ahead > 0x8000:  # late after all: it had been counted as lost
                    self.lost -= 1 if ahead and self.lost else 0
                    sequence = self._peer_sequence
                else:
                    self.lost += ahead - 1
        self._peer_ssrc, self._peer_sequence = ssrc, sequence
        payload = data[12:] if first == 0x80 else _payload(data)
        if kind == ALAW:
            self.heard.add(arrived_ms, timestamp, payload)
        elif timestamp != self._peer_key_timestamp and len(payload) >= 4:
            self._peer_key_timestamp = timestamp
            if payload[0] < len(KEYPAD):
                self.keys_heard.append(KeyHeard(KEYPAD[payload[0]], arrived_ms))

    def _end_pressing(self) -> None:
        while self._pressing:
            _finish(self._pressing.popleft()[1])

    def _end_playing(self) -> None:
        self._frames = iter(())
        if self._played is not None:
            _finish(self._played)
            self._played = None


def _open_socket(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    if sys.platform == "linux":  # elsewhere arrival times are those of the tick
        opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    opened.bind((host, 0))
    return opened


def _payload(data: bytes) -> bytes:
    """What is left of a packet that carries CSRCs, an extension or padding (RFC 3550 §5.1)."""
    start = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10 and len(data) >= start + 4:
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data) - data[-1] if data[0] & 0x20 else len(data)
    return data[start:end]


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
