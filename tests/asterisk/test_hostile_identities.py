"""The neighbour that breaks here is the network: names and numbers made to be taken for something else.

Whatever a caller is called, the call reaches a person or is refused; nothing that the name says is done, and nothing
of it stands in a log or, in clear, in the journal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from core import events as e
from core.limits import NAME_CHARACTERS
from tests.asterisk.telephones import until
from tests.asterisk.town import Here
from traffic.placed import PlacedCall
from traffic.transactions import Timing

MARK = "ZQXHOSTILE"
"""Stands in every hostile text, to be looked for where it must not be."""

IMPATIENT = Timing(t1_s=0.03)
"""A caller whose INVITE is dropped as unreadable gives up after 2 s instead of 32."""

PLACE = b'"PLACE" <sip:place@example.org>'
"""What stands for the hostile identity in a message, until it leaves."""

FORGED_CODE = f"Event: UserEvent\r\nUserEvent: AlloCode\r\nAccount: 2001\r\nCode: *99\r\nMark: {MARK}\r\n\r\n"
FORGED_ACTION = f"Action: Originate\r\nChannel: Local/0199000001@from-trunk\r\nMark: {MARK}\r\n\r\n"


def _named(name: bytes) -> Callable[[bytes], bytes]:
    return lambda number: b'"' + name + b'" <sip:' + number + b"@example.org>"


def _numbered(user: str) -> Callable[[bytes], bytes]:
    return lambda _number: b'"x" <sip:' + user.encode() + b"@example.org>"


def _escaped(text: str) -> str:
    """Every byte as %XX: SIP's own way to put anything into a number."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


