"""The bench of a start still has its crowd: everybody is here when the journal is read again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench.journal_restart import restart_s, write
from runtime.memory import Memory


def test_a_start_finds_everybody_behind_the_snapshot_and_after_it(tmp_path: Path) -> None:
    def opened() -> Memory:
        return Memory.file(tmp_path / "journal" / "journal.db", durable=False)

    asyncio.run(write(opened(), live=50, snapshot_at=100))
    memory = opened()
    snapshot, steps = memory.log.load()
    assert snapshot is not None
    assert 100 <= snapshot.seq < 120
    assert len(list(steps)) > 20
    memory.log.close()
    memory.keys.close()
    assert restart_s(opened, 50) > 0
