"""What is old is taken out of journal and keys, and nothing that a call under way or an open task still needs."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest

from core import events as e
from core.errors import JournalFault
from core.mind import Configurations
from runtime.commands.prune import Told, pruned
from runtime.kernel import same_state
from runtime.memory import Memory
from runtime.places import Places
from runtime.settings import JournalSettings, Loaded, load
from tests import servers
from tests.runtime.kept_centre import BEGIN_MS, DAY_MS, LATER_MS, NUMBER, Centre, name

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(params=["sqlite", "postgresql"])
def loaded(request: pytest.FixtureRequest) -> Loaded:
    shipped = load(ROOT / "config")
    url = servers.database() if request.param == "postgresql" else ""
    settings = msgspec.structs.replace(shipped.settings, journal=JournalSettings(url=url))
    return msgspec.structs.replace(shipped, settings=settings)


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
    assert centre.numbers(name(1, BEGIN_MS)) == [None]  # the step is there, and its key is gone all the same
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
