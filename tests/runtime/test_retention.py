"""Each organisation keeps each kind for as long as it said, and what went is listed without saying whose it was."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest

from core.citizen import Reading
from core.personal import PURPOSES
from crm_bridge.outbox import New
from crm_bridge.store import Store
from journal.ledger import Hold
from runtime.commands.prune import Told, pruned
from runtime.crm import open_store, outbox_opener
from runtime.memory import make_ledger, make_recordings
from runtime.settings import Loaded, load
from runtime.settings.retention import KINDS, Kept, RetentionSettings
from tests import servers
from tests.runtime.kept_centre import BEGIN_MS, DAY_MS, NUMBER, Centre, name

ROOT = Path(__file__).resolve().parents[2]
OF_78, OF_92 = "+33199007800", "+33199009200"
SOON_MS = BEGIN_MS + 50 * DAY_MS
CSV = "id;nom;telephone\n78-1;Diallo;0639980042\n"


def kept(days: int, visa: str = "") -> Kept:
    return Kept(days=dict.fromkeys(KINDS, days), visa=visa)


@pytest.fixture(params=["sqlite", "postgresql"])
def loaded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """The first keeps everything for 100 days, the second for 10."""
    if request.param == "postgresql":
        monkeypatch.setenv("ALLO_JOURNAL_URL", servers.database())
    shipped = load(ROOT / "config")
    settings = msgspec.structs.replace(
        shipped.settings,
        retention=RetentionSettings(whole=kept(100), tenants={"hauts_de_seine": kept(10, "AD92-2026-7")}),
    )
    return msgspec.structs.replace(shipped, settings=settings)


@pytest.fixture
async def centre(loaded: Loaded, tmp_path: Path) -> Centre:
    """A call for each organisation, both over, and one for the second that never ended; two snapshots behind them."""
    centre = Centre(loaded, tmp_path)
    centre.takes(1, BEGIN_MS, ends=True, dialled=OF_78)
    centre.takes(2, BEGIN_MS, ends=True, dialled=OF_92)
    centre.takes(3, BEGIN_MS, ends=False, dialled=OF_92)
    await centre.snapshot()
    await centre.snapshot()
    return centre


def listed(told: Told) -> list[dict[str, str]]:
    assert told.list is not None
    file = Path(told.list)
    assert file.stat().st_mode & 0o777 == 0o600
    assert NUMBER.removeprefix("+33") not in file.read_text()
    return list(csv.DictReader(file.open(newline=""), delimiter=";"))


def test_every_purpose_has_its_days() -> None:
    assert set(PURPOSES) <= set(KINDS)


async def test_each_organisation_keeps_for_as_long_as_it_says(centre: Centre, loaded: Loaded) -> None:
    told = pruned(loaded, centre.places, SOON_MS)
    assert centre.numbers(name(1, BEGIN_MS)) == [NUMBER]
    assert centre.numbers(name(2, BEGIN_MS)) == [None]
    assert centre.numbers(name(3, BEGIN_MS)) == [NUMBER]
    assert told.eliminated == {"hauts_de_seine": {"number": 1}}
    (line,) = listed(told)
    assert line["organisation"] == "hauts_de_seine"
    assert line["identifiant"] == name(2, BEGIN_MS)
    assert (line["jours"], line["visa"], line["nombre"]) == ("10", "AD92-2026-7", "1")
    again = pruned(loaded, centre.places, SOON_MS)
    assert (again.eliminated, again.list) == ({}, None)
    later = pruned(loaded, centre.places, BEGIN_MS + 101 * DAY_MS)
    assert later.eliminated == {"yvelines": {"number": 1}}
    await centre.close()


async def test_a_rehearsal_lists_and_erases_nothing(centre: Centre, loaded: Loaded) -> None:
    told = pruned(loaded, centre.places, SOON_MS, rehearse=True)
    assert told.eliminated == {"hauts_de_seine": {"number": 1}}
    assert Path(told.list or "").name.startswith("a-eliminer-")
    assert centre.numbers(name(2, BEGIN_MS)) == [NUMBER]
    await centre.close()


async def test_what_is_held_stays_until_the_hold_ends(centre: Centre, loaded: Loaded) -> None:
    of = name(2, BEGIN_MS)
    hold = Hold(
        id="h1",
        tenant="hauts_de_seine",
        interaction=of,
        why="plainte",
        by="dpo",
        since_ms=BEGIN_MS,
        until_ms=SOON_MS + 500 * DAY_MS,
    )
    ledger = make_ledger(loaded.settings.journal, centre.places)
    ledger.hold(hold)
    assert ledger.holds(BEGIN_MS, "yvelines") == []
    assert ledger.holds(BEGIN_MS, "hauts_de_seine") == [hold]
    far_ms = SOON_MS + 499 * DAY_MS  # the journal's own days are over too
    assert pruned(loaded, centre.places, far_ms).held == 1
    assert centre.numbers(of) == [NUMBER]
    assert not ledger.release("h1", "yvelines")
    assert ledger.release("h1", "hauts_de_seine")
    pruned(loaded, centre.places, far_ms)
    assert centre.numbers(of) == []
    await centre.close()


async def test_recordings_go_with_their_days(centre: Centre, loaded: Loaded) -> None:
    recordings = make_recordings(loaded.settings.journal, centre.places)
    recordings.use(centre.memory.keys)
    names = [f"{name(number, BEGIN_MS)}-m1" for number in (1, 2, 3)]
    for one in names:
        recordings.keep(one, b"RIFF")
    told = pruned(loaded, centre.places, SOON_MS)
    assert told.eliminated["hauts_de_seine"] == {"messages": 1, "number": 1, "words": 1}
    assert sorted(recordings.names()) == sorted([names[0], names[2]])
    assert recordings.sound(names[0]) == b"RIFF"
    await centre.close()


def filled(store: Store, tenant: str, file: Path) -> None:
    from crm_bridge.importing import import_file

    file.write_text(CSV, encoding="utf-8")
    import_file(store, file, tenant, BEGIN_MS)
    store.record(tenant, "78-1", Reading(agent="claire", why="call"), BEGIN_MS + DAY_MS)


async def test_records_of_whom_nobody_hears_and_old_readings_go(centre: Centre, loaded: Loaded, tmp_path: Path) -> None:
    store = open_store(loaded.settings.records, centre.places)
    for tenant in ("yvelines", "hauts_de_seine"):
        filled(store, tenant, tmp_path / "usagers.csv")
    assert pruned(loaded, centre.places, BEGIN_MS + 10 * DAY_MS).eliminated == {}  # read a day after it came
    told = pruned(loaded, centre.places, SOON_MS)
    assert told.eliminated["hauts_de_seine"] == {"number": 1, "readings": 1, "records": 1}
    assert (store.count("hauts_de_seine"), store.count("yvelines")) == (0, 1)
    assert len(store.accesses("yvelines", "78-1")) == 1
    person = store.keys("yvelines").pseudonym("person", "78-1")
    hold = Hold(id="h", tenant="yvelines", person=person, why="recours", by="dpo", since_ms=0, until_ms=1 << 50)
    make_ledger(loaded.settings.journal, centre.places).hold(hold)
    pruned(loaded, centre.places, BEGIN_MS + 300 * DAY_MS)
    assert store.count("yvelines") == 1
    assert len(store.accesses("yvelines", "78-1")) == 1
    store.close()
    await centre.close()


async def test_webhooks_that_nobody_took_go(centre: Centre, loaded: Loaded) -> None:
    outbox = outbox_opener(loaded, centre.places)()
    for tenant in ("yvelines", "hauts_de_seine"):
        new = New(
            endpoint="crm",
            interaction=tenant,
            id=tenant,
            type="interaction.ended",
            tenant=tenant,
            body=b'{"data":{}}',
            record="78-1",
            made_at_ms=BEGIN_MS,
        )
        outbox.keep(1, {}, [new], BEGIN_MS)
    told = pruned(loaded, centre.places, SOON_MS)
    assert told.eliminated["hauts_de_seine"] == {"number": 1, "webhooks": 1}
    assert [one.id for one in outbox.listed(10)] == ["yvelines"]
    outbox.close()
    await centre.close()
