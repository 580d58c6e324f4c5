"""What is old is taken out of journal and keys, and nothing that a call under way or an open task still needs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from core import events as e
from core import ids
from core.errors import JournalFault
from core.mind import Configurations
from core.personal import Personal
from core.step import Step
from runtime.commands.prune import DAY_MS, Told, pruned
from runtime.kernel import Kernel, same_state
from runtime.memory import Memory, reading
from runtime.places import Places
from runtime.settings import JournalSettings, Loaded, load
from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent
BEGIN_MS = 1_800_000_000_000
LATER_MS = BEGIN_MS + 400 * DAY_MS
NUMBER = "+33639980042"


@pytest.fixture(params=["sqlite", "postgresql"])
def loaded(request: pytest.FixtureRequest) -> Loaded:
    shipped = load(ROOT / "config")
    url = servers.database() if request.param == "postgresql" else ""
    settings = msgspec.structs.replace(shipped.settings, journal=JournalSettings(url=url))
    return msgspec.structs.replace(shipped, settings=settings)


def name(number: int, at_ms: int) -> str:
    return ids.mint(at_ms, number.to_bytes(10, "big"))


def call(number: int, at_ms: int, *, ends: bool) -> Iterator[e.CallArrived | e.LegEnded]:
    of = name(number, at_ms)
    leg = ids.caller_leg(of)
    yield e.CallArrived(
        cause="t",
        interaction=of,
        leg=leg,
        node="n",
        channel=f"PJSIP/trunk-{number}",
        dialled="+33199001000",
        caller=Personal(of, "number", NUMBER),
        caller_name=None,
        answered=False,
    )
    if ends:
        yield e.LegEnded(cause="t", interaction=of, leg=leg, reason="hung_up", code=16)


class Centre:
    """A journal with a kernel that writes it."""

    def __init__(self, loaded: Loaded, run: Path) -> None:
        self.loaded = loaded
        self.places = Places(run=run)
        self.memory = Memory.configured(loaded.settings.journal, self.places)
        self.memory.log.start(lambda _kept, _reason: None)
        self.memory.log.keep_configuration(loaded.centre.digest, loaded.content)
        self.kernel: Kernel = self.memory.recover(Configurations(loaded.centre))
        self.keep([self.kernel.receive(e.ConfigurationApplied(cause="t", digest=loaded.centre.digest), BEGIN_MS)])

    def keep(self, steps: list[Step]) -> None:
        self.memory.log.keep(steps)

    def takes(self, number: int, at_ms: int, *, ends: bool) -> None:
        steps = [self.kernel.receive(fact, at_ms) for fact in call(number, at_ms, ends=ends)]
        done = [e.OrderDone(cause="t", order=order.id) for step in steps for order in step.orders]
        self.keep(steps + [self.kernel.receive(end, at_ms) for end in done])

    async def snapshot(self) -> None:
        self.memory.log.keep_snapshot(self.memory.encoded(self.memory.snapshot_of(self.kernel)))
        self.keep([self.kernel.receive(e.PhoneSeen(cause="t", phone="9", reachable=True), self.kernel.now_ms)])
        assert await self.memory.log.kept(self.kernel.seq) or await self.memory.log.kept(self.kernel.seq)

    def numbers(self, of: str) -> list[str | None]:
        """What a reader finds of this call: its number in each step that tells one."""
        steps = reading(self.loaded.settings.journal, self.places).steps(of)
        arrived = [step.input for step in steps if isinstance(step.input, e.CallArrived)]
        return [fact.caller.text for fact in arrived if fact.caller is not None]

    async def close(self) -> None:
        await self.memory.log.stop()
        self.memory.keys.close()


@pytest.fixture
async def centre(loaded: Loaded, tmp_path: Path) -> Centre:
    """Two calls long ago, one of which never ended, and one call of today; two snapshots behind them."""
    centre = Centre(loaded, tmp_path)
    centre.takes(1, BEGIN_MS, ends=True)
    centre.takes(2, BEGIN_MS, ends=False)
    centre.takes(3, LATER_MS, ends=True)
    return centre


async def test_what_is_old_goes_with_its_keys_and_what_is_needed_stays(centre: Centre, loaded: Loaded) -> None:
    await centre.snapshot()
    await centre.snapshot()
    told = pruned(loaded, centre.places, LATER_MS)  # the centre goes on writing meanwhile
    assert told.steps >= 2
    assert told.interactions == 1
    assert centre.numbers(name(1, BEGIN_MS)) == []
    assert centre.numbers(name(2, BEGIN_MS)) == [NUMBER]
    assert centre.numbers(name(3, LATER_MS)) == [NUMBER]
    assert pruned(loaded, centre.places, LATER_MS) == Told(days=365, steps=0, interactions=0, prompts=0)
    centre.takes(4, LATER_MS + 1, ends=False)
    await centre.close()
    again = Memory.configured(loaded.settings.journal, centre.places)
    assert list(same_state(centre.kernel, again.recover(Configurations(loaded.centre)))) == []
    assert again.keys.open(name(1, BEGIN_MS), "number", again.keys.seal(name(2, BEGIN_MS), "number", "x")) is None
    again.log.close()
    again.keys.close()


async def test_nothing_goes_that_a_start_could_need(centre: Centre, loaded: Loaded) -> None:
    await centre.snapshot()
    assert pruned(loaded, centre.places, LATER_MS + 1000 * DAY_MS).steps == 0
    assert centre.numbers(name(1, BEGIN_MS)) == [NUMBER]
    await centre.close()


async def test_prompts_that_nobody_says_any_more_go_and_new_ones_stay(centre: Centre, loaded: Loaded) -> None:
    folder = centre.places.prompts
    folder.mkdir(parents=True)
    old, said, new = (folder / f"{one}.alaw" for one in ("old", "said", "new"))
    for file in (old, said, new):
        file.write_bytes(b"\xd5" * 100)
    for file in (old, said):
        os.utime(file, (time.time() - 3 * 86_400,) * 2)
    ready = e.PromptReady(cause="t", prompt="fr/x", path=str(said.with_suffix("").absolute()))
    centre.keep([centre.kernel.receive(ready, BEGIN_MS)])
    assert await centre.memory.log.kept(centre.kernel.seq) or await centre.memory.log.kept(centre.kernel.seq)
    assert pruned(loaded, centre.places, BEGIN_MS).prompts == 1
    assert sorted(file.name for file in folder.iterdir()) == ["new.alaw", "said.alaw"]
    await centre.close()


def test_without_a_journal_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalFault, match="Aucun journal"):
        pruned(load(ROOT / "config"), Places(run=tmp_path), BEGIN_MS)
