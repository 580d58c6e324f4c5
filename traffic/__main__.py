"""``python -m traffic --plan plan.json``: people call, one JSON object per line tells it.

Every line has ``event``, ``at_ms`` (Unix milliseconds) and ``who``; events are ``registered``,
``not_registered``, ``dialled``, ``answered``, ``pressed``, ``spoke``, ``offered``,
``agent_answered``, ``heard``, ``ended`` (a whole `traffic.report.CallReport`), ``talked`` (sound
proves who talked with whom), ``busy``, ``wrap_up_ended``, ``no_speech`` and at last ``summary``.

SIGTERM and SIGINT hang up, unregister, print the summary and leave with 0.  The exit status is 2
for a plan that cannot be read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from traffic.crowd import Crowd
from traffic.errors import BadPlan
from traffic.plan import Plan, read_plan
from traffic.report import Happening


def main() -> int:
    """Read the command line and the plan, run it, return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m traffic", description=__doc__.splitlines()[0])
    parser.add_argument("--plan", type=Path, required=True, help="JSON file, see traffic/plan.py")
    try:
        plan = read_plan(parser.parse_args().plan)
    except (BadPlan, OSError) as error:
        print(f"traffic: {error}", file=sys.stderr)
        return 2
    asyncio.run(_run(plan))
    return 0


async def _run(plan: Plan) -> None:
    loop = asyncio.get_running_loop()
    crowd: asyncio.Task[None] | None = None

    def stop() -> None:
        if crowd is not None:
            crowd.cancel()

    def tell(happening: Happening) -> None:
        line = json.dumps(happening.as_json(), ensure_ascii=True)
        try:
            print(line, flush=True)
        except BrokenPipeError:  # whoever was reading has gone: nobody needs the calls any more
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            stop()

    crowd = asyncio.create_task(Crowd(plan, tell).run())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await crowd


if __name__ == "__main__":
    sys.exit(main())
