"""What ./allo doctor trunk says of real trunks, and that it shows nobody's number."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from core import events as e
from core.centre import Line
from runtime.commands.doctor_trunk import findings_of, protection
from runtime.commands.findings import Finding
from runtime.settings import Trunk
from telephony.conf import NodeSettings
from telephony.conf_trunks import Encryption, Transport
from telephony.dialled import Said
from telephony.link import AmiAddress
from telephony.looking import Last, Proxy, Sight, last_of, look
from tests.telephony.real import PATIENCE_S, Caller, Desk
from tests.trunks.conftest import CENTRE, LINES
from tests.trunks.operators import operator
from tests.trunks.places import Places
from tests.trunks.test_calls_come import card

LINE = Line(name="operateur", channels=4, reserved=1)
WELL = Sight(
    registration="Registered",
    proxies=(Proxy(place="192.0.2.10", status="Reachable", answer_ms=3.2),),
    channels=1,
    last=Last(at_s=1_795_000_000, said=Said(request_uri="0199001000"), caller="063998", withheld=False),
)


def told(sight: Sight, line: Line = LINE) -> list[Finding]:
    return list(findings_of(CENTRE, line, sight))


def said(found: list[Finding]) -> str:
    return "\n".join(f"{finding.said}\n{finding.remedy}" for finding in found)


def test_a_trunk_that_is_well_has_no_remedy() -> None:
    found = told(WELL)
    assert [finding.remedy for finding in found] == ["", "", "", ""]
    assert "→ Allo Solidarités" in said(found)
    assert "pris : 1 sur 4" in said(found)
    assert "dernier appel, 18/11 12:06:40 :" in said(found), "the hour of Paris, wherever the machine thinks it is"


@pytest.mark.parametrize(
    ("transport", "encryption", "words"),
    [
        ("udp", "none", "signalisation en clair (UDP), son en clair"),
        ("tls", "none", "signalisation chiffrée (TLS), son en clair"),
        ("tls", "srtp", "signalisation chiffrée (TLS), son chiffré (SRTP)"),
    ],
)
def test_it_says_what_somebody_on_the_way_could_hear(transport: Transport, encryption: Encryption, words: str) -> None:
    trunk = Trunk(name="operateur", match=(), transport=transport, encryption=encryption)
    assert protection(trunk) == Finding(what="operateur", said=words, remedy="")


def test_each_thing_that_is_not_well_has_its_remedy() -> None:
    ill = msgspec.structs.replace(LINE, channels=1)
    sight = Sight(
        registration="Rejected",
        proxies=(Proxy(place="192.0.2.10", status="Unreachable", answer_ms=None),),
        channels=1,
        last=Last(at_s=1, said=Said(request_uri="0199008888", to=":0639981234@1;"), caller="", withheld=True),
    )
    found = told(sight, ill)
    assert all(finding.remedy for finding in found)
    assert "0639981234" not in said(found)
    assert "063998····" in said(found)
    assert "0199008888" in said(found)
    assert "masqué" in said(found)


def test_a_trunk_of_which_nothing_is_known_says_so() -> None:
    found = told(Sight(registration="", proxies=(), channels=0, last=None))
    assert "reçoit seulement" in said(found)
    assert "aucun depuis" in said(found)


def test_what_the_dialplan_noted_is_read_or_left() -> None:
    noted = "1795000000/allo/:0199001000@1>///063998/allowe"
    assert last_of(noted) == Last(
        at_s=1_795_000_000,
        said=Said(request_uri="allo", to=":0199001000@1>"),
        caller="063998",
        withheld=False,
    )
    hidden = last_of("1795000000/0199001000////063998/prohib")
    assert hidden is not None
    assert (hidden.caller, hidden.withheld) == ("", True)
    for nothing in ("", "a/b", "x/0199001000////063998/allowe"):
        assert last_of(nothing) is None


async def test_the_node_tells_channels_and_the_last_call_of_each_trunk(
    desk: Desk, shared_node: NodeSettings, shared_places: Places, tmp_path: Path
) -> None:
    await card(desk, shared_places, tmp_path / "pabx", host=shared_places.pabx, uri="5001", to="5001")
    address = AmiAddress(shared_node.ami_address, shared_node.ami_port, "allo", shared_node.ami_secret)
    diversion = "Diversion: <sip:+33199001000@x>;reason=unconditional"
    words = {"uri": "0199008888", "headers": diversion}
    async with operator("info", shared_places.operator, shared_places.node_sip, tmp_path, **words) as sipp:
        arrival = await desk.next(e.CallArrived)
        async with asyncio.timeout(PATIENCE_S):  # the first call is told as over before Asterisk has put it away
            while (sights := await look(address, LINES))["pabx"].channels:  # noqa: ASYNC110  # told only when asked
                await asyncio.sleep(0.02)
        await Caller(desk, arrival).answer()
        await sipp.content()
    fixed, pabx = sights["fixe"], sights["pabx"]
    assert (fixed.channels, pabx.channels) == (1, 0)
    assert fixed.last is not None
    assert fixed.last.caller == "+3363998"
    assert "Diversion +33199001000" in said(list(findings_of(CENTRE, LINES["fixe"], fixed)))
    assert pabx.last is not None
    assert pabx.last.said.request_uri == "5001"

    assert "→ Allo Solidarités" in said(list(findings_of(CENTRE, LINES["pabx"], pabx)))
