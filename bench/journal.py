"""Steps a second that the journal keeps: by group commit, against one commit a step, in the same run.

    python bench/journal.py [--json] [--steps 20000] [--folder DIRECTORY]

`--folder` names a directory on the disk to be measured (default: a temporary one).  Every step carries a caller's number,
sealed under a key of its own, so that the keys' commits count too.  Believe the ratios more than the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core import events as e
from core import ids
from core.commands import AnswerCall, Order
from core.limits import BATCH_STEPS
from core.personal import Personal
from core.step import Step
from core.wire import Wire
from journal.keys import KeyStore
from journal.log import Log, Synchronous

# The peak of a national platform.
PEAK_STEPS_S = 500


def step(seq: int) -> Step:
    """A call that arrives and is answered: one of the larger steps (1.2 kB)."""
    interaction = ids.mint(1_700_000_000_000 + seq, seq.to_bytes(10, "big"))
    leg = ids.caller_leg(interaction)
    arrived = e.CallArrived(
        cause="telephony",
        interaction=interaction,
        leg=leg,
        node="a1",
        channel=f"PJSIP/trunk-{seq:08x}",
        dialled="+33139000000",
        caller=Personal(interaction, "number", "+33612345678"),
        caller_name=None,
        answered=False,
    )
    started = e.DialogueStarted(
        cause="CallArrived", interaction=interaction, service="solidarites", script="accueil", digest="0" * 64
    )
    answer = AnswerCall(cause="CallArrived", interaction=interaction, leg=leg, channel=arrived.channel)
    order = Order(id=f"{interaction}-1", lane=interaction, command=answer)
    return Step(seq=seq, now_ms=1_700_000_000_000 + seq, input=arrived, facts=(started,), orders=(order,))


async def with_log(folder: Path, synchronous: Synchronous, run: Callable[[Log], "asyncio.Future[object]"]) -> object:
    keys = KeyStore(folder / "keys.sqlite", synchronous)
    log = Log(folder / "journal.sqlite", Wire(keys), keys.save, synchronous=synchronous, lag_ms=60_000, ring_steps=10**9)
    log.start(lambda _kept, reason: print(reason, file=sys.stderr))
    try:
        return await run(log)
    finally:
        await log.stop()
        keys.close()
