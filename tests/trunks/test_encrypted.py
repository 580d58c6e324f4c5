"""Sound that nobody between the two ends can hear: SRTP on a trunk and at an agent's telephone, or no call at all."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from core import events as e
from core.errors import UnsafeValue
from telephony import conf_trunks
from telephony.conf import PhoneAccount, Tls
from telephony.conf_trunks import Registration, TrunkAccount
from tests.asterisk.ground import SIP_PORT, Ground
from tests.asterisk.telephones import until
from tests.telephony.real import Caller, Desk, hears
from tests.trunks.conftest import node_settings
from tests.trunks.operators import operator
from tests.trunks.places import Places
from tests.trunks.srtp import SUITE, FarEnd, Keys, evenness
from tests.trunks.test_calls_go import certificate, node
from traffic.phone import Phone
from traffic.sound import strongest_tone, tone_frames

CITIZEN_HZ, AGENT_HZ = 500, 900
TONES = (CITIZEN_HZ, AGENT_HZ)
NUMBER = "0199001000"
LISTENS = ("-t", "l1", "-tls_version", "1.2")


def test_keys_are_those_of_the_standard() -> None:
    """RFC 3711, B.3: what its master key and salt give."""
    master = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139" + "0EC675AD498AFEEBB6960B3AABE6")
    keys = Keys(base64.b64encode(master).decode())
    assert keys._cipher.hex().upper() == "C61E7A93744F39EE10734AFE3FF7A087"
    assert f"{keys._salt:028X}" == "30CBBC08863D8C85D49DB34A9AE1"
    assert keys._auth.hex().upper().startswith("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")


def test_keys_never_travel_in_the_clear() -> None:
    with pytest.raises(UnsafeValue, match="srtp demande tls"):
        conf_trunks.sections(TrunkAccount(name="fixe", match=("192.0.2.1",), encryption="srtp"), "0.0.0.0")


@asynccontextmanager
async def telephone(host: str, port: int, account: str) -> AsyncIterator[Phone]:
    """An ordinary desk telephone beside its Asterisk."""
    phone = await Phone.open(account, host=host, server=(host, port), secret=f"secret-{account}")
    try:
        await phone.register()
        yield phone
    finally:
        await phone.close()


async def test_a_trunks_sound_is_noise_to_whoever_listens_and_a_voice_at_both_ends(
    places: Places, tmp_path: Path
) -> None:
    ours, our_key = certificate(places.site.directory / "c", places.node)
    theirs, their_key = certificate(tmp_path / "c", places.operator)
    trunk = TrunkAccount(name="fixe", match=(places.operator,), transport="tls", encryption="srtp")
    far = await FarEnd.open(places.operator)
    made = node_settings(places, trunk, tls=Tls(certificate=ours, key=our_key))
    options = (*LISTENS, "-tls_cert", str(theirs), "-tls_key", str(their_key))
    words = {"sound_port": str(far.port), "inline": far.inline}
    async with (
        node(made) as desk,
        telephone(places.node, SIP_PORT, "1001") as phone,
        operator("chiffre", places.operator, f"{places.node}:5061", tmp_path / "call", *options, **words) as sipp,
    ):
        caller = Caller(desk, await desk.next(e.CallArrived))
        await caller.answer()
        messages = tmp_path / "call" / "messages.log"
        await until(lambda: messages.read_text().count(f"{SUITE} inline:") > 1, "the answer has a key of its own")
        speaking = asyncio.create_task(far.speak(CITIZEN_HZ, places.node, messages.read_text()))
        await caller.hold()
        await caller.ring(1, phone="1001")
        offered = await phone.incoming.get()
        offered.answer()
        offered.play(tone_frames(AGENT_HZ))
        await hears(offered, CITIZEN_HZ, within_s=10)
        await until(lambda: _tone(far.heard()) == AGENT_HZ, "the citizen hears the agent")
        assert evenness(far.seen_on_the_wire()) > 0.3
        assert evenness(far.heard()) < 0.05
        speaking.cancel()
        await caller.hang_up()
        await sipp.content()
    far.close()


def _tone(samples: np.ndarray) -> int | None:
    found = strongest_tone(samples, TONES) if len(samples) else None
    return found.hz if found is not None else None


async def test_an_operator_that_would_send_plain_sound_is_not_answered(places: Places, tmp_path: Path) -> None:
    ours, our_key = certificate(places.site.directory / "c", places.node)
    theirs, their_key = certificate(tmp_path / "c", places.operator)
    trunk = TrunkAccount(name="fixe", match=(places.operator,), transport="tls", encryption="srtp")
    options = (*LISTENS, "-tls_cert", str(theirs), "-tls_key", str(their_key))
    async with (
        node(node_settings(places, trunk, tls=Tls(certificate=ours, key=our_key))) as desk,
        operator("refuse", places.operator, f"{places.node}:5061", tmp_path / "call", *options) as sipp,
    ):
        await sipp.content()
        assert "CallArrived" not in desk.told()


async def test_an_agents_telephone_over_tls_hears_and_is_heard(places: Places, ground: Ground, tmp_path: Path) -> None:
    """The telephone is a second Asterisk, which registers as the account 1001; behind it stands an ordinary one."""
    far = Places(ground.site())
    ours, our_key = certificate(places.site.directory / "c", places.node)
    theirs, their_key = certificate(far.site.directory / "c", far.node)
    known = far.site.directory / "authorities.pem"
    known.write_bytes(ours.read_bytes())
    account = Registration(server=f"{places.node}:5061", user="1001", secret="secret-1001")
    line = TrunkAccount(name="fixe", registration=account, transport="tls", encryption="srtp")
    centre = node_settings(
        places,
        TrunkAccount(name="pabx", match=(places.operator,)),
        tls=Tls(certificate=ours, key=our_key),
        phones=(PhoneAccount(account="1001", secret="secret-1001", encrypted=True),),
    )
    async with (
        node(centre) as desk,
        node(node_settings(far, line, tls=Tls(certificate=theirs, key=their_key, authorities=known))) as behind,
        telephone(far.node, SIP_PORT, "1001") as phone,
    ):
        await _reachable(desk)
        citizen = await Phone.open("0639980012", host=places.operator, server=(places.node, SIP_PORT))
        call = citizen.call(NUMBER)
        caller = Caller(desk, await desk.next(e.CallArrived))
        await caller.answer()
        await caller.hold()
        await caller.ring(1, phone="1001")
        inner = Caller(behind, await behind.next(e.CallArrived))
        await inner.answer()
        await inner.hold()
        await inner.ring(1, phone="1001")
        offered = await phone.incoming.get()
        offered.answer()
        offered.play(tone_frames(AGENT_HZ))
        call.play(tone_frames(CITIZEN_HZ))
        await hears(offered, CITIZEN_HZ, within_s=10)
        await hears(call, AGENT_HZ, within_s=10)
        await call.hang_up()
        await citizen.close()


async def _reachable(desk: Desk) -> None:
    await until(
        lambda: any(isinstance(fact, e.PhoneSeen) and fact.reachable for fact in desk.facts), "the telephone is there"
    )
