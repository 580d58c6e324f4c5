"""Operators for the cards: SIPp places and takes calls from the address of a trunk, and must be content in the end.

A card is a scenario of SIPp's, `sipp/<name>.xml`; `{words}` in it are filled by the test, for each call of its own.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.telephony.real import PATIENCE_S

CARDS = Path(__file__).parent / "sipp"
PORT = 5060


class Operator:
    """One SIPp: `content` waits for its end and wants it to be good."""

    def __init__(self, child: asyncio.subprocess.Process, directory: Path) -> None:
        self.child = child
        self.directory = directory

    async def content(self, within_s: float = 2 * PATIENCE_S) -> None:
        """Waits until every message that the card expects has come."""
        said, _ = await asyncio.wait_for(self.child.communicate(), within_s)
        assert self.child.returncode == 0, self._told(said)

    def _told(self, said: bytes) -> str:
        files = [file.read_text(errors="replace")[-4_000:] for file in sorted(self.directory.glob("*.log"))]
        return "\n".join([*files, said.decode(errors="replace")[-1_000:]])

    async def leave(self) -> None:
        if self.child.returncode is None:
            self.child.kill()
            await self.child.wait()


@asynccontextmanager
async def operator(
    card: str, host: str, server: str, directory: Path, *options: str, port: int = PORT, **words: str
) -> AsyncIterator[Operator]:
    """SIPp at `host` plays `card` with `server` (host:port; empty for one that waits to be called)."""
    if "ALLO_SIPP" not in os.environ:
        pytest.fail("ALLO_SIPP is not set: run these by ./allo test")
    scenario = _written(card, directory, words)
    child = await asyncio.create_subprocess_exec(
        *shlex.split(os.environ["ALLO_SIPP"]),
        *((server,) if server else ()),
        *(
            "-sf",
            str(scenario),
            "-i",
            host,
            "-p",
            str(port),
            "-mi",
            host,
            "-nostdin",
            "-m",
            "1",
            "-timeout",
            f"{PATIENCE_S:.0f}s",
        ),
        *("-trace_msg", "-message_file", "messages.log", "-trace_err", "-error_file", "errors.log"),
        *("-cid_str", "%u-%p@carte", *options),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    made = Operator(child, directory)
    try:
        yield made
    finally:
        await made.leave()


def _written(card: str, directory: Path, words: dict[str, str]) -> Path:
    """The card with its words filled in; a line of headers that there are none of is left out."""
    directory.mkdir(parents=True, exist_ok=True)
    text = (CARDS / f"{card}.xml").read_text(encoding="utf-8")
    usual = {"headers": "", "uri": "0199000101", "to": "0199000101", "from": '"Élise" <sip:+33639980012@[local_ip]>'}
    for name, value in {**usual, **words}.items():
        text = text.replace("{" + name + "}" + ("" if value else "\n"), value)
    scenario = directory / f"{card}.xml"
    scenario.write_text(text, encoding="utf-8")
    return scenario
