"""Asterisk's end of an AudioSocket, and somebody who speaks into it; and the edge's end of it, with what it told."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from core import events as e
from core import ids
from core.commands import HearCaller
from core.events.base import Event
from speech.audio_socket import FRAME_BYTES, FRAME_MS, IDENTITY, KEY, SOUND, encode
from speech.hear import Hearing, HearSettings
from speech.meaning import UNTAUGHT, Lessons
from speech.second import Second
from traffic.sound import decode_alaw
from traffic.speech import speak

F = TypeVar("F", bound=Event)

MODEL: Final = Path(__file__).parents[2] / "speech/test_model/built"
SENTENCE: Final = "je voudrais parler à un conseiller"
PATIENCE_S: Final = 20.0
INTERACTION: Final = ids.mint(1_800_000_000_000, b"0123456789")


def command(number: int = 1, **changes: Any) -> HearCaller:
    """An order to hear somebody, for the `number`-th time."""
    usual: dict[str, Any] = {
        "cause": "t",
        "interaction": INTERACTION,
        "listening": ids.listening(INTERACTION, number),
        "language": "fr",
        "prompts": (),
        "only": (),
        "silence_ms": 3_000,
        "longest_ms": 20_000,
        "read": None,
        "about": "",
        "so_far": None,
    }
    return HearCaller(**{**usual, **changes})


async def said(text: str, quiet_ms: int = 0) -> bytes:
    """Somebody says that, after some quiet."""
    sound = decode_alaw(await speak(text)).astype("<i2").tobytes()
    return bytes(16 * quiet_ms) + sound


def noise(seconds: float, level: float, seed: int = 1) -> bytes:
    """White noise of that many dB below full scale."""
    samples = np.random.default_rng(seed).standard_normal(int(8_000 * seconds)) * 32_768 * 10 ** (level / 20)
    return np.clip(samples, -32_768, 32_767).astype("<i2").tobytes()


def frames(sound: bytes) -> Iterator[bytes]:
    for at in range(0, len(sound), FRAME_BYTES):
        yield sound[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


class Ears:
    """Hearing as the edge has it, and every fact that came of it."""

    def __init__(self, lessons: Lessons = UNTAUGHT, second: Second | None = None, **settings: Any) -> None:
        chosen = HearSettings(**{"models": {"fr": MODEL}, "workers": 1, **settings})
        self.hearing = Hearing(chosen, lessons, wanted=True, second=second)
        self.facts: list[Event] = []
        self._news = asyncio.Event()

    async def __aenter__(self) -> Ears:
        self.hearing.start(self._take)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hearing.stop()

    def _take(self, fact: Event) -> None:
        self.facts.append(fact)
        self._news.set()

    async def ready(self) -> e.SpeechCapacity:
        return await self.told(e.SpeechCapacity, lambda fact: fact.streams > 0)

    async def told(self, kind: type[F], fits: Callable[[F], bool] = lambda _: True, nth: int = 1) -> F:
        """The `nth` fact of that kind; waits for it."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = [fact for fact in self.facts if isinstance(fact, kind) and fits(fact)]
                if len(found) >= nth:
                    return found[nth - 1]
                self._news.clear()
                await self._news.wait()

    async def placed(self, order: HearCaller) -> e.HearingPlaced:
        self.hearing.hear(order)
        return await self.told(e.HearingPlaced, lambda fact: fact.listening == order.listening)

    async def called(self, order: HearCaller) -> Peer:
        """Asterisk brings the sound of a caller who is to be heard so."""
        placed = await self.placed(order)
        return await Peer.open(placed.address, ids.socket_of(order.listening))

    async def ended(self, order: HearCaller, why: str) -> None:
        """It ends, and for that reason."""
        fact = await self.told(e.HearingEnded, lambda fact: fact.listening == order.listening)
        assert fact.why == why


class Peer:
    """A connection to a worker; `heard` is the sound that it sent, with when each frame came."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.heard: list[tuple[float, bytes]] = []
        self.hung_up = False
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def open(cls, address: str, socket: str | None = None) -> Peer:
        """Connects; with `socket` it says whose sound it brings."""
        host, port = address.split(":")
        peer = cls(*await asyncio.open_connection(host, int(port)))
        if socket is not None:
            peer.writer.write(encode(IDENTITY, uuid.UUID(socket).bytes))
        return peer

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await self.reader.readexactly(3)
                payload = await self.reader.readexactly(int.from_bytes(head[1:], "big"))
                if head[0] == SOUND:
                    self.heard.append((asyncio.get_running_loop().time(), payload))
                else:
                    self.hung_up = True

    @property
    def done(self) -> bool:
        """Whether the worker has closed."""
        return self._reading.done()

    async def closed(self) -> None:
        """Waits until the worker closes."""
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.shield(self._reading)

    async def says(self, sound: bytes) -> None:
        """At the pace of speech, unless the worker closes before."""
        loop = asyncio.get_running_loop()
        at_s = loop.time()
        for frame in frames(sound):
            if self._reading.done():
                return
            self.writer.write(encode(SOUND, frame))
            at_s += FRAME_MS / 1_000
            await asyncio.sleep(max(0.0, at_s - loop.time()))

    async def is_quiet(self, level: float = -70.0) -> None:
        """Sends the noise of a line until the worker closes."""
        while not self._reading.done():
            await self.says(noise(0.5, level))

    def press(self, digit: str) -> None:
        self.writer.write(encode(KEY, digit.encode()))

    async def close(self) -> None:
        self.writer.close()
        self._reading.cancel()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()
