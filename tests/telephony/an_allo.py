"""A process that stands for Allo, to be killed: answers and holds the first caller, leaves the others ringing.

Arguments: the directory of a node and its settings as JSON.  Says `started`, then `held`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from core import events as e
from telephony.nodes import OwnNode
from tests.telephony.real import Caller, Desk, settings


async def main() -> None:
    desk = Desk(OwnNode(settings(Path(sys.argv[1]), **json.loads(sys.argv[2]))))
    await desk.start()
    print("started", flush=True)
    caller = Caller(desk, await desk.next(e.CallArrived, 60))
    await caller.answer()
    await caller.hold()
    print(f"held {caller.arrival.leg}", flush=True)
    await desk.next(e.CallArrived, 60)
    print("second", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
