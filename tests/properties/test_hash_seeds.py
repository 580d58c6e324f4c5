"""Same facts, same times, same configuration: the same bytes, whatever order Python's sets and hashes have."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

from core.ids import InteractionId
from core.personal import Purpose
from core.wire import Wire
from tests import centres
from tests.properties.streams import KINDS, Stream
from tests.simulation.plan import plan
from tests.simulation.world import World

ROOT = Path(__file__).resolve().parent.parent.parent
DAYS = (3, 11)
STREAMS = 6


class Plain:
    """A Sealer that seals nothing, and so always alike."""

    def seal(self, of: InteractionId, purpose: Purpose, text: str) -> bytes:
        return f"{of} {purpose} {text}".encode()

    def open(self, of: InteractionId, purpose: Purpose, sealed: bytes) -> str | None:
        return sealed.decode().removeprefix(f"{of} {purpose} ")


def digest() -> str:
    """Of every step of some days and streams, as the journal would keep it."""
    wire, whole = Wire(Plain()), hashlib.sha256()
    for day in DAYS:
        world = World(plan(day))
        world.run()
        for step in world.steps:
            whole.update(wire.encode(step))
    for seed in range(STREAMS):
        luck = random.Random(seed)
        play = Stream(centres.kernel())
        for _ in range(120):
            play.move((luck.randrange(KINDS), luck.randrange(12), luck.randrange(12), luck.choice((0, 20, 1500))))
        for step in play.steps:
            whole.update(wire.encode(step))
    return whole.hexdigest()


def test_two_processes_with_other_hashes_decide_the_same_to_the_byte() -> None:
    command = [sys.executable, "-c", "from tests.properties.test_hash_seeds import digest; print(digest())"]
    processes = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "20261012")
    ]
    said = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert all(len(one) == 64 for one in said), said
    assert said[0] == said[1]
