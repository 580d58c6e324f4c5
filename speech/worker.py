"""A process that hears: it has the models, takes the sound of its callers, and tells what they say.

Started by speech/hear.py, which it obeys on standard input and tells on standard output; it ends when that ends.
Recognition has a thread of its own and the loop another: a recogniser lets go of Python while it works.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec
import numpy as np
import uvloop

from core import limits
from core.errors import AlloError
from speech import between
from speech.audio_socket import FRAME_BYTES, BadPeer, Decoder, Identity
from speech.endpoint import Endpointer, Rules, level_db
from speech.engines.port import Engine
from speech.listening import CHUNK_BYTES, Listening
from speech.meaning import Meaning, Taught
from speech.pauses import OPEN_WORDS

log = logging.getLogger("allo.speech")

# Of a core that decoding may fill: beside it are the loop, other processes, and sentences harder than the trial's.
SHARE: Final = 0.6
TRIAL_S: Final = 4.0
BROKEN: Final = 70


class Worker:
    """Everybody whom this process hears."""

    def __init__(self, setup: between.Setup, engines: Mapping[str, Engine], meaning: Meaning, out: BinaryIO) -> None:
        self._setup = setup
        self._engines = engines
        self._meaning = meaning
        self._out = out
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recogniser")
        self._heard: dict[str, Listening] = {}
        self._by_socket: dict[str, Listening] = {}
        self.strangers: set[Peer] = set()

    async def run(self, orders: asyncio.StreamReader, streams: int) -> None:
        """Until there are no more orders."""
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(lambda: Peer(self), self._setup.host, self._setup.port)
        except OSError as error:
            where = f"{self._setup.host}:{self._setup.port}"
            why = f"{where} ne peut pas être écouté ({error.strerror}) : changez speech.listen dans centre.yaml"
            self.tell(between.Unfit(why=why))
            return
        port = server.sockets[0].getsockname()[1]
        engine = next(iter(self._engines.values()))
        self.tell(between.Ready(port=port, streams=streams, title=engine.abilities.title, trial=engine.abilities.trial))
        beating = loop.create_task(self._beat())
        try:
            while written := await orders.readline():
                self._obey(written)
        finally:
            beating.cancel()
            server.close()

    def tell(self, message: between.Told) -> None:
        """A line for the edge; without an edge there is nobody to work for."""
        try:
            self._out.write(between.line(message))
            self._out.flush()
        except OSError:
            os._exit(0)

    def _obey(self, written: bytes) -> None:
        order = between.order(written)
        if isinstance(order, between.Hear):
            self._hear(order)
        elif isinstance(order, between.Stop) and (listening := self._heard.get(order.listening)) is not None:
            listening.end("stopped")

    def _hear(self, order: between.Hear) -> None:
        engine = self._engines.get(order.language)
        if engine is None or len(self._heard) >= self._setup.most or order.listening in self._heard:
            self.tell(between.Over(listening=order.listening, why="refused"))
            return
        rules = Rules(
            silence_ms=order.silence_ms,
            longest_ms=order.longest_ms,
            pause_ms=self._setup.open_pause_ms if dictated(order) else self._setup.pause_ms,
            open_pause_ms=self._setup.open_pause_ms,
            open_words=() if order.only else OPEN_WORDS.get(order.language, ()),
        )
        recogniser = engine.recogniser(order.only)
        listening = Listening(order, recogniser, rules, self._meaning, self._thread, self.tell, self._forget)
        self._heard[order.listening] = self._by_socket[order.socket] = listening
        self.tell(between.Placed(listening=order.listening))

    def _forget(self, listening: Listening) -> None:
        self._heard.pop(listening.order.listening, None)
        self._by_socket.pop(listening.order.socket, None)

    def expected(self, socket: str) -> Listening | None:
        """Whose sound that is; None if nobody waits for it, or it is there already."""
        listening = self._by_socket.get(socket)
        return None if listening is None or listening.taken or listening.over else listening

    async def _beat(self) -> None:
        while True:
            now_s = asyncio.get_running_loop().time()
            for listening in self._heard.values():
                since_s = listening.busy_since_s
                if since_s is not None and now_s - since_s > limits.RECOGNISER_STUCK_MS / 1_000:
                    log.error("la reconnaissance ne répond plus : ce processus s'arrête")
                    os._exit(BROKEN)
            self.tell(between.Beat())
            await asyncio.sleep(limits.WORKER_BEAT_MS / 1_000)


class Peer(asyncio.Protocol):
    """A connection: Asterisk's, if it says whose sound it brings, and one that we wait for."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._decoder = Decoder()
        self._transport: asyncio.Transport | None = None
        self._listening: Listening | None = None
        self._silent: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is none by its class
        if len(self._worker.strangers) >= limits.STRANGERS_PER_WORKER:
            self._transport.abort()
            return
        self._worker.strangers.add(self)
        loop = asyncio.get_running_loop()
        self._silent = loop.call_later(limits.SOUND_COMES_MS / 1_000, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        try:
            frames = self._decoder.feed(data)
        except BadPeer as bad:
            log.warning("quelqu'un parle autre chose qu'AudioSocket : %s", bad)
            self._transport.abort()
            if self._listening is not None:
                self._listening.end("failed")
            return
        if self._listening is None and frames:
            first, *frames = frames
            self._listening = self._worker.expected(first.name) if isinstance(first, Identity) else None
            if self._listening is None:
                self._transport.abort()
                return
            self._known()
            self._listening.connect(self._transport)
        if self._listening is not None:
            self._listening.take(frames)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._known()
        if self._listening is not None:
            self._listening.end("closed")

    def _known(self) -> None:
        self._worker.strangers.discard(self)
        if self._silent is not None:
            self._silent.cancel()


def dictated(order: between.Hear) -> bool:
    """Whether they look for the next digits while they speak: a pause is then no end."""
    return order.asked is not None and order.asked.about != "commune" and not order.asked.so_far


def streams_of(engine: Engine, most: int) -> int:
    """How many callers at once this machine recognises with that engine, by a trial of some seconds of sound."""
    noise = np.random.default_rng(5).standard_normal(int(TRIAL_S * 8_000)) * 3_000
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(noise.size) / 8_000)
    sound = (noise * syllables).astype("<i2").tobytes()
    recogniser = engine.recogniser()
    endpointer = Endpointer(Rules(silence_ms=60_000, longest_ms=60_000))
    began_s = time.perf_counter()
    for at in range(0, len(sound), CHUNK_BYTES):
        chunk = sound[at : at + CHUNK_BYTES]
        for frame in range(0, len(chunk), FRAME_BYTES):
            endpointer.sound(at // 16, level_db(np.frombuffer(chunk[frame : frame + FRAME_BYTES], dtype="<i2")))
        endpointer.words(at // 16, recogniser.hear(chunk))
    recogniser.end()
    share = (time.perf_counter() - began_s) / TRIAL_S
    return min(most, int(SHARE / share))


def _engines(setup: between.Setup) -> dict[str, Engine]:
    """The models loaded, each once; raises BadModel."""
    from speech.engines.vosk import VoskEngine

    loaded: dict[str, Engine] = {}
    for path in set(setup.models.values()):
        loaded[path] = VoskEngine(Path(path))
    return {language: loaded[path] for language, path in setup.models.items()}


async def _serve(worker: Worker, streams: int) -> None:
    orders = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin.buffer)
    await worker.run(orders, streams)


def main() -> int:
    """The whole life of the process."""
    # What a library prints must not get between our lines: from here on, it goes to standard error.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    first = _first_line()
    if first is None:
        return 0
    try:
        setup = between.order(first)
        assert isinstance(setup, between.Setup)
        engines = _engines(setup)
        meaning = Taught(setup.lessons)
        streams = min(streams_of(engine, setup.most) for engine in engines.values())
    except (AlloError, msgspec.MsgspecError, AssertionError) as fault:
        with contextlib.suppress(OSError):
            out.write(between.line(between.Unfit(why=str(fault))))
        return 1
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Worker(setup, engines, meaning, out), streams))
    os._exit(0)  # a recogniser at work would keep the thread, and us


def _first_line() -> bytes | None:
    """Byte by byte: what follows is the loop's to read."""
    written = b""
    while not written.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return None
        written += byte
    return written


if __name__ == "__main__":
    sys.exit(main())
