"""Telling systemd that calls are taken, that we live, that we leave; without systemd nothing happens.

The protocol is a datagram of lines to the socket named in $NOTIFY_SOCKET (sd_notify(3)).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import Final

# Twice as often as systemd asks: one that comes late does no harm.
SHARE: Final = 0.5


def notify(*lines: str) -> bool:
    """Says the lines (`READY=1`, `STATUS=…`); whether somebody was there to hear."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    name = "\0" + address[1:] if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.setblocking(False)  # a systemd that does not read must not hold up calls
        out.sendto("\n".join(lines).encode(), name)
        return True
    return False


def ping_every_s() -> float | None:
    """How often systemd wants to hear that the loop turns; None if it does not."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    meant_for_us = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(asked) / 1_000_000 * SHARE if asked.isdecimal() and int(asked) and meant_for_us else None


async def keep_pinging() -> None:
    """Says that the kernel's loop turns, for ever; a loop that hangs does not, and systemd starts us again."""
    every_s = ping_every_s()
    while every_s is not None:
        notify("WATCHDOG=1")
        await asyncio.sleep(every_s)
