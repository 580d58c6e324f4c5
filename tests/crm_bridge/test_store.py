"""The records at rest: walls between tenants, nothing in clear, an access log, erasure that leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.citizen import Reading
from crm_bridge.importing import import_file
from crm_bridge.keys import RecordKeys, RecordsFault
from crm_bridge.store import Store
from runtime.accounts import records_place
from runtime.crm import open_store
from runtime.places import Places
from runtime.settings.crm import RecordsSettings
from tests import servers

NOW_MS = 1_800_000_000_000
READING = Reading(agent="claire.aubry", why="offer", interaction="i-1")
CSV = "id;nom;nom_naissance;prenom;date_naissance;telephone;commune\n"
PERSON = "78-1;Lefèvre-Diallo;Diallo;Awa;1982-03-12;0639980001;Trappes\n"
CLEAR = (b"Diallo", b"Awa", b"1982-03-12", b"39980001", b"Trappes", b"78-1")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = servers.database() if request.param == "postgresql" else ""
    store = filled(records_place(RecordsSettings(path=Path("records.db"), url=url), Places(run=tmp_path))(), tmp_path)
    yield store
    store.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Store]:
    store = filled(tmp_path / "records.db", tmp_path)
    yield store
    store.close()


def filled(place: Path | Engine, tmp_path: Path) -> Store:
    store = Store(place, RecordKeys(tmp_path / "keys.json"))
    path = tmp_path / "usagers.csv"
    path.write_text(CSV + PERSON, encoding="utf-8")
    import_file(store, path, "yvelines", NOW_MS)
    return store


def bytes_at_rest(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("records.db*"))


def test_one_tenant_finds_nothing_of_another(store: Store) -> None:
    assert store.record("hauts_de_seine", "78-1", READING, NOW_MS) is None
    assert store.holders("hauts_de_seine", "+33639980001") == []
    assert store.search("hauts_de_seine", "Diallo", "1982-03-12", READING, NOW_MS) == ()
    assert list(store.records("hauts_de_seine")) == []
    assert not store.erase("hauts_de_seine", "78-1")
    assert store.record("yvelines", "78-1", READING, NOW_MS) is not None


def test_nothing_of_a_person_stands_in_clear_and_the_file_is_ours_alone(file: Store, tmp_path: Path) -> None:
    assert file.count("yvelines") == 1
    rest = bytes_at_rest(tmp_path)
    assert [word for word in CLEAR if word in rest] == []
    assert (tmp_path / "records.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["Diallo", "DIALLO", "lefevre diallo", "Lefèvre-Diallo"])
def test_a_person_is_found_by_either_name_with_the_birth_date(store: Store, name: str) -> None:
    assert [record.id for record in store.search("yvelines", name, "1982-03-12", READING, NOW_MS)] == ["78-1"]


def test_never_by_the_name_alone(store: Store) -> None:
    assert store.search("yvelines", "Diallo", "", READING, NOW_MS) == ()
    assert store.search("yvelines", "Diallo", "1982-03-13", READING, NOW_MS) == ()


def test_each_access_is_noted_and_a_look_up_of_a_number_is_none(store: Store) -> None:
    store.holders("yvelines", "+33639980001")
    assert store.accesses("yvelines", "78-1") == []
    store.record("yvelines", "78-1", READING, NOW_MS)
    store.search("yvelines", "Diallo", "1982-03-12", Reading(agent="karim.benali", why="search"), NOW_MS + 1)
    told = [
        (access.at_ms, access.agent, access.why, access.interaction) for access in store.accesses("yvelines", "78-1")
    ]
    assert told == [(NOW_MS, "claire.aubry", "offer", "i-1"), (NOW_MS + 1, "karim.benali", "search", None)]


def test_an_auditor_reads_every_look_and_no_name(store: Store) -> None:
    for at_ms in range(NOW_MS, NOW_MS + 600):  # more than a page of the log
        store.note("yvelines", "78-1", READING, at_ms)
    store.note("yvelines", "78-2", Reading(agent="karim.benali", why="search"), NOW_MS)
    store.note("hauts_de_seine", "92-1", READING, NOW_MS)
    looks = list(store.looks("yvelines", NOW_MS + 1))
    assert [look.at_ms for look in looks] == list(range(NOW_MS + 1, NOW_MS + 600))
    assert "78-1" not in repr(looks[0])
    [of_karim] = store.looks("yvelines", 0, "karim.benali")
    assert (of_karim.why, of_karim.person != looks[0].person) == ("search", True)


def test_a_number_is_confirmed_by_its_own_person_only(store: Store) -> None:
    assert store.confirm("yvelines", "78-1", "+33639980001", NOW_MS + 5)
    assert store.holders("yvelines", "+33639980001")[0].confirmed_at_ms == NOW_MS + 5
    assert not store.confirm("yvelines", "78-1", "+33639980009", NOW_MS)
    assert not store.confirm("yvelines", "78-9", "+33639980001", NOW_MS)


def test_erased_is_gone_with_numbers_names_and_accesses_from_every_byte(file: Store, tmp_path: Path) -> None:
    keys = file.keys("yvelines")
    person = keys.pseudonym("person", "78-1").encode()
    file.record("yvelines", "78-1", READING, NOW_MS)
    assert person in bytes_at_rest(tmp_path)
    assert file.erase("yvelines", "78-1")
    assert file.record("yvelines", "78-1", READING, NOW_MS) is None
    assert file.holders("yvelines", "+33639980001") == []
    assert file.accesses("yvelines", "78-1") == []
    file.close()
    assert person not in bytes_at_rest(tmp_path)
    assert not file.erase("yvelines", "78-1")


def test_that_a_tenant_has_nobody_is_known_without_asking_until_somebody_writes(file: Store, tmp_path: Path) -> None:
    assert not file.surely_empty("hauts_de_seine")  # nobody has looked
    assert file.holders("hauts_de_seine", "+33639980001") == []
    assert file.surely_empty("hauts_de_seine")
    assert file.holders("yvelines", "+33639980009") == []
    assert not file.surely_empty("yvelines")
    other = Store(tmp_path / "records.db", RecordKeys(tmp_path / "keys.json"))
    import_file(other, tmp_path / "usagers.csv", "hauts_de_seine", NOW_MS)
    assert not file.surely_empty("hauts_de_seine")
    assert len(file.holders("hauts_de_seine", "+33639980001")) == 1
    assert not file.surely_empty("hauts_de_seine")
    other.close()


def test_a_key_file_that_is_not_theirs_is_noticed_before_anything_is_written(file: Store, tmp_path: Path) -> None:
    file.close()
    again = Store(tmp_path / "records.db", RecordKeys(tmp_path / "others.json"))
    with pytest.raises(RecordsFault, match="autre clé"):
        again.holders("yvelines", "+33639980001")


def test_a_database_that_cannot_be_opened_says_so_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"no database, and long enough to be read as one " * 100)
    with pytest.raises(RecordsFault, match="ne répondent pas"):
        Store(tmp_path / "records.db", RecordKeys(tmp_path / "keys.json"))


def test_a_server_that_is_gone_says_so_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(RecordsFault, match=r"PostgreSQL .* Vérifiez qu'il tourne"):
        open_store(RecordsSettings(url="postgresql://allo@127.0.0.1:9/fiches"), Places(run=tmp_path))
