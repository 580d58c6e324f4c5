"""How fast a caller who speaks is understood, and how many can be at once: real processes, sockets, sound, Vosk.

    python bench/speech.py [--json] [--quick] [--callers 12] [--rounds 4]

Callers are a process of their own that speaks into the sockets at the pace of speech, as Asterisk does, with the test
model's held-out sentences; the edge runs in this process on uvloop, as in the centre, and its loop's lag is measured
beside that of an idle loop in a third process, at the same time: on a busy machine both suffer.

speech_to_need_*_ms     the last sample of voice has left → the fact SpeechUnderstood; the pause that ends is in it
endpoint_to_need_*_ms   the same, less that pause
danger_to_priority_*_ms the danger word has ended → the fact DangerHeard
barge_in_*_ms           the first sample of voice has left → the last frame of our own words has come
streams_per_core        seconds of speech that one core's second recognises, endpoint and understanding included
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import uvloop

from core import events as e
from core import ids
from core.commands import HearCaller
from core.events.base import Event
from runtime.settings import load
from runtime.settings.speech import TRIAL_MODEL
from runtime.settings.topics import load_examples
from speech.audio_socket import FRAME_BYTES, FRAME_MS, SOUND, encode
from speech.hear import Hearing, HearSettings
from speech.meaning import Lessons
from speech.sound import to_alaw
from tests.speech.peers import Peer
from traffic.sound import decode_alaw
from traffic.speech import speak

ROOT: Final = Path(__file__).resolve().parents[1]
SENTENCES: Final = ROOT / "speech/test_model/held_out.txt"
DANGER: Final = ("bonjour je veux mourir", "je n'en peux plus")
BARGES: Final = "je voudrais parler à un conseiller"
VOICED: Final = 330  # 1 % of full scale: what is below is the silence that a synthesiser adds
AROUND_S: Final = 0.9  # of quiet that is recognised before and after a sentence
LAG_EVERY_S: Final = 0.002
PATIENCE_S: Final = 60.0


# -- the callers' process -------------------------------------------------------------------------------------------


async def callers() -> None:
    """Obeys a line a caller: speaks, and prints when the voice began and ended, and when our own words last came."""
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    calls = set()
    while (line := await orders.readline()).strip():  # an empty one is the end
        call = loop.create_task(_call(json.loads(line)))
        calls.add(call)
        call.add_done_callback(calls.discard)
    await asyncio.gather(*calls)


async def _call(order: dict[str, Any]) -> None:
    peer = await Peer.open(order["address"], order["socket"])
    marks: list[float] = []
    await _say(peer, bytes(16 * order["before_ms"]))
    for part in order["parts"]:
        sound = np.fromfile(part, "<i2")
        marks.append(time.monotonic())
        await _say(peer, sound.tobytes())
        marks.append(time.monotonic())
    while not peer.done:
        await _say(peer, bytes(16 * 200))
    told = {"socket": order["socket"], "marks": marks, "heard_s": peer.heard[-1][0] if peer.heard else 0.0}
    print(json.dumps(told), flush=True)
    peer.writer.close()


async def _say(peer: Peer, sound: bytes) -> None:
    """A frame every 20 ms, with a telephone line's noise below it."""
    loop = asyncio.get_running_loop()
    at_s = loop.time()
    for at in range(0, len(sound), FRAME_BYTES):
        if peer.done:
            return
        frame = np.frombuffer(sound[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"), "<i2")
        noise = np.random.default_rng(at).integers(-8, 9, frame.size)
        peer.writer.write(encode(SOUND, (frame + noise).astype("<i2").tobytes()))
        at_s += FRAME_MS / 1_000
        await asyncio.sleep(max(0.0, at_s - loop.time()))


# -- lag ------------------------------------------------------------------------------------------------------------


async def lag(until: asyncio.Event) -> list[float]:
    """How late, in ms, a loop comes back to somebody who asked for LAG_EVERY_S."""
    late = []
    while not until.is_set():
        began_s = time.perf_counter()
        await asyncio.sleep(LAG_EVERY_S)
        late.append(1_000 * (time.perf_counter() - began_s - LAG_EVERY_S))
    return late


async def idle() -> None:
    """A loop with nothing to do, until it is told to end."""
    until = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, until.set)
    print(json.dumps(await lag(until)))


# -- the edge's process ---------------------------------------------------------------------------------------------


class Bench:
    """Hearing as the centre has it; `facts` are told with the moment in which they came."""

    def __init__(self, workers: int, lessons: Lessons) -> None:
        settings = HearSettings(models={"fr": TRIAL_MODEL}, workers=workers)
        self.hearing = Hearing(settings, lessons)
        self.facts: list[tuple[float, Event]] = []
        self._news = asyncio.Event()
        self._number = 0

    def take(self, fact: Event) -> None:
        self.facts.append((time.monotonic(), fact))
        self._news.set()

    async def fact(self, kinds: tuple[type[Event], ...], listening: str) -> tuple[float, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for at_s, fact in self.facts:
                    if isinstance(fact, kinds) and getattr(fact, "listening", listening) == listening:
                        return at_s, fact
                self._news.clear()
                await self._news.wait()

    async def call(self, out: Any, parts: Sequence[str], prompts: tuple[str, ...] = (), before_ms: int = 400) -> str:
        """Has one caller speak; what it is heard as."""
        self._number += 1
        interaction = ids.mint(1_800_000_000_000 + self._number, b"0123456789")
        listening = ids.listening(interaction, 1)
        order = HearCaller(
            cause="bench",
            interaction=interaction,
            listening=listening,
            language="fr",
            prompts=prompts,
            only=(),
            silence_ms=5_000,
            longest_ms=30_000,
            read=None,
            about="",
            so_far=None,
        )
        self.hearing.hear(order)
        _, placed = await self.fact((e.HearingPlaced, e.HearingEnded), listening)
        if isinstance(placed, e.HearingEnded):
            raise RuntimeError(f"no room for a caller, was {placed.why}: fewer --callers")
        told = {"socket": ids.socket_of(listening), "address": placed.address, "parts": parts, "before_ms": before_ms}
        out.write(json.dumps(told).encode() + b"\n")
        return listening


def cpu_s(pids: Sequence[int]) -> float:
    """What these processes have used of a core, in seconds."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def sounds(folder: Path, texts: Sequence[str]) -> list[str]:
    """A file of samples for each text, voice alone: without the silence before and after it."""
    files = []
    for number, text in enumerate(texts):
        samples = decode_alaw(await speak(text))
        voiced = np.flatnonzero(np.abs(samples) > VOICED)
        path = folder / f"{number}-{abs(hash(text)) % 10**6}.raw"
        samples[voiced[0] : voiced[-1] + 1].astype("<i2").tofile(path)
        files.append(str(path))
    return files


def seconds_of(file: str) -> float:
    return os.path.getsize(file) / 16_000


def percentile(values: Sequence[float], share: float) -> float | None:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)], 1) if ordered else None


async def measure(count: int, rounds: int, workers: int) -> dict[str, Any]:
    loaded = load(ROOT / "config")
    topics = loaded.settings.topics
    lessons = Lessons(
        topics=topics,
        examples=load_examples(ROOT / "config", topics),
        urgencies=loaded.settings.urgencies,
    )
    bench = Bench(workers, lessons)
    bench.hearing.start(bench.take)
    _, capacity = await bench.fact((e.SpeechCapacity,), "")
    with tempfile.TemporaryDirectory() as folder:
        try:
            return await _measured(bench, Path(folder), capacity, count, rounds)
        finally:
            await bench.hearing.stop()


async def _measured(bench: Bench, folder: Path, capacity: Any, count: int, rounds: int) -> dict[str, Any]:
    texts = [line for line in SENTENCES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    chosen = random.Random(1).sample(texts, min(len(texts), count * rounds))
    files = await sounds(folder, chosen)
    danger, barge = await sounds(folder, DANGER), (await sounds(folder, [BARGES]))[0]
    tone = 0.3 * np.sin(2 * np.pi * 400 * np.arange(8_000 * 8) / 8_000)
    (folder / "tone.alaw").write_bytes(to_alaw(tone.astype(np.float32)))
    this = (sys.executable, "-P", str(Path(__file__)))
    pipes: dict[str, Any] = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    people = await asyncio.create_subprocess_exec(*this, "--part", "callers", **pipes)
    other = await asyncio.create_subprocess_exec(*this, "--part", "idle", **pipes)
    assert people.stdin is not None
    until = asyncio.Event()
    lagging = asyncio.create_task(lag(until))
    used_s, heard = cpu_s(bench.hearing.pids), []
    spoken_s = 0.0
    for at in range(0, len(files), count):
        batch = files[at : at + count]
        spoken_s += sum(seconds_of(file) for file in batch) + AROUND_S * len(batch)
        placed = [await bench.call(people.stdin, [file]) for file in batch]
        heard += placed
        for listening in placed:
            await bench.fact((e.SpeechUnderstood, e.HearingEnded), listening)
    used_s = cpu_s(bench.hearing.pids) - used_s
    feared = [await bench.call(people.stdin, danger, before_ms=300 + 37 * n) for n in range(count)]
    for listening in feared:
        await bench.fact((e.SpeechUnderstood, e.HearingEnded), listening)
    tones = (str(folder / "tone"),)
    barged = [await bench.call(people.stdin, [barge], tones, before_ms=1_000 + 37 * n) for n in range(count)]
    for listening in barged:
        await bench.fact((e.SpeechUnderstood, e.HearingEnded), listening)
    until.set()
    out, _ = await people.communicate(b"\n")
    idle_ms = json.loads((await other.communicate(b"\n"))[0])
    marks = {told["socket"]: told for told in map(json.loads, out.splitlines())}
    return _figures(bench, capacity, marks, heard, feared, barged) | {
        "streams_per_core": int(spoken_s / used_s),
        "streams": capacity.streams,
        "workers": bench.hearing.settings.workers,
        "callers_at_once": count,
        "loop_lag_ms_max": round(max(await lagging), 2),
        "idle_loop_lag_ms_max": round(max(idle_ms), 2),
        "loop_lag_ms_p99": percentile(await lagging, 0.99),
        "idle_loop_lag_ms_p99": percentile(idle_ms, 0.99),
    }


def _figures(
    bench: Bench, capacity: Any, marks: dict[str, Any], heard: list[str], feared: list[str], barged: list[str]
) -> dict[str, Any]:
    def told(listenings: list[str], kind: type[Event], mark: int) -> Iterator[float]:
        for at_s, fact in bench.facts:
            if isinstance(fact, kind) and getattr(fact, "listening", "") in listenings:
                yield 1_000 * (at_s - marks[ids.socket_of(fact.listening)]["marks"][mark])  # type: ignore[attr-defined]

    need = list(told(heard, e.SpeechUnderstood, 1))
    afraid = list(told(feared, e.DangerHeard, 1))
    stopped = [1_000 * (marks[ids.socket_of(one)]["heard_s"] - marks[ids.socket_of(one)]["marks"][0]) for one in barged]
    pause_ms = bench.hearing.settings.pause_ms
    return {
        "speech_to_need_p50_ms": percentile(need, 0.5),
        "speech_to_need_p95_ms": percentile(need, 0.95),
        "endpoint_to_need_p50_ms": percentile([one - pause_ms for one in need], 0.5),
        "endpoint_to_need_p95_ms": percentile([one - pause_ms for one in need], 0.95),
        "danger_to_priority_p50_ms": percentile(afraid, 0.5),
        "danger_to_priority_p95_ms": percentile(afraid, 0.95),
        "barge_in_p50_ms": percentile(stopped, 0.5),
        "barge_in_p95_ms": percentile(stopped, 0.95),
        "utterances": len(heard),
        "understood": len(need),
        "dangers": len(feared),
        "dangers_heard": len(afraid),
        "model": capacity.model,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="four callers, one round")
    parser.add_argument("--callers", type=int, default=10, help="who speak at once")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--part", choices=("callers", "idle"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    parts = {"callers": callers, "idle": idle}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if asked.part:
            runner.run(parts[asked.part]())
            return
        count, rounds = (4, 1) if asked.quick else (asked.callers, asked.rounds)
        figures = runner.run(measure(count, rounds, asked.workers))
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for name, value in figures.items():
        print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
