"""A centre that keeps everything in PostgreSQL is backed up whole while it runs, and brought back."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher

from core import events as e
from core.personal import Personal
from core.step import Step
from crm_bridge.importing import import_file
from crm_bridge.outbox import New
from runtime.accounts import make_passwords, make_sessions
from runtime.commands import operate
from runtime.crm import open_store, outbox_opener
from runtime.memory import Memory, make_recordings, reading
from runtime.places import Places
from runtime.settings import Loaded, load
from runtime.upkeep.backup import BackupFault, keys_of, verified
from runtime.upkeep.server_copy import bring_back, copy_out
from runtime.upkeep.server_copy import servers as servers_of
from softphone_ui.accounts import SessionRows
from softphone_ui.kept_sessions import KeptSession
from tests import centres, servers

SHIPPED = Path(__file__).resolve().parents[2] / "config"
CALLER = "+33639980042"
INTERACTION = centres.interaction(1)
MESSAGE = f"{INTERACTION}-m1"
PASSWORD = "quatre mots sans lien"
QUICK = PasswordHasher(1, 8, 1)
SOUND = b"RIFF and what somebody said"


class Centre:
    """A run directory of its own and a configuration that keeps everything in the database `url`."""

    def __init__(self, place: Path, url: str, keys_url: str = "") -> None:
        self.home = place / "home"
        self.config = Path(shutil.copytree(SHIPPED, place / "config"))
        self.url, self.keys_url = url, keys_url
        self.says(url, keys_url)
        self.places.make()

    def says(self, url: str, keys_url: str) -> None:
        """Writes where everything is kept."""
        shutil.copytree(SHIPPED, self.config, dirs_exist_ok=True)
        keys = f"\n  keys_url: {json.dumps(keys_url)}" if keys_url else ""
        _change(self.config / "centre.yaml", "  path: journal/allo.db\n  durable: false", f"  url: {url}{keys}")

    @property
    def places(self) -> Places:
        return Places(run=self.home / "run")

    @property
    def loaded(self) -> Loaded:
        return load(self.config)


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, file
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def _step(seq: int) -> Step:
    fact = e.CallArrived(
        cause="telephony",
        interaction=INTERACTION,
        leg=f"{INTERACTION}-c",
        node="nord",
        channel="PJSIP/ligne",
        dialled=centres.NUMBER,
        caller=Personal(INTERACTION, "number", CALLER),
        caller_name=None,
        answered=False,
    )
    return Step(seq=seq, now_ms=centres.START_MS + seq, input=fact)


async def _filled(centre: Centre, count: int = 3) -> Memory:
    """Steps, a recording and a record are kept; the journal stays open, as in a centre that runs."""
    loaded = centre.loaded
    memory = Memory.configured(loaded.settings.journal, centre.places)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.keep_configuration(loaded.centre.digest, loaded.content)
    memory.log.keep([_step(seq) for seq in range(1, count + 1)])
    assert await memory.log.kept(count)
    recordings = make_recordings(loaded.settings.journal, centre.places)
    recordings.use(memory.keys)
    recordings.keep(MESSAGE, SOUND)
    store = open_store(loaded.settings.records, centre.places)
    example = SHIPPED / "records" / "exemple_yvelines.csv"
    assert import_file(store, example, "yvelines", centres.START_MS, rehearse=False, skip_bad=False).done
    store.close()
    outbox = outbox_opener(loaded, centre.places)()
    outbox.keep(count, {}, [_webhook()], centres.START_MS)
    outbox.close()
    make_passwords(loaded.settings.journal, centre.places, QUICK).set("claire.aubry", PASSWORD)
    sessions = make_sessions(loaded.settings.journal, centre.places)
    assert isinstance(sessions, SessionRows)
    sessions.keep(KeptSession("digest", "claire.aubry", "m", 1.0, 2.0))
    sessions.close()
    return memory


def _webhook() -> New:
    return New(
        endpoint="crm",
        interaction=INTERACTION,
        id=f"{INTERACTION}-w1",
        type="interaction.arrived",
        tenant="yvelines",
        body=b"{}",
        record=None,
        made_at_ms=centres.START_MS,
    )


async def _kept(centre: Centre) -> None:
    await _closed(await _filled(centre))


async def _closed(memory: Memory) -> None:
    await memory.log.stop()
    memory.keys.close()


def _told(centre: Centre) -> tuple[list[str | None], bytes | None, list[str]]:
    """The callers that the journal tells, the recording's sound, and the people in the records."""
    settings = centre.loaded.settings
    callers = [
        step.input.caller.text
        for step in reading(settings.journal, centre.places).steps()
        if isinstance(step.input, e.CallArrived) and step.input.caller is not None
    ]
    memory = Memory.configured(settings.journal, centre.places)
    recordings = make_recordings(settings.journal, centre.places)
    recordings.use(memory.keys)
    sound = recordings.sound(MESSAGE)
    memory.keys.close()
    memory.log.store.release()
    store = open_store(settings.records, centre.places)
    people = [person.last_name for person in store.records("yvelines")]
    store.close()
    return callers, sound, people


def _rows(url: str, table: str) -> int:
    with psycopg.connect(url) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # type: ignore[call-overload,index,unused-ignore]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Centre:
    """A centre with its journal and its keys in two databases; commands work on its run directory."""
    centre = Centre(tmp_path / "here", servers.database(), servers.database())
    monkeypatch.setenv("ALLO_HOME", str(centre.home))
    return centre


def _backed_up(centre: Centre, target: Path) -> Path:
    assert operate.run_backup(centre.config, target, as_json=False) == 0
    return target


