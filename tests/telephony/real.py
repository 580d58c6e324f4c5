"""A real Asterisk for the tests of this folder, and a desk that drives it as the kernel would."""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import shlex
import socket
import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from core import commands as c
from core import events as e
from core import ids
from core.events.base import Event
from runtime.callers import recogniser
from telephony.conf import NodeSettings, PhoneAccount
from telephony.conf_trunks import TrunkAccount
from telephony.nodes import Node
from telephony.perform import Telephony
from tests.fakes.recordings import FakeRecordings
from traffic.call import Call
from traffic.sound import strongest_tone

# It only bounds what fails: on a machine under load SIPp alone may take seconds to begin.
PATIENCE_S: Final = 30.0

F = TypeVar("F", bound=Event)

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
ADDRESS = f"127.0.0.{20 + WORKER % 10}"
MUSIC_HZ, PROMPT_HZ = 400, 600
TONES = (MUSIC_HZ, 500, PROMPT_HZ, 750, 900)


def asterisk_command() -> tuple[str, ...] | None:
    """The private Asterisk that `./allo` installed and named in the environment, None if there is none."""
    text = os.environ.get("ALLO_ASTERISK", "")
    return tuple(shlex.split(text)) or None


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind((ADDRESS, 0))
        return int(trial.getsockname()[1])


def settings(directory: Path, **changes: Any) -> NodeSettings:
    """A node on free ports of this worker's address, with two desk phones, `marie` and `jean`."""
    command = asterisk_command()
    assert command is not None
    music = directory / "music"
    music.mkdir(parents=True, exist_ok=True)
    tone_file(music / "tone.wav", MUSIC_HZ, 10)
    base = NodeSettings(
        name=f"essai{WORKER}",
        command=command,
        directory=directory,
        ami_secret="un-secret-d-essai",
        address=ADDRESS,
        ami_address=ADDRESS,
        sip_port=free_port(socket.SOCK_DGRAM),
        ami_port=free_port(socket.SOCK_STREAM),
        rtp_first=20_000 + 200 * WORKER,
        rtp_last=20_199 + 200 * WORKER,
        trunks=(TrunkAccount(name="operateur", match=(ADDRESS,)),),
        phones=(PhoneAccount(account="marie", secret="secret-m"), PhoneAccount(account="jean", secret="secret-j")),
        music=music,
    )
    return NodeSettings(**{name: changes.get(name, getattr(base, name)) for name in NodeSettings.__dataclass_fields__})


def tone_file(path: Path, hz: int, seconds: float) -> Path:
    """Writes a sine as 8 kHz WAV; gives the path without extension, as Asterisk wants it."""
    samples = [int(8000 * math.sin(2 * math.pi * hz * n / 8000)) for n in range(int(8000 * seconds))]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path.with_suffix("")


async def hears(call: Call, hz: int, within_s: float = 3) -> None:
    """Waits until the strongest tone heard lately is `hz`."""
    found = None
    async with asyncio.timeout(within_s):
        while found is None or found.hz != hz:
            await asyncio.sleep(0.05)
            found = strongest_tone(call.heard.last(0.3).samples, TONES)


class Desk:
    """The kernel's place: hears the facts, gives the orders, each of which must be done unless `end` says otherwise."""

    def __init__(self, node: Node) -> None:
        self.recordings = FakeRecordings()
        self.telephony = Telephony(node, recogniser("clé d'essai"), self.recordings)
        self.facts: list[Event] = []
        self._read = 0
        self._news = asyncio.Event()
        self._orders = itertools.count(1)

    async def start(self) -> None:
        await self.telephony.start(self._submit, lambda: ids.mint(1_795_000_000_000, os.urandom(10)))

    async def stop(self) -> None:
        await self.telephony.stop()

    def _submit(self, fact: Event) -> None:
        self.facts.append(fact)
        self._news.set()

    async def next(self, kind: type[F], within_s: float = PATIENCE_S) -> F:
        """The next fact of this kind; those between are passed over (`facts` has all)."""
        async with asyncio.timeout(within_s):
            while True:
                while self._read < len(self.facts):
                    fact = self.facts[self._read]
                    self._read += 1
                    if isinstance(fact, kind):
                        return fact
                self._news.clear()
                await self._news.wait()

    async def order(self, command: c.AnyCommand, end: type[Event] = e.OrderDone) -> Event:
        order = c.Order(id=f"order-{next(self._orders)}", lane="", command=command)
        told = await self.telephony.perform(order)
        assert isinstance(told, end), told
        return told

    def told(self) -> list[str]:
        """The kinds of all facts, in order."""
        return [type(fact).__name__ for fact in self.facts]


class Caller:
    """Orders about one caller, as the minds give them."""

    def __init__(self, desk: Desk, arrival: e.CallArrived) -> None:
        self.desk = desk
        self.arrival = arrival
        self._playbacks: Iterator[int] = itertools.count(1)
        self._where = {"cause": "test", "interaction": arrival.interaction, "leg": arrival.leg}

    def has(self, leg: e.SeenLeg) -> bool:
        """Whether the leg is this caller's or an agent's for them: the test before may have left some to die."""
        return leg.leg.startswith(self.arrival.interaction)

    async def answer(self) -> None:
        await self.desk.order(c.AnswerCall(channel=self.arrival.channel, **self._where))
        await self.desk.next(e.LegAnswered)

    async def play(self, path: Path) -> str:
        playback = ids.playback(self.arrival.interaction, next(self._playbacks))
        command = c.PlayPrompt(
            channel=self.arrival.channel, playback=playback, path=str(path), read=None, **self._where
        )
        await self.desk.order(command)
        return playback

    async def open_speech(self, address: str) -> str:
        listening = ids.listening(self.arrival.interaction, 1)
        command = c.OpenSpeech(channel=self.arrival.channel, listening=listening, address=address, **self._where)
        await self.desk.order(command)
        return listening

    async def hold(self) -> None:
        await self.desk.order(c.HoldCaller(channel=self.arrival.channel, unless_with="", **self._where))
        await self.desk.next(e.CallerHeld)

    async def take_back(self) -> None:
        await self.desk.order(c.ReturnCaller(channel=self.arrival.channel, **self._where))
        await self.desk.next(e.CallerReturned)

    async def ring(self, number: int, phone: str = "marie", **changes: Any) -> str:
        leg = ids.agent_leg(self.arrival.interaction, number)
        command = c.RingAgent(
            cause="test",
            interaction=self.arrival.interaction,
            leg=leg,
            phone=phone,
            caller_channel=self.arrival.channel,
            timeout_ms=5_000,
            show_number=self.arrival.caller,
            show_name="Allo Solidarités",
            auto_answer=False,
            kept=False,
        )
        await self.desk.order(msgspec.structs.replace(command, **changes))
        return leg

    async def hang_up(self, leg: str | None = None) -> None:
        where = {**self._where, "leg": leg or self.arrival.leg}
        await self.desk.order(c.HangUpLeg(channel="" if leg else self.arrival.channel, **where))
