"""Sessions: opaque, bounded in time and number, gone at log-out."""

from __future__ import annotations

from softphone_ui.sessions import ABSOLUTE_S, IDLE_S, PER_AGENT, Sessions
from tests.softphone_ui.house import PASSWORD, House


def test_a_session_left_alone_ends_and_one_that_is_used_goes_on() -> None:
    sessions = Sessions()
    token = sessions.open("alice", 0.0)
    assert sessions.find(token, IDLE_S) is not None
    assert sessions.find(token, 2 * IDLE_S) is not None
    assert sessions.find(token, 3 * IDLE_S + 1) is None
    assert sessions.find(token, 0.0) is None


def test_an_open_page_keeps_it_but_not_beyond_a_working_day() -> None:
    sessions = Sessions()
    session = sessions.find(sessions.open("alice", 0.0), 0.0)
    assert session is not None
    session.sockets = 1
    assert sessions.alive(session, ABSOLUTE_S)
    assert not sessions.alive(session, ABSOLUTE_S + 1)


def test_the_oldest_sessions_of_one_person_give_way() -> None:
    sessions = Sessions()
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
