"""What open pages are told: encoded once for all, differences that add up to the whole, nothing kept for the slow."""

from __future__ import annotations

import json
from typing import Any

from core import events as e
from core.centre import Centre
from core.events.distribution import AgentState
from softphone_ui.live import Tables
from softphone_ui.picture import Picture
from softphone_ui.table import table
from tests import centres
from tests.acd.test_state import state_of
from tests.softphone_ui.house import House, two_tenants

BOTH = ("nord", "sud")


class Tabled:
    def __init__(self, centre: Centre) -> None:
        self.picture = Picture(centre)
        self.tables = Tables(self.picture, lambda: centres.START_MS)

    def changes(self, agent: str, state: AgentState) -> None:
        self.picture.take([state_of(agent, state)], centres.START_MS)
        self.tables.tick()


def parsed(message: bytes | None) -> Any:
    return None if message is None else json.loads(message)


def test_the_first_is_whole_then_come_differences_and_nothing_when_nothing_changed() -> None:
    tabled = Tabled(two_tenants())
    watcher = tabled.tables.open(BOTH)
    first = parsed(tabled.tables.message(BOTH, watcher))
    assert first["whole"]
    assert tabled.tables.message(BOTH, watcher) is None
    tabled.changes("alice", "available")
    delta = parsed(tabled.tables.message(BOTH, watcher))
    assert not delta["whole"]
    assert set(delta["agents"]) == {"alice"}
    assert "queues" not in delta


def test_who_missed_versions_is_sent_the_whole_and_nothing_was_kept_for_them() -> None:
    tabled = Tabled(two_tenants())
    slow, quick = tabled.tables.open(BOTH), tabled.tables.open(BOTH)
    for watcher in (slow, quick):
        tabled.tables.message(BOTH, watcher)
    for state in ("available", "paused", "available"):
        tabled.changes("alice", state)  # type: ignore[arg-type]
        assert not parsed(tabled.tables.message(BOTH, quick))["whole"]
    whole = parsed(tabled.tables.message(BOTH, slow))
    assert whole["whole"]
    assert whole["agents"] == json.loads(json.dumps(table(tabled.picture, BOTH)["agents"]))


def test_two_who_watch_the_same_are_sent_the_same_bytes() -> None:
    tabled = Tabled(two_tenants())
    one, other = tabled.tables.open(BOTH), tabled.tables.open(BOTH)
    assert tabled.tables.message(BOTH, one) is tabled.tables.message(BOTH, other)


async def test_differences_add_up_to_the_whole_over_a_real_socket(house: House) -> None:
    paule = await house.logged_in("paule")
    async with paule.socket("table") as socket:
        await socket.next()
        for agent in ("alice", "bruno"):
            house.available(agent)
        for _ in range(4):
            interaction = house.arrives(tenant="nord")
            if house.said(e.AgentChosen)[-1].interaction == interaction:
                house.answers(interaction)
        seen = await socket.until(lambda shown: shown["totals"]["all"]["talking"] == 2)
    now = json.loads(json.dumps(table(house.pages.picture, BOTH)))
    assert {key: seen[key] for key in now} == now
    assert (now["queues"]["rsa"]["offered"], now["queues"]["rsa"]["waiting"]) == (4, 2)