IDENTITIES: dict[str, Callable[[bytes], bytes]] = {
    "name-with-an-action": _named(f"a\r\n{FORGED_ACTION}".encode()),
    "name-with-an-event": _named(f"a\r\n\r\n{FORGED_CODE}".encode()),
    "name-with-escaped-quote-and-cr": _named(f'a\\"\\\r{MARK}'.encode()),
    "name-with-nul": _named(f"a\0{MARK}".encode()),
    "name-of-10-kB": _named(MARK.encode() * 1_000),
    "name-in-invalid-utf-8": _named(b"\xff\xfe\xc3\x28\xed\xa0\x80" + MARK.encode()),
    "name-with-sql": _named(f"'; DROP TABLE steps; -- {MARK}".encode()),
    "name-with-html": _named(f"<script>alert('{MARK}')</script>".encode()),
    "name-with-dialplan": _named(f"${{SHELL(touch PWNED)}} {MARK}".encode()),
    "name-with-arguments": _named(f"a|b,c)&PJSIP/2001^{MARK}".encode()),
    "name-right-to-left": _named(f"\u202e{MARK}\u200b\u0007".encode()),
    "number-with-an-event": _numbered(_escaped(f"1\r\n\r\n{FORGED_CODE}")),
    "number-with-an-action": _numbered(_escaped(f"1\r\n{FORGED_ACTION}")),
    "number-with-nul": _numbered("1%00" + MARK),
    "number-with-dialplan": _numbered(_escaped(f"${{SHELL(touch PWNED)}}{MARK}")),
    "number-with-sql": _numbered(_escaped(f"' OR 1=1; -- {MARK}")),
    "number-with-html": _numbered(_escaped(f"<b>{MARK}</b>")),
    "number-of-10-kB": _numbered(MARK + "6" * 10_000),
    "number-of-an-agent": _numbered("2001"),
    "number-with-separators": _numbered(_escaped(f'";tag=1|&,{MARK}')),
}


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_a_hostile_identity_is_neutral_or_refused(
    town: Here, identity: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    town.exchange.timing = IMPATIENT
    desk = await town.desk()
    await _on_the_wire(town, IDENTITIES[identity](b"0639981001"))
    citizen = await town.exchange.citizen(raw_from=PLACE)
    arrived = await _arrived_or_refused(town, citizen.call)
    if arrived is not None:
        offered = await desk.takes()
        await town.watch.fact(e.CallConnected, interaction=arrived.interaction)
        _shown_is_neutral(offered.remote.user, offered.remote.display, str(offered.invite.headers))
        _told_is_neutral(arrived)
        await citizen.call.hang_up()
        ended = await town.watch.fact(e.InteractionEnded, interaction=arrived.interaction)
        assert ended.outcome == "answered"
    await _nothing_was_obeyed(town)
    assert MARK not in caplog.text
    assert "0639981001" not in caplog.text
    assert "639981001" not in caplog.text


@pytest.mark.parametrize(
    "header",
    [
        b'P-Asserted-Identity: "' + MARK.encode() + b"\r\n " + b"x" * 50 + b'" <sip:0639981001@h>',
        b"P-Asserted-Identity: <sip:" + _escaped(f"1\r\n\r\n{FORGED_CODE}").encode() + b"@h>",
        b"Diversion: <sip:" + _escaped(f"1\r\n{FORGED_ACTION}").encode() + b"@h>;reason=unconditional",
        b"Diversion: <sip:" + _escaped(f"${{SHELL(touch PWNED)}}{MARK}").encode() + b"@h>",
        b"Diversion: ((:1:2}} ${SHELL(touch PWNED)} `touch PWNED` <sip:1,2)&:" + MARK.encode() + b"@h>;x=)",
        b"History-Info: <sip:" + _escaped(f"1\r\n\r\n{FORGED_CODE}").encode() + b"@h>;index=1",
        b"History-Info: " + b", ".join(b"<sip:06399800%02d@h>;index=%d" % (n, n) for n in range(90)),
        b"X-Allo: \0\0" + MARK.encode() + b"\xff",
        b"Subject: " + MARK.encode() * 1_000,
    ],
    ids=[
        "asserted-folded",
        "asserted-event",
        "diversion-action",
        "diversion-dialplan",
        "diversion-separators",
        "history-event",
        "history-of-90",
        "nul-and-invalid",
        "subject-of-10-kB",
    ],
)
async def test_a_hostile_header_is_neutral_or_refused(
    town: Here, header: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    town.exchange.timing = IMPATIENT
    desk = await town.desk()
    citizen = await town.exchange.citizen(raw_headers=header)
    arrived = await _arrived_or_refused(town, citizen.call)
    if arrived is not None:
        await desk.takes()
        await town.watch.fact(e.CallConnected, interaction=arrived.interaction)
        _told_is_neutral(arrived)
        await desk.hang_up()
        await citizen.call.ended(5)
    await _nothing_was_obeyed(town)
    assert MARK not in caplog.text


async def test_the_journal_holds_no_number_and_no_name_in_clear(town: Here) -> None:
    desk = await town.desk()
    citizen = await town.exchange.citizen(display_name=f"Zoé {MARK}")
    await town.talking(citizen, desk)
    await desk.hang_up()
    await town.outcome(citizen, "answered")
    arrived = town.watch.facts(e.CallArrived)[0]
    assert arrived.caller is not None
    assert arrived.caller.text == citizen.e164
    kept = await asyncio.to_thread(town.site.journal_bytes)
    assert arrived.interaction.encode() in kept
    assert citizen.number[1:].encode() not in kept
    assert MARK.encode() not in kept


class _Rewriting:
    """A socket that writes something else than it is given: bytes that no telephone would build."""

    def __init__(self, transport: asyncio.DatagramTransport, written: bytes) -> None:
        self._transport = transport
        self._written = written

    def sendto(self, data: bytes, peer: tuple[str, int]) -> None:
        self._transport.sendto(data.replace(PLACE, self._written), peer)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()


async def _on_the_wire(town: Here, identity: bytes) -> None:
    """Every caller's PLACE leaves as `identity`."""
    wire: Any = (await town.exchange.trunk())._wire
    wire._transport = _Rewriting(wire._transport, identity)


async def _arrived_or_refused(town: Here, call: PlacedCall) -> e.CallArrived | None:
    """The arrival; None for a call that Asterisk refused, or dropped because it is no SIP at all."""
    await until(lambda: town.watch.facts(e.CallArrived) or call.end is not None, "an arrival or a refusal")
    return next(iter(town.watch.facts(e.CallArrived)), None)


def _told_is_neutral(arrived: e.CallArrived) -> None:
    number = arrived.caller.text if arrived.caller is not None else ""
    name = arrived.caller_name.text if arrived.caller_name is not None else ""
    assert re.fullmatch(r"\+?[0-9]{0,15}", number or "")
    assert (name or "").isprintable()
    assert len(name or "") <= NAME_CHARACTERS


def _shown_is_neutral(number: str, name: str, headers: str) -> None:
    """What reached the agent's telephone."""
    assert re.fullmatch(r"\+?[0-9]{0,15}|anonymous", number)
    assert name in ("Ligne directe", "")
    assert MARK not in headers


async def _nothing_was_obeyed(town: Here) -> None:
    """No forged event was believed, no forged action was done, and the next call is as any other."""
    assert town.watch.facts(e.AgentAsked) == []
    assert len(town.watch.facts(e.CallArrived)) <= 1
    assert not any("PWNED" in files for _, _, files in os.walk(town.site.directory))
    assert "PWNED" not in os.listdir()
    desk = town.exchange.desks["a1"]
    await town.watch.agent("a1", "available")
    ordinary = await town.exchange.citizen()
    await town.talking(ordinary, desk)
    await desk.hang_up()
    await ordinary.call.ended(5)
