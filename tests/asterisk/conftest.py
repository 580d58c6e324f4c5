"""Every test of this folder gets a real Asterisk: one per test process, at addresses of its own (ground.py).

`town` is a small centre in the test's process on that Asterisk; `town_with` starts one that is different.  After a test
nothing may be left: no call, no channel, no busy agent.  `ground` gives further sites to tests that kill things.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator

import pytest

from tests.asterisk.ground import Ground, Site
from tests.asterisk.small_centre import SmallCentre
from tests.asterisk.town import Elsewhere, Here, centre_elsewhere, centre_here
from tests.asterisk.watch import Watch

TownWith = Callable[..., Awaitable[Here]]
_WATCH = pytest.StashKey[Watch]()
_SITE = pytest.StashKey[Site]()
_SAID = pytest.StashKey[Elsewhere]()


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """This test process's network and directories."""
    if "ALLO_ASTERISK" not in os.environ:
        pytest.fail("ALLO_ASTERISK is not set: run these by ./allo test")
    ground = Ground()
    yield ground
    ground.clear()


@pytest.fixture(scope="session")
def shared_site(ground: Ground) -> Site:
    """Where the Asterisk that most tests share runs; the first test starts it."""
    return ground.site()


@pytest.fixture
def site(ground: Ground, request: pytest.FixtureRequest) -> Site:
    """A site for this test alone."""
    site = request.node.stash[_SITE] = ground.site()
    return site


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Watch:
    """What the centre of this test says; its stories are printed if the test fails."""
    watch = request.node.stash[_WATCH] = Watch()
    return watch


@pytest.fixture
async def town_with(shared_site: Site, watch: Watch, request: pytest.FixtureRequest) -> AsyncIterator[TownWith]:
    """Starts a centre on the shared Asterisk: `await town_with(SmallCentre(…), offer_ms=2_000)`."""
    request.node.stash[_SITE] = shared_site
    shared_site.forget_journal()
    async with contextlib.AsyncExitStack() as stack:
        towns: list[Here] = []

        async def start(small: SmallCentre | None = None, **queue: int) -> Here:
            town = await stack.enter_async_context(centre_here(shared_site, watch, small or SmallCentre(), **queue))
            towns.append(town)
            return town

        yield start
        for town in towns:
            for citizen in town.exchange.citizens:
                await citizen.call.hang_up()
            await town.settled()


@pytest.fixture
async def town(town_with: TownWith) -> Here:
    """A small centre: six agents, no wrap-up, offers of two seconds."""
    return await town_with(offer_ms=2_000)


@pytest.fixture
async def elsewhere(site: Site, watch: Watch, request: pytest.FixtureRequest) -> AsyncIterator[Elsewhere]:
    """A small centre to be run as a process of its own, at a site of its own."""
    async with centre_elsewhere(site, watch, SmallCentre()) as town:
        request.node.stash[_SAID] = town
        yield town


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed shows the life of its interactions and Asterisk's last words."""
    report = yield
    if report.failed:
        watch, site = item.stash.get(_WATCH, None), item.stash.get(_SITE, None)
        if watch is not None:
            report.sections.append(("interactions", watch.told()))
        town = item.stash.get(_SAID, None)
        for process in town.processes if town is not None else ():
            report.sections.append(("what a centre printed", process.said))
        if site is not None:
            report.sections.append(("Asterisk", site.asterisk_log()))
    return report
