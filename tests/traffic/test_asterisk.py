"""Our telephones against a real Asterisk."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.traffic.private_asterisk import PrivateAsterisk, commands, private_asterisk
from traffic.call import State
from traffic.errors import NotAnswered, Refused
from traffic.phone import Phone
from traffic.sound import FRAME_MS, correlate, decode_alaw, frames_of, strongest_tone, tone_frames
from traffic.ticker import Ticker
from traffic.tones import AGENT_TONES, CITIZEN_TONES, listen_for

TRUNK = (("X-Trunk", "yes"),)


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    if commands() is None:
        pytest.fail("Asterisk is not installed here: run ./allo once")
    with private_asterisk(tmp_path_factory.mktemp("asterisk") / "a") as running:
        yield running


@pytest.fixture
async def alice(asterisk: PrivateAsterisk) -> AsyncIterator[Phone]:
    async with await Phone.open("alice", server=asterisk.server) as phone:
        await phone.register("alice", "secret-alice", expires=60)
        yield phone


@pytest.fixture
async def bob(asterisk: PrivateAsterisk) -> AsyncIterator[Phone]:
    async with await Phone.open("bob", server=asterisk.server) as phone:
        await phone.register("bob", "secret-bob", expires=60)
        yield phone


async def test_registration_needs_the_secret_and_is_refreshed(asterisk: PrivateAsterisk) -> None:
    async with await Phone.open("bob", server=asterisk.server) as phone:
        with pytest.raises(Refused, match="401"):
            await phone.register("bob", "wrong")
        assert not phone.registered
        await phone.register("bob", "secret-bob", expires=4)
        # Refreshed at half the life granted: after the second time the first is over, and keeps Bob reachable no more.
        registration = phone._registration
        assert registration is not None
        async with asyncio.timeout(15):
            while registration.refreshed < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        async with await Phone.open("trunk", server=asterisk.server) as line:
            call = line.call("610", extra_headers=TRUNK)
            (await phone.next_call(2)).reject(486)
            assert (await call.ended(2)).code == 486
            await phone.unregister()
            assert not phone.registered
            call = line.call("610", extra_headers=TRUNK)
            with pytest.raises(NotAnswered):
                await call.answered(3)


async def test_an_unauthenticated_invite_is_challenged_and_answered(alice: Phone) -> None:
    call = alice.call("600")
    await call.answered(3)
    assert (await call.hang_up()).code == 200


async def test_echo_returns_our_sound_whole(alice: Phone) -> None:
    call = alice.call("600")
    await call.answered(3)
    sound = bytes((7 * n * n + n // 3) % 256 for n in range(8000))
    assert call.connected_ms is not None
    await call.play(frames_of(sound))
    sent = decode_alaw(sound)
    async with asyncio.timeout(5):  # the echo of the last words is still on its way
        while True:
            heard = call.heard.since(call.connected_ms).samples
            if len(heard) >= len(sent) and (match := correlate(sent, heard)).score > 0.99:
                break
            await asyncio.sleep(0.02)
    assert match.score > 0.99
    assert match.lag_ms < 100
    await call.hang_up()


async def test_keys_are_read_and_sent_by_asterisk(alice: Phone) -> None:
    call = alice.call("606")
    await call.answered(3)
    await call.press("47*9")
    assert (await call.ended(12)).cause == 16
    assert "".join(key.key for key in call.keys_heard) == "47*9"


async def test_two_registered_telephones_hear_each_other_through_dial(alice: Phone, bob: Phone) -> None:
    call = alice.call("610", display_name="Zoé")
    offered = await bob.next_call(3)
    assert offered.remote.display == "Zoé"
    offered.ring()
    offered.answer()
    await call.answered(3)
    call.play(tone_frames(500))
    offered.play(tone_frames(515))
    async with asyncio.timeout(5):
        at_alice = await listen_for(call.heard, AGENT_TONES)
        at_bob = await listen_for(offered.heard, CITIZEN_TONES)
    assert (at_alice.hz, at_bob.hz) == (515, 500)
    assert min(at_alice.ratio_db, at_bob.ratio_db) > 30
    await call.press("5")
    assert [key.key for key in offered.keys_heard] == ["5"]
    assert (await offered.hang_up()).by == "us"
    assert (await call.ended(3)).cause == 16


async def test_codes_and_causes_come_back(alice: Phone, bob: Phone) -> None:
    busy = alice.call("603")
    assert ((await busy.ended(3)).code, busy.end and busy.end.cause) == (486, 17)
    assert (await alice.call("999").ended(3)).code == 404
    given_up = alice.call("610")
    offered = await bob.next_call(3)
    offered.ring()
    async with asyncio.timeout(3):
        while given_up.state is not State.RINGING:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await given_up.hang_up()).code == 487
    assert (await offered.ended(3)).code == 487


async def test_early_media_is_heard_before_the_answer(alice: Phone) -> None:
    call = alice.call("604")
    async with asyncio.timeout(5):
        while call.heard.frames < 40:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    found = strongest_tone(call.heard.last(0.5).samples, range(500, 1000, 10))
    assert found is not None
    assert found.hz == 700
    assert call.connected_ms is None
    await call.hang_up()


async def test_hostile_names_and_withheld_numbers_pass_through(asterisk: PrivateAsterisk, bob: Phone) -> None:
    async with await Phone.open("trunk", server=asterisk.server) as line:
        name = b'"\xff\xfe' + b"A" * 1000 + b'" <sip:0639980001@h>'
        call = line.call("610", extra_headers=TRUNK, raw_from=name, raw_headers=b"X-Bad: \xff\xfe")
        offered = await bob.next_call(3)
        assert offered.remote.user == "0639980001"
        await call.hang_up()
        await offered.ended(3)
        call = line.call("610", extra_headers=TRUNK, from_number="0639980001", privacy=True)
        offered = await bob.next_call(3)
        assert offered.remote.user == "anonymous"
        await call.hang_up()


@pytest.mark.alone
async def test_two_hundred_echo_calls_from_one_process(asterisk: PrivateAsterisk) -> None:
    """The goal of the package: under one core, nothing lost.  Figures are printed with -s."""
    count, seconds = 200, 5.0
    async with await Phone.open("trunk", server=asterisk.server, keep_s=2) as line:
        calls = []
        for _ in range(count):
            calls.append(line.call("600", extra_headers=TRUNK))
            await asyncio.sleep(0.01)
        await asyncio.gather(*(call.answered(20) for call in calls))
        for hz, call in zip(CITIZEN_TONES, calls, strict=False):
            call.play(tone_frames(hz))
        streams = [call.stream for call in calls]
        async with asyncio.timeout(20):
            while not all(stream.received for stream in streams):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        used_s, theirs_s = _cpu_s(), asterisk.cpu_s()
        received = sum(stream.received for stream in streams)
        lost = sum(stream.lost for stream in streams)
        enough = received + int(count * seconds * 1000 / FRAME_MS)
        began_s = time.monotonic()
        async with asyncio.timeout(10 * seconds):
            while sum(stream.received for stream in streams) < enough:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        seconds = time.monotonic() - began_s
        share = (_cpu_s() - used_s) / seconds
        rate = (sum(stream.received for stream in streams) - received) / seconds
        lost = sum(stream.lost for stream in streams) - lost
        ticker = Ticker.shared()
        print(
            f"\n{count} calls: {share:.0%} of a core, Asterisk {(asterisk.cpu_s() - theirs_s) / seconds:.0%}, "
            f"{rate:.0f} packets/s each way, {lost} lost, latest tick {ticker.worst_late_ms:.1f} ms late"
        )
        heard = [strongest_tone(call.heard.last(0.4).samples, CITIZEN_TONES) for call in calls]
        assert [tone and tone.hz for tone in heard] == list(CITIZEN_TONES[:count])
        await asyncio.gather(*(call.hang_up() for call in calls))
    assert lost <= 0.001 * rate * seconds
    assert rate > 0.97 * count * 50
    assert share < 1.0


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def plan(asterisk: PrivateAsterisk, **more: Any) -> dict[str, Any]:
    host, port = asterisk.server
    return {
        "asterisk": {"host": host, "port": port},
        "seed": 7,
        "numbers": [{"number": "612"}],
        "trunk": {"headers": dict(TRUNK)},
        "per_minute": 40,
        "talk_s": [2, 2, 3],
        "patience_s": [30, 30, 30],
        "scripts": [{"steps": [{"after_prompt_s": 10, "press": "1"}]}],
        "agents": [
            {"user": name, "secret": f"secret-{name}", "rings_s": [0.1, 0.2, 0.3], "talks_s": [2, 2, 3]}
            for name in ("alice", "bob")
        ],
        **more,
    }


async def crowd(path: Path, data: dict[str, Any], stop_at: str | None = None) -> tuple[int, list[dict[str, Any]]]:
    """Run ``python -m traffic``; send SIGTERM at the first happening of that kind."""
    path.write_text(json.dumps(data), "utf-8")  # noqa: ASYNC240  # one small file
    command = (sys.executable, "-m", "traffic", "--plan", str(path))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    lines: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        async for line in process.stdout:
            lines.append(json.loads(line))
            if lines[-1]["event"] == stop_at:
                process.send_signal(signal.SIGTERM)
                stop_at = None
        return await process.wait(), lines


async def test_a_crowd_calls_and_sound_tells_who_talked_with_whom(asterisk: PrivateAsterisk, tmp_path: Path) -> None:
    status, lines = await crowd(tmp_path / "plan.json", plan(asterisk, calls=4))
    assert status == 0
    summary = lines[-1]
    assert (summary["event"], summary["calls"], summary["answered"], summary["two_way"]) == ("summary", 4, 4, 4)
    assert summary["packets_lost"] == 0
    talked = {line["who"]: line["agent"] for line in lines if line["event"] == "talked"}
    assert sorted(talked) == [f"063998000{number}" for number in range(4)]
    assert set(talked.values()) <= {"alice", "bob"}
    reports = [line for line in lines if line["event"] == "ended" and line["party"] == "citizen"]
    assert all(report["first_key_ms"] > report["answered_ms"] for report in reports)


async def test_a_crowd_told_to_stop_hangs_up_and_unregisters(asterisk: PrivateAsterisk, tmp_path: Path) -> None:
    status, lines = await crowd(tmp_path / "plan.json", plan(asterisk, talk_s=[60, 60, 60]), stop_at="agent_answered")
    assert status == 0
    events = [line["event"] for line in lines]
    assert events[-1] == "summary"
    assert lines[-1]["calls"] == events.count("dialled"), "each call that began was hung up and reported"
    async with await Phone.open("trunk", server=asterisk.server) as line:
        with pytest.raises(NotAnswered):
            await line.call("610", extra_headers=TRUNK).answered(3)


async def test_a_plan_that_cannot_be_read_is_refused_with_status_2(tmp_path: Path) -> None:
    status, lines = await crowd(tmp_path / "plan.json", {"numbers": []})
    assert (status, lines) == (2, [])
