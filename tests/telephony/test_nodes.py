"""An Asterisk of ours: started, found again, started again, ended; and what is said when it cannot be."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import events as e
from core import ids, limits
from core.errors import ConfigurationFault
from telephony import process
from telephony.conf import NodeSettings, PhoneAccount
from telephony.link import AmiAddress
from telephony.nodes import AttachedNode, OwnNode, kept_secret
from telephony.process import NodeFault
from tests.telephony.real import MUSIC_HZ, Desk, hears, settings
from traffic.errors import Refused
from traffic.phone import Phone
from traffic.sound import tone_frames

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def own(needs_asterisk: None, tmp_path: Path) -> AsyncIterator[NodeSettings]:
    """Settings of a node of this test alone; what runs of it at the end is ended."""
    made = settings(tmp_path)
    yield made
    await OwnNode(made).stop()


async def test_it_starts_and_lets_us_in_within_two_seconds(own: NodeSettings) -> None:
    desk, loop = Desk(OwnNode(own)), asyncio.get_running_loop()
    since = loop.time()
    await desk.start()
    assert loop.time() - since < 2
    assert desk.facts == [e.NodeSeen(cause="telephony", node=own.name, legs=(), phones=())]
    await desk.stop()


async def test_it_writes_nothing_that_others_can_read(own: NodeSettings) -> None:
    node = OwnNode(own)
    await node.start()
    await node.leave()
    assert own.directory.stat().st_mode & 0o077 == 0
    assert [file for file in own.etc.iterdir() if file.stat().st_mode & 0o077] == []
    assert "secret-m" not in (own.directory / "log" / "console").read_text()


async def test_a_running_one_is_adopted_not_doubled(own: NodeSettings) -> None:
    first, second = OwnNode(own), OwnNode(own)
    await first.start()
    await first.leave()
    await second.start()
    assert (second.pid, second.starts) == (first.pid, 0)
    await second.stop()
    assert second.pid is None
    assert process.running_pid(own) is None


async def test_two_at_once_do_not_drive_it(own: NodeSettings) -> None:
    first, second = OwnNode(own), OwnNode(own)
    await first.start()
    with pytest.raises(NodeFault, match="Un autre Allo"):
        await second.start()
    await first.leave()
    await second.start()
    await second.leave()


async def test_a_pid_that_was_given_to_somebody_else_is_not_adopted(own: NodeSettings) -> None:
    run = own.directory / "run"
    run.mkdir()
    (run / "asterisk.pid").write_text(str(os.getpid()))
    assert process.running_pid(own) is None
    (run / "asterisk.pid").write_text("not a number")
    assert process.running_pid(own) is None


@pytest.mark.parametrize(
    ("kind", "field", "said"),
    [(socket.SOCK_DGRAM, "sip_port", "UDP {} (SIP)"), (socket.SOCK_STREAM, "ami_port", "TCP {} (AMI)")],
)
async def test_a_port_that_is_taken_is_named(own: NodeSettings, kind: socket.SocketKind, field: str, said: str) -> None:
    port = getattr(own, field)
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind((own.address, port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        with pytest.raises(NodeFault) as fault:
            await OwnNode(own).start()
    assert said.format(port) in str(fault.value)
    assert "déjà pris" in str(fault.value)
    assert field in str(fault.value)


async def test_an_address_of_another_machine_is_named(own: NodeSettings) -> None:
    with pytest.raises(NodeFault, match=r"192\.0\.2\.1 .*pas celle de cette machine"):
        await OwnNode(replace(own, address="192.0.2.1")).start()


async def test_one_that_does_not_start_shows_its_last_words(own: NodeSettings, tmp_path: Path) -> None:
    empty = tmp_path / "none"
    empty.mkdir()
    with pytest.raises(NodeFault) as fault:
        await OwnNode(replace(own, modules=empty)).start()
    assert "ne démarre pas" in str(fault.value)
    assert "res_timing_timerfd" in str(fault.value)


async def test_a_command_that_is_not_there_is_named(own: NodeSettings) -> None:
    with pytest.raises(NodeFault, match="introuvable : /nowhere/asterisk"):
        await OwnNode(replace(own, command=("/nowhere/asterisk",))).start()
    with pytest.raises(NodeFault, match="introuvable : /nowhere/loader"):
        await OwnNode(replace(own, command=("/nowhere/loader", *own.command[1:]))).start()
    with pytest.raises(ConfigurationFault, match="modules"):
        await OwnNode(replace(own, command=(sys.executable,))).start()


async def test_one_that_dies_is_started_again_and_seen_again(own: NodeSettings) -> None:
    node = OwnNode(own)
    desk = Desk(node)
    await desk.start()
    assert node.pid is not None
    first = node.pid
    os.kill(first, signal.SIGKILL)
    lost = await desk.next(e.NodeLost)
    assert lost.node == own.name
    await desk.next(e.NodeSeen)
    while not isinstance(desk.facts[-1], e.NodeSeen):
        await desk.next(e.NodeSeen)
    assert node.pid != first
    assert node.starts == 2
    await desk.stop()


async def test_one_that_hangs_is_noticed_and_heard_again_when_it_wakes(own: NodeSettings) -> None:
    node = OwnNode(own)
    desk, loop = Desk(node), asyncio.get_running_loop()
    await desk.start()
    assert node.pid is not None
    os.kill(node.pid, signal.SIGSTOP)
    since = loop.time()
    try:
        await desk.next(e.NodeLost)
        assert loop.time() - since < limits.AMI_HALF_OPEN_MS / 1000
    finally:
        os.kill(node.pid, signal.SIGCONT)
    await desk.next(e.NodeSeen)
    assert node.starts == 1
    await desk.stop()


async def test_a_killed_allo_leaves_the_calls_and_the_next_one_takes_them(own: NodeSettings) -> None:
    same = {"address": own.address, "sip_port": own.sip_port, "ami_port": own.ami_port}
    allo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.telephony.an_allo",
        str(own.directory),
        json.dumps(same),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert allo.stdout is not None
    async with asyncio.timeout(30):
        assert await allo.stdout.readline() == b"started\n"
    server = (own.address, own.sip_port)
    async with await Phone.open("reseau", host=own.address, server=server) as trunk:
        held = trunk.call("0199000101", from_number="0639980012")
        async with asyncio.timeout(10):
            said, leg = (await allo.stdout.readline()).decode().split()
        assert said == "held"
        held.play(tone_frames(500))
        ringing = trunk.call("0199000101", from_number="0639980013")
        async with asyncio.timeout(10):
            assert await allo.stdout.readline() == b"second\n"
        allo.kill()
        await allo.wait()
        await hears(held, MUSIC_HZ)

        desk = Desk(OwnNode(own))
        await desk.start()
        node = await desk.next(e.NodeSeen)
        assert [(seen.leg, seen.held, seen.up, seen.bridged_with) for seen in node.legs] == [(leg, True, True, None)]
        stranger = await desk.next(e.CallArrived)
        assert stranger.caller is not None
        assert stranger.caller.text == "+33639980013"
        assert stranger.dialled == "+33199000101"
        await hears(held, MUSIC_HZ)
        await ringing.hang_up()
        await desk.next(e.LegEnded)
        await held.hang_up()
        assert (await desk.next(e.LegEnded)).leg == leg
        await desk.stop()


async def test_a_wrong_secret_is_said_at_once(own: NodeSettings) -> None:
    node = OwnNode(own)
    await node.start()
    loop = asyncio.get_running_loop()
    since = loop.time()
    wrong = AttachedNode("ailleurs", AmiAddress(own.ami_address, own.ami_port, own.ami_user, "wrong"))
    with pytest.raises(NodeFault, match="accès refusé"):
        await Desk(wrong).start()
    assert loop.time() - since < 2
    await node.leave()


async def test_an_asterisk_of_others_is_only_logged_in_to(own: NodeSettings) -> None:
    node = OwnNode(own)
    await node.start()
    desk = Desk(AttachedNode("ailleurs", AmiAddress(own.ami_address, own.ami_port, own.ami_user, own.ami_secret)))
    await desk.start()
    assert desk.facts == [e.NodeSeen(cause="telephony", node="ailleurs", legs=(), phones=())]
    await desk.stop()
    assert process.running_pid(own) == node.pid
    await node.leave()


async def test_a_new_telephone_needs_no_restart(own: NodeSettings) -> None:
    node = OwnNode(own)
    await node.start()
    paul = PhoneAccount(account="paul", secret="secret-p")
    async with await Phone.open("paul", host=own.address, server=(own.address, own.sip_port)) as phone:
        with pytest.raises(Refused):
            await phone.register("paul", "secret-p")
        await node.change(replace(own, phones=(*own.phones, paul)))
        await phone.register("paul", "secret-p")
        with pytest.raises(Refused):
            await phone.register("paul", "wrong")
    await node.leave()


async def test_an_action_hidden_in_a_value_would_run(own: NodeSettings) -> None:
    """Why values with line breaks are refused: Asterisk runs what it finds in one."""
    node = OwnNode(own)
    await node.start()
    reader, writer = await asyncio.open_connection(own.ami_address, own.ami_port)
    login = f"Action: Login\r\nUsername: {own.ami_user}\r\nSecret: {own.ami_secret}\r\nEvents: off\r\n\r\n"
    value = "x\r\n\r\nAction: Ping\r\nActionID: hidden"
    writer.write(f"{login}Action: Setvar\r\nActionID: open\r\nVariable: V\r\nValue: {value}\r\n\r\n".encode())
    async with asyncio.timeout(5):
        answered = await reader.readuntil(b"ActionID: hidden")
    assert b"Pong" in answered + await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await node.leave()


def test_the_secret_of_a_directory_is_made_once(tmp_path: Path) -> None:
    made = kept_secret(tmp_path / "new")
    assert made == kept_secret(tmp_path / "new")
    assert len(made) >= 32
    assert (tmp_path / "new" / "ami.secret").stat().st_mode & 0o077 == 0
    assert ids.interaction_of(made) is None
