"""The journal in PostgreSQL, where it differs from a file: a server that goes and comes back, and another kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from core.errors import JournalFault
from core.wire import Wire
from journal.keys import KeyStore
from journal.log import Log
from journal.postgres import JOURNAL_SCHEMA, Deposed, PostgresKeys, PostgresStore, address, engine_for
from journal.reading import Reader
from runtime.scaled.servers import PrivatePostgres
from tests import servers
from tests.journal.steps import number_of, steps, until


class Site:
    """A database, and what is opened in it."""

    def __init__(self, url: str) -> None:
        self.url = address(url)
        self.alarms: list[tuple[bool, str]] = []

    def log(self, **options: int) -> Log:
        self.store = PostgresStore(self.url)
        self.keys = KeyStore(PostgresKeys(self.url, make=True))
        return Log(self.store, Wire(self.keys), self.keys.save, **{"lag_ms": 20_000, **options})

    def running(self, **options: int) -> Log:
        log = self.log(**options)
        log.start(lambda kept, reason: self.alarms.append((kept, reason)))
        return log

    def reader(self) -> Reader:
        return Reader(PostgresStore(self.url), Wire(KeyStore(PostgresKeys(self.url, writing=False))))


@pytest.fixture
def site() -> Site:
    return Site(servers.database())


@pytest.fixture
def server() -> Iterator[PrivatePostgres]:
    """A server that a test may end; the next test finds it running."""
    yield servers.postgres()
    if not servers.postgres().running:
        servers.postgres().start()


async def test_a_server_that_restarts_is_an_alarm_and_then_everything_is_there(
    site: Site, server: PrivatePostgres
) -> None:
    log = site.running()
    log.keep(steps(1, 10))
    assert await log.kept(10)
    server.stop()
    log.keep(steps(11, 50))
    assert not await log.kept(50)
    assert site.alarms[0][0] is False
    assert "PostgreSQL" in site.alarms[0][1] or "liaison" in site.alarms[0][1]
    server.start()
    await until(lambda: len(site.alarms) > 1)
    assert site.alarms[1] == (True, "le journal écrit de nouveau ; rien n'est perdu")
    assert await log.kept(50)
    assert await log.stop()
    assert [found.seq for found in site.reader().load()[1]] == list(range(1, 51))


async def test_a_server_that_loses_its_power_gives_back_what_was_kept(site: Site, server: PrivatePostgres) -> None:
    log = site.running()
    log.keep(steps(1, 500))
    assert await log.kept(500)
    server.kill()
    log.keep(steps(501, 510))
    server.start()
    await until(lambda: log.kept_seq == 510)
    assert await log.stop()
    assert list(site.reader().steps()) == steps(1, 510)


async def test_what_falls_out_while_it_is_away_is_a_gap_that_a_start_folds_around(
    site: Site, server: PrivatePostgres
) -> None:
    log = site.running(ring_steps=25)
    log.keep(steps(1, 10))
    assert await log.kept(10)
    server.stop()
    for first in range(11, 81, 10):
        log.keep(steps(first, first + 9))
    server.start()
    await until(lambda: log.kept_seq == 80)
    assert log.fell_out == 45
    await log.stop()
    again = site.log()
    _, following = again.load()
    assert [found.seq for found in following] == list(range(1, 11))
    assert again.last_seq == 80
    again.close()


async def test_a_kernel_that_another_has_replaced_writes_no_more(site: Site) -> None:
    old = site.running()
    old.keep(steps(1, 5))
    assert await old.kept(5)
    servers.cut_leader(site.url)
    successor = Site(str(site.url))
    new = successor.running()
    assert successor.store.epoch == site.store.epoch + 1
    old.keep(steps(6, 6))
    assert not await old.kept(6)
    await until(site.store.deposed.is_set)
    assert "un autre noyau" in (old.failing or "")
    new.keep(steps(6, 7))
    assert await new.kept(7)
    assert await new.stop()
    assert not await old.stop()
    assert list(site.reader().steps()) == steps(1, 7)


async def test_each_taking_of_the_lead_counts_one_up(site: Site) -> None:
    epochs = []
    for _ in range(3):
        log = site.log()
        epochs.append(site.store.epoch)
        log.close()
    assert epochs == [1, 2, 3]
    assert site.store.leader().endswith("époque 3")


async def test_only_a_leader_connects_to_write(site: Site) -> None:
    log = site.log()
    servers.cut_leader(site.url)
    successor = Site(str(site.url))
    taken = successor.log()
    site.store.failed(ConnectionError())
    with pytest.raises(Deposed):
        site.store.connect()
    taken.close()
    log.close()


def test_a_server_that_is_not_there_is_told_with_the_remedy() -> None:
    with pytest.raises(JournalFault, match="PostgreSQL répond") as told:
        PostgresStore(address("postgresql://allo@/none?host=/nonexistent", "hush")).take()
    assert "hush" not in str(told.value)


def test_a_database_that_is_not_there_is_told() -> None:
    url = servers.postgres().url("none")
    with pytest.raises(JournalFault, match="cette base n'existe pas"):
        PostgresStore(address(url)).take()


async def test_nothing_personal_stands_in_the_journal_s_tables(site: Site) -> None:
    log = site.running()
    log.keep(steps(1, 3))
    assert await log.kept(3)
    await log.stop()
    with engine_for(site.url, JOURNAL_SCHEMA).connect() as connection:
        told = "\n".join(connection.execute(text("SELECT record FROM readable")).scalars())
    assert "CallArrived" in told
    assert number_of(1) not in told


async def test_a_key_made_by_another_process_opens_and_one_it_erased_does_not(site: Site) -> None:
    (kernel, edge) = (KeyStore(PostgresKeys(site.url, make=True)) for _ in range(2))
    sealed = edge.seal("i1", "number", "+33639980001")
    edge.save()
    assert kernel.open("i1", "number", sealed) == "+33639980001"
    also = kernel.seal("i1", "number", "+33639980002")
    assert edge.open("i1", "number", also) == "+33639980002"
    await asyncio.to_thread(edge.erase, "i1")
    assert KeyStore(PostgresKeys(site.url)).open("i1", "number", sealed) is None
    kernel.close()
    edge.close()


def test_keys_survive_a_restart_of_the_server_in_the_middle(site: Site, server: PrivatePostgres) -> None:
    keys = KeyStore(PostgresKeys(site.url, make=True))
    sealed = keys.seal("i1", "number", "x")
    keys.save()
    other = KeyStore(PostgresKeys(site.url))
    assert other.open("i2", "number", sealed) is None
    server.stop()
    server.start()
    assert other.open("i1", "number", sealed) == "x"
    keys.close()
    other.close()
