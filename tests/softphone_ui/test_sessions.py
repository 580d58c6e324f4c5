"""Sessions: opaque, bounded in time and number, gone at log-out."""

from __future__ import annotations

from pathlib import Path

import msgspec

from softphone_ui.kept_sessions import KeptSessions
from softphone_ui.sessions import ABSOLUTE_S, AHEAD_S, IDLE_S, KEEP_SEEN_S, PER_AGENT, Sessions
from tests.softphone_ui.house import PASSWORD, House

NOON_S = 1_795_000_000.0


def _mark(_agent: str) -> str:
    return "the same password as ever"


def _started(file: Path, now_s: float, wall_s: float) -> Sessions:
    sessions = Sessions(_mark, KeptSessions(file))
    sessions.begin(now_s, wall_s)
    return sessions


def test_a_session_left_alone_ends_and_one_that_is_used_goes_on() -> None:
    sessions = Sessions(_mark)
    token = sessions.open("alice", 0.0)
    assert sessions.find(token, IDLE_S) is not None
    assert sessions.find(token, 2 * IDLE_S) is not None
    assert sessions.find(token, 3 * IDLE_S + 1) is None
    assert sessions.find(token, 0.0) is None


def test_an_open_page_keeps_it_but_not_beyond_a_working_day() -> None:
    sessions = Sessions(_mark)
    session = sessions.find(sessions.open("alice", 0.0), 0.0)
    assert session is not None
    session.sockets = 1
    assert sessions.alive(session, ABSOLUTE_S)
    assert not sessions.alive(session, ABSOLUTE_S + 1)


def test_the_oldest_sessions_of_one_person_give_way() -> None:
    sessions = Sessions(_mark)
    tokens = [sessions.open("alice", float(at)) for at in range(PER_AGENT + 2)]
    assert [sessions.find(token, 10.0) is not None for token in tokens] == [False, False] + [True] * PER_AGENT
    assert sessions.find("", 10.0) is None
    assert sessions.find("somebody's guess", 10.0) is None


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(house: House) -> None:
    answer = await house.person().log_in("alice")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert answer.body["token"] not in cookie
    assert PASSWORD not in str(answer)


async def test_logging_out_ends_the_session_and_its_open_pages(house: House) -> None:
    alice = await house.logged_in("alice")
    async with alice.socket("desk") as desk:
        await desk.next()
        assert (await alice.ask("DELETE", "/api/session")).status == 204
        message = await desk.opened.receive(timeout=10)
        assert message.data == 4401
    assert (await alice.ask("GET", "/api/me")).status == 401


async def test_logging_in_anew_ends_the_session_that_the_browser_had(house: House) -> None:
    alice = await house.logged_in("alice")
    before = {cookie.value for cookie in alice.client.cookie_jar}
    await alice.log_in("bruno")
    assert {cookie.value for cookie in alice.client.cookie_jar} != before
    assert (await alice.ask("GET", "/api/me")).body["name"] == "bruno"


async def test_whoever_is_logged_in_stays_so_when_the_pages_restart(house: House) -> None:
    alice = await house.logged_in("alice")
    token = next(iter(alice.client.cookie_jar)).value
    await house.restart()
    assert (await alice.ask("GET", "/api/me")).body["token"] == alice.headers["X-Allo-Token"]
    assert (await alice.ask("POST", "/api/state", {"wish": "log_in"})).status == 200
    assert token not in house.sessions.read_bytes().decode("latin-1")
    assert alice.headers["X-Allo-Token"] not in house.sessions.read_bytes().decode("latin-1")
    assert house.sessions.stat().st_mode & 0o077 == 0


async def test_roles_are_those_of_the_configuration_that_started(house: House) -> None:
    odile, bruno = await house.logged_in("odile"), await house.logged_in("bruno")
    agents = {name: agent for name, agent in house.centre.agents.items() if name != "bruno"}
    agents["odile"] = msgspec.structs.replace(agents["odile"], role="agent")
    await house.restart(msgspec.structs.replace(house.centre, digest="trois", agents=agents))
    assert (await odile.ask("GET", "/api/me")).body["role"] == "agent"
    order = {"service": "solidarites", "closed": True}
    assert (await odile.ask("POST", "/api/service", order)).status == 403
    assert (await bruno.ask("GET", "/api/me")).status == 401


async def test_who_logged_out_or_has_another_password_is_out_before_and_after_a_restart(house: House) -> None:
    gone, changed, stays = [await house.logged_in(name) for name in ("alice", "bruno", "odile")]
    stale = {"Cookie": f"allo={next(iter(gone.client.cookie_jar)).value}"}
    await gone.ask("DELETE", "/api/session")
    async with changed.socket("desk") as desk:
        await desk.next()
        house.passwords.set("bruno", "quatre autres mots encore")
        house.available("bruno")  # whatever wakes the page, or fifteen seconds
        while (message := await desk.opened.receive(timeout=10)).data != 4401:
            assert message.data is not None
    assert (await changed.ask("GET", "/api/me")).status == 401
    await house.restart()
    assert [(await one.ask("GET", "/api/me")).status for one in (gone, changed, stays)] == [401, 401, 200]
    assert (await house.person().ask("GET", "/api/me", headers=stale)).status == 401


async def test_a_file_that_cannot_be_read_costs_a_log_in_and_no_more(house: House) -> None:
    alice = await house.logged_in("alice")
    await house.pages.stop()
    house.sessions.write_bytes(b"this is not a database" * 100)
    await house.restart()
    assert (await alice.ask("GET", "/api/me")).status == 401
    assert (await alice.log_in("alice")).status == 200
    await house.restart()
    assert (await alice.ask("GET", "/api/me")).status == 200


def test_time_goes_on_while_the_pages_are_stopped(tmp_path: Path) -> None:
    token = _started(tmp_path / "s.db", 5.0, NOON_S).open("alice", 5.0)
    at_s = NOON_S + IDLE_S - 1
    assert _started(tmp_path / "s.db", 90_000.0, at_s).find(token, 90_000.0) is not None
    assert _started(tmp_path / "s.db", 7.0, at_s + IDLE_S + 1).find(token, 7.0) is None
    assert _started(tmp_path / "s.db", 7.0, at_s).find(token, 7.0) is None


def test_what_is_kept_knows_of_use_and_of_open_pages_but_not_beyond_a_working_day(tmp_path: Path) -> None:
    first = _started(tmp_path / "s.db", 0.0, NOON_S)
    token = first.open("alice", 0.0)
    session = first.find(token, KEEP_SEEN_S)
    assert session is not None
    session.sockets = 1
    assert first.alive(session, IDLE_S)
    again = _started(tmp_path / "s.db", 0.0, NOON_S + 2 * IDLE_S - 1)
    assert again.find(token, 0.0) is not None
    assert first.alive(session, ABSOLUTE_S)
    assert _started(tmp_path / "s.db", 0.0, NOON_S + ABSOLUTE_S + 1).find(token, 0.0) is None


def test_a_clock_that_was_set_back_ends_sessions_rather_than_making_them_longer(tmp_path: Path) -> None:
    token = _started(tmp_path / "s.db", 0.0, NOON_S).open("alice", 0.0)
    assert _started(tmp_path / "s.db", 0.0, NOON_S - AHEAD_S + 1).find(token, 0.0) is not None
    assert _started(tmp_path / "s.db", 0.0, NOON_S - 7200).find(token, 0.0) is None
