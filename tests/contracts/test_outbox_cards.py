"""Acceptance cards of the outbox, in a file and in a real PostgreSQL.

O1  how far the journal is told stands in one transaction with what was made of it
O2  what fails holds those of its interaction behind it, and nobody else
O3  what names a record rests sealed, and comes back whole
O4  the dead are kept, listed and can be woken; a disabled endpoint is told nothing more
O5  a full outbox keeps the oldest, and counts the others
O6  what nobody needs any more goes; an interaction with an open task stays
O7  a server that restarts loses nothing, and lets the same outbox go on
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
from sqlalchemy.exc import SQLAlchemyError

from crm_bridge.keys import RecordKeys
from crm_bridge.outbox import DEAD_KEPT_MS, REMEMBERED_MS, New, Outbox
from crm_bridge.translate import Thread
from runtime.accounts import outbox_place
from runtime.places import Places
from runtime.settings import JournalSettings
from tests import servers

NOW_MS = 1_800_000_000_000


class Opening:
    """Opens the same outbox anew, as each start does."""

    def __init__(self, url: str, run: Path) -> None:
        self._url, self._run = url, run
        self._place = outbox_place(JournalSettings(url=url), Places(run=run))

    def __call__(self) -> Outbox:
        return Outbox(self._place(), RecordKeys(self._run / "keys.json"), most=5)

    def at_rest(self) -> bytes:
        """Every byte of it."""
        if self._url:
            with psycopg.connect(self._url) as server:
                tables = ("webhooks", "threads")
                rows = [row for table in tables for row in server.execute(f"SELECT * FROM allo_outbox.{table}")]
            return b" ".join(
                value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
            )
        files = list((self._run / "webhooks").glob("outbox.db*"))
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        return b"".join(path.read_bytes() for path in files)


@pytest.fixture(params=["sqlite", "postgresql"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    return Opening(servers.database() if request.param == "postgresql" else "", tmp_path)


@pytest.fixture
def outbox(opening: Opening) -> Iterator[Outbox]:
    opened = opening()
    yield opened
    opened.close()


def new(name: str, of: str = "i", endpoint: str = "crm", record: str | None = None) -> New:
    body = msgspec.json.encode({"type": "x", "data": {}})
    return New(
        endpoint=endpoint,
        interaction=of,
        id=name,
        type="interaction.ended",
        tenant="yvelines",
        body=body,
        record=record,
        made_at_ms=NOW_MS,
    )


def due(outbox: Outbox, now_ms: int = NOW_MS, beside: tuple[str, ...] = ()) -> list[str]:
    return [one.id for one in outbox.turn((), "crm", now_ms, beside, 10)[0]]


def test_an_interaction_with_an_open_task_is_remembered_until_that_has_to_be_closed(outbox: Outbox) -> None:
    over_at_ms = NOW_MS + 10 * REMEMBERED_MS
    thread = Thread(tenant="yvelines", service="s", arrived_at_ms=1, hidden=False, protected_service=False)
    outbox.keep(1, {"i": thread, "t": msgspec.structs.replace(thread, task_until_at_ms=over_at_ms)}, (), NOW_MS)
    outbox.forget(over_at_ms)
    assert set(outbox.threads(["i", "t"])) == {"t"}
    outbox.forget(over_at_ms + REMEMBERED_MS + 1)
    assert outbox.threads(["i", "t"]) == {}


def test_position_and_webhooks_are_one_transaction(outbox: Outbox, opening: Opening) -> None:
    assert outbox.position() is None
    outbox.keep(7, {}, [new("a"), new("b", endpoint="other")], NOW_MS)
    broken = msgspec.structs.replace(new("c"), id=None)
    with pytest.raises(SQLAlchemyError):
        outbox.keep(8, {}, [new("d"), broken], NOW_MS)
    again = opening()
    assert (again.position(), due(again)) == (7, ["a"])
    again.close()


def test_what_is_remembered_of_an_interaction_comes_back_and_names_no_record_in_clear(
    outbox: Outbox, opening: Opening
) -> None:
    thread = Thread(
        tenant="yvelines", service="s", arrived_at_ms=1, hidden=False, protected_service=False, record="78-secret"
    )
    outbox.keep(1, {"i": thread}, [new("i-w1", record="78-secret")], NOW_MS)
    assert outbox.threads(["i", "j"]) == {"i": thread}
    (one,) = outbox.turn((), "crm", NOW_MS, (), 10)[0]
    assert msgspec.json.decode(one.body)["data"] == {"record": "78-secret"}
    rest = opening.at_rest()
    assert b"i-w1" in rest
    assert b"78-secret" not in rest


def test_one_that_fails_holds_those_behind_it_and_nobody_else(outbox: Outbox) -> None:
    outbox.keep(1, {}, [new("a1", "a"), new("a2", "a"), new("b1", "b")], NOW_MS)
    outbox.failed(outbox.turn((), "crm", NOW_MS, (), 1)[0][0], "503", NOW_MS + 60)
    outbox.keep(2, {}, [new("a3", "a")], NOW_MS)
    assert due(outbox) == ["b1"]
    assert due(outbox, NOW_MS + 60) == ["a1", "a2", "b1", "a3"]
    assert due(outbox, NOW_MS + 60, ("b",)) == ["a1", "a2", "a3"]
    outbox.hurry("crm", NOW_MS + 1)
    assert due(outbox, NOW_MS + 1)[0] == "a1"


def test_the_dead_are_kept_listed_and_can_be_woken(outbox: Outbox) -> None:
    outbox.keep(1, {}, [new("a1", "a"), new("a2", "a")], NOW_MS)
    outbox.died(outbox.turn((), "crm", NOW_MS, (), 1)[0][0], "400", NOW_MS)
    assert due(outbox) == ["a2"]
    assert [(one.id, one.error) for one in outbox.listed(10, dead=True)] == [("a1", "400")]
    assert outbox.retry("a1", NOW_MS) == 1
    assert outbox.retry("nobody", NOW_MS) == 0
    assert due(outbox) == ["a1", "a2"]


def test_a_full_outbox_keeps_the_oldest_and_counts_the_others(outbox: Outbox) -> None:
    refused = outbox.keep(1, {}, [new(f"a{number}") for number in range(8)] + [new("z", endpoint="other")], NOW_MS)
    assert refused == {"crm": 3}
    assert due(outbox) == ["a0", "a1", "a2", "a3", "a4"]
    assert (outbox.standing("crm").refused, outbox.standing("other").waiting) == (3, 1)


def test_a_disabled_endpoint_keeps_what_waited_as_dead(outbox: Outbox) -> None:
    outbox.keep(1, {}, [new("a")], NOW_MS)
    outbox.disable("crm", "410")
    assert (due(outbox), outbox.disabled(), outbox.standing("crm").dead) == ([], {"crm": "410"}, 1)
    outbox.enable("crm")
    assert outbox.disabled() == {}


def test_what_nobody_needs_any_more_goes(outbox: Outbox) -> None:
    thread = Thread(tenant="yvelines", service="s", arrived_at_ms=1, hidden=False, protected_service=False)
    outbox.keep(1, {"i": thread}, [new("a")], NOW_MS)
    outbox.disable("crm", "410")
    outbox.forget(NOW_MS + REMEMBERED_MS)
    assert outbox.threads(["i"])
    outbox.forget(NOW_MS + DEAD_KEPT_MS + 1)
    assert (outbox.threads(["i"]), outbox.listed(10)) == ({}, [])


def test_a_server_that_restarts_between_two_turns_loses_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    outbox = Opening(servers.database(), tmp_path)()
    outbox.keep(1, {}, [new("a1", "a"), new("a2", "a")], NOW_MS)
    (first, _second), _ = outbox.turn((), "crm", NOW_MS, (), 10)
    servers.postgres().kill()
    with pytest.raises(SQLAlchemyError):
        outbox.keep(2, {}, [new("a3", "a")], NOW_MS)
    servers.postgres().start()
    assert outbox.position() == 1
    outbox.keep(2, {}, [new("a3", "a")], NOW_MS)
    outbox.delivered([first.number])
    assert (outbox.position(), due(outbox)) == (2, ["a2", "a3"])
    outbox.close()