async def test_it_is_taken_while_the_centre_runs_and_brought_back_elsewhere(
    here: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = await _filled(here)
    file = await asyncio.to_thread(_backed_up, here, tmp_path / "b.tar")
    memory.log.keep([_step(4)])  # the centre goes on: this is not in the backup
    assert await memory.log.kept(4)
    await _closed(memory)
    data, keys = verified(file), verified(keys_of(file))
    assert "postgres/journal/steps.copy" in data.files
    assert "postgres/records/people.copy" in data.files
    assert "postgres/outbox/webhooks.copy" in data.files
    assert "postgres/accounts/passwords.copy" in keys.files
    assert "postgres/accounts/sessions.copy" not in keys.files
    assert "postgres/keys/keys.copy" in keys.files
    assert not [name for name in data.files if name.startswith(("postgres/keys", "postgres/accounts"))]

    there = Centre(tmp_path / "there", servers.database(), servers.database())
    monkeypatch.setenv("ALLO_HOME", str(tmp_path / "restored"))
    restoring = {"without_keys": False, "force": False, "config": there.config}
    assert operate.run_restore(file, None, **restoring) == 0  # type: ignore[arg-type]
    there.home = tmp_path / "restored"
    callers, sound, people = _told(there)
    assert callers == [CALLER] * 3
    assert sound == SOUND
    assert people
    assert people == _told(here)[2]
    outbox = outbox_opener(there.loaded, there.places)()
    assert (outbox.position(), [one.id for one in outbox.listed(9)]) == (3, [f"{INTERACTION}-w1"])
    outbox.keep(4, {}, [_webhook()], centres.START_MS)  # its counter goes on
    outbox.close()
    passwords = make_passwords(there.loaded.settings.journal, there.places, QUICK)
    assert await passwords.right("claire.aubry", PASSWORD)
    assert _rows(here.keys_url, "allo_accounts.sessions") == 1
    assert _rows(there.keys_url, "allo_accounts.sessions") == 0, "everybody logs in anew"


async def test_nothing_is_replaced_unless_told_to_and_then_it_is_put_aside(
    here: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await _closed(await _filled(here))
    file = _backed_up(here, tmp_path / "b.tar")
    memory = Memory.configured(here.loaded.settings.journal, here.places)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.keep([_step(4)])
    assert await memory.log.kept(4)
    assert operate.run_restore(file, None, without_keys=False, force=True, config=here.config) == 1
    assert "arrêtez-le d'abord" in capsys.readouterr().err
    await _closed(memory)
    assert operate.run_restore(file, None, without_keys=False, force=False, config=here.config) == 1
    assert "--force" in capsys.readouterr().err
    assert _rows(here.url, "allo_journal.steps") == 4
    assert operate.run_restore(file, None, without_keys=False, force=True, config=here.config) == 0
    said = capsys.readouterr().out
    assert _rows(here.url, "allo_journal.steps") == 3
    (aside,) = [line.split()[-2] for line in said.splitlines() if "allo_journal_avant_" in line]
    assert _rows(here.url, f"{aside}.steps") == 4
    assert _told(here)[0] == [CALLER] * 3


async def test_without_the_keys_the_centre_starts_and_nobody_is_named(here: Centre, tmp_path: Path) -> None:
    await _closed(await _filled(here))
    file = _backed_up(here, tmp_path / "b.tar")
    keys_of(file).unlink()
    assert operate.run_restore(file, None, without_keys=True, force=True, config=here.config) == 0
    settings = here.loaded.settings
    steps = list(reading(settings.journal, here.places).steps())
    assert [getattr(step.input, "caller").text for step in steps] == [None] * 3  # noqa: B009
    assert _rows(here.keys_url, "allo_keys.keys") == 0


async def test_a_copy_that_cannot_be_taken_changes_nothing(here: Centre, tmp_path: Path) -> None:
    """A table of the copy is cut short: what stood there stands there again."""
    await _closed(await _filled(here))
    places = servers_of(here.loaded)
    folders = {server.what: tmp_path / server.what for server in places}
    for server in places:
        copy_out(server, folders[server.what])
    cut = folders["keys"] / "keys.copy"
    cut.write_bytes(cut.read_bytes()[:-20])
    with pytest.raises(BackupFault, match="rien n'y a changé"):
        bring_back([(server, folders[server.what]) for server in places], force=True, stamp="20261123-000000")
    assert _told(here)[0] == [CALLER] * 3
    with psycopg.connect(here.url) as connection:
        left = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%avant%'").fetchall()
    assert left == []


async def test_a_configuration_without_postgresql_has_no_place_for_it(
    here: Centre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await _closed(await _filled(here))
    file = _backed_up(here, tmp_path / "b.tar")
    assert operate.run_restore(file, None, without_keys=False, force=True, config=SHIPPED) == 1
    assert "--config" in capsys.readouterr().err


def test_an_upgrade_backs_up_what_is_in_postgresql_and_reads_it(here: Centre, tmp_path: Path) -> None:
    asyncio.run(_kept(here))
    assert operate.run_upgrade(here.config, tmp_path) == 0
    (file,) = [one for one in tmp_path.glob("allo-*.tar") if "cles" not in one.name]
    assert "postgres/journal/steps.copy" in verified(file).files


def test_a_server_that_is_away_is_told_with_the_remedy(here: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    here.says("postgresql://allo@/nulle_part?host=/tmp/personne", "")
    assert operate.run_backup(here.config, here.home, as_json=False) == 1
    assert "vérifiez l'adresse" in capsys.readouterr().err
