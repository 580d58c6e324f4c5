"""The kernel's memory: what was decided is there again after a start, with and without a snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import events as e
from core import ids
from core.mind import Configurations
from core.personal import Personal
from core.step import Step
from runtime.kernel import Kernel, same_state
from runtime.memory import Memory, keys_beside, reader
from runtime.settings import Loaded, load

GOOD = Path(__file__).resolve().parent.parent / "config" / "good"
BEGIN_MS = 1_800_000_000_000
NUMBER = "+33639980042"


@pytest.fixture
def loaded() -> Loaded:
    return load(Path(__file__).resolve().parent.parent.parent / "config")


def _call(kernel: Kernel, number: int) -> list[Step]:
    """A caller who arrives, is answered and asks for a person at once."""
    interaction = ids.mint(BEGIN_MS + number, number.to_bytes(10, "big"))
    leg = ids.caller_leg(interaction)
    events = [
        e.CallArrived(
            cause="test",
            interaction=interaction,
            leg=leg,
            node="n",
            channel=f"PJSIP/trunk-{number}",
            dialled="+33199001000",
            caller=Personal(interaction, "number", NUMBER),
            caller_name=None,
            answered=False,
        ),
        e.LegAnswered(cause="test", interaction=interaction, leg=leg, channel=f"PJSIP/trunk-{number}"),
        e.KeyPressed(cause="test", interaction=interaction, leg=leg, key=Personal(interaction, "keys", "0")),
    ]
    return [kernel.receive(event, BEGIN_MS + number) for event in events]


def _started(loaded: Loaded, kernel: Kernel) -> list[Step]:
    return [kernel.receive(e.ConfigurationApplied(cause="start", digest=loaded.centre.digest), BEGIN_MS)]


def _bytes(journal: Path) -> bytes:
    return journal.read_bytes() + journal.with_name(journal.name + "-wal").read_bytes()


async def test_a_kernel_is_the_same_after_folding_its_journal(tmp_path: Path, loaded: Loaded) -> None:
    memory = Memory.file(tmp_path / "journal" / "allo.db", durable=False)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.keep_configuration(loaded.centre.digest, loaded.content)
    kernel = memory.recover(Configurations(loaded.centre))
    steps = _started(loaded, kernel) + [step for number in range(20) for step in _call(kernel, number)]
    memory.log.keep(steps)
    assert await memory.log.kept(kernel.seq)
    again = memory.recover(Configurations(loaded.centre))
    assert list(same_state(kernel, again)) == []
    assert again.seq == kernel.seq
    await memory.log.stop()
    memory.keys.close()


async def test_a_snapshot_and_what_followed_it_give_the_same_state(tmp_path: Path, loaded: Loaded) -> None:
    memory = Memory.file(tmp_path / "journal" / "allo.db", durable=False)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.keep_configuration(loaded.centre.digest, loaded.content)
    kernel = memory.recover(Configurations(loaded.centre))
    memory.log.keep(_started(loaded, kernel) + [step for number in range(10) for step in _call(kernel, number)])
    memory.log.keep_snapshot(memory.encoded(memory.snapshot_of(kernel)))
    at_snapshot = kernel.seq
    memory.log.keep([step for number in range(10, 15) for step in _call(kernel, number)])
    assert await memory.log.kept(kernel.seq)
    snapshot, steps = memory.log.load()
    assert snapshot is not None
    assert snapshot.seq == at_snapshot
    assert len(list(steps)) == kernel.seq - at_snapshot
    again = memory.recover(Configurations(loaded.centre))
    assert list(same_state(kernel, again)) == []
    assert again.configurations.now.digest == loaded.centre.digest
    await memory.log.stop()
    memory.keys.close()


async def test_a_configuration_that_the_journal_lost_does_not_stop_the_start(tmp_path: Path, loaded: Loaded) -> None:
    memory = Memory.file(tmp_path / "journal" / "allo.db", durable=False)
    memory.log.start(lambda _kept, _reason: None)
    kernel = memory.recover(Configurations(loaded.centre))
    memory.log.keep(_started(loaded, kernel))
    assert await memory.log.kept(kernel.seq)
    other = load(GOOD).centre
    again = memory.recover(Configurations(other))
    assert again.configurations.now is other
    await memory.log.stop()
    memory.keys.close()


async def test_another_process_reads_numbers_with_the_keys_and_nothing_without(tmp_path: Path, loaded: Loaded) -> None:
    journal = tmp_path / "journal" / "allo.db"
    memory = Memory.file(journal, durable=False)
    memory.log.start(lambda _kept, _reason: None)
    kernel = memory.recover(Configurations(loaded.centre))
    memory.log.keep(_call(kernel, 1))
    while not await memory.log.kept(kernel.seq):  # a busy disk may take more than one look
        pass
    assert NUMBER.encode() not in _bytes(journal)
    (arrived, *_) = [step.input for step in reader(journal).steps()]
    assert isinstance(arrived, e.CallArrived)
    assert arrived.caller is not None
    assert arrived.caller.text == NUMBER
    memory.keys.erase(arrived.interaction)
    (erased, *_) = [step.input for step in reader(journal).steps()]
    assert isinstance(erased, e.CallArrived)
    assert erased.caller is not None
    assert erased.caller.text is None
    await memory.log.stop()
    memory.keys.close()


def test_keys_rest_in_another_folder_than_the_journal(tmp_path: Path) -> None:
    journal = tmp_path / "journal" / "allo.db"
    assert keys_beside(journal).parent != journal.parent
