"""The witness of the voice bench: an AMI connection of its own, that reads both sides by the same rules.

Neither side judges itself, and SIPp does not either: it is content with calls that never reach an agent.  Asterisk's
own timestamps count, so that it does not matter how late we read.

    arrived    the first channel of a caller (Newchannel, PJSIP/trunk-…)
    rung       the first channel of the telephone that the caller is joined with in the end (Newchannel)
    bridged    caller and telephone are in the same bridge (the later BridgeEnter of the two)
"""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bench.voice_ground import WITNESS
from tests.asterisk.ground import AMI_PORT

TRUNK: Final = "PJSIP/trunk-"
END: Final = b"\r\n\r\n"


class Witness:
    """Listens from its making until `told`."""

    def __init__(self, host: str, secret: str) -> None:
        self._socket = socket.create_connection((host, AMI_PORT), timeout=10)
        self._socket.sendall(f"Action: Login\r\nUsername: {WITNESS}\r\nSecret: {secret}\r\n\r\n".encode())
        self._heard: list[bytes] = []
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._listen, name="witness", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while heard := self._socket.recv(1 << 16):
            self._heard.append(heard)

    def told(self) -> Journeys:
        """What Asterisk said until now; the connection is closed."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._socket.close()
        return read(b"".join(self._heard))


@dataclass(slots=True)
class Journeys:
    """When callers arrived, when the telephone of theirs rang, when they were joined: seconds, by caller."""

    arrived_s: dict[str, float] = field(default_factory=dict)
    rung_s: dict[str, float] = field(default_factory=dict)
    bridged_s: dict[str, float] = field(default_factory=dict)

    def to_agent_ms(self) -> list[float]:
        return [1000 * (self.rung_s[caller] - self.arrived_s[caller]) for caller in self.bridged_s]

    def to_bridge_ms(self) -> list[float]:
        return [1000 * (at_s - self.arrived_s[caller]) for caller, at_s in self.bridged_s.items()]

    def arriving_s(self) -> float:
        """Between the first arrival and the last."""
        return max(self.arrived_s.values()) - min(self.arrived_s.values()) if self.arrived_s else 0.0


def read(heard: bytes) -> Journeys:
    """The journeys in a stream of AMI events; a caller's second bridge is not looked at."""
    journeys = Journeys()
    made_s: dict[str, float] = {}
    bridges: dict[str, list[str]] = {}
    for block in heard.split(END):
        row = _fields(block)
        channel, at_s = row.get("Channel", ""), float(row.get("Timestamp") or 0)
        if row.get("Event") == "Newchannel":
            made_s[channel] = at_s
            if channel.startswith(TRUNK):
                journeys.arrived_s[channel] = at_s
        elif row.get("Event") == "BridgeEnter" and row.get("BridgeTechnology") != "holding_bridge":
            joined = bridges.setdefault(row["BridgeUniqueid"], [])
            joined.append(channel)
            _join(journeys, made_s, joined, at_s)
    return journeys


def _join(journeys: Journeys, made_s: dict[str, float], joined: Iterable[str], at_s: float) -> None:
    caller = next((one for one in joined if one in journeys.arrived_s), None)
    phone = next((one for one in joined if one in made_s and not one.startswith(TRUNK)), None)
    if caller is not None and phone is not None and caller not in journeys.bridged_s:
        journeys.rung_s[caller], journeys.bridged_s[caller] = made_s[phone], at_s


def _fields(block: bytes) -> dict[str, str]:
    rows = (line.partition(": ") for line in block.decode("utf-8", "replace").splitlines())
    return {name: value for name, colon, value in rows if colon}


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile; infinite of nothing, for nothing came through."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)] if ordered else math.inf
