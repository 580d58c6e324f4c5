"""A key per tenant, in a file apart: what it seals opens nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_bridge.keys import RecordKeys, RecordsFault
from runtime.accounts import record_keys
from runtime.places import Places
from runtime.settings.crm import RecordsSettings
from tests import servers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "records.json"


def test_a_tenant_keeps_its_key_over_starts_and_over_processes(path: Path) -> None:
    one, other = RecordKeys(path), RecordKeys(path)
    sealed = one.of("yvelines").seal("place", b"secret")
    other.of("hauts_de_seine")
    assert other.of("yvelines").open("place", sealed) == b"secret"
    assert RecordKeys(path).of("yvelines").pseudonym("number", "+33639980001") == one.of("yvelines").pseudonym(
        "number", "+33639980001"
    )


def test_what_is_sealed_opens_for_its_tenant_and_in_its_place_only(path: Path) -> None:
    keys = RecordKeys(path)
    sealed = keys.of("yvelines").seal("place", b"secret")
    for tenant, place, box in [
        ("hauts_de_seine", "place", sealed),
        ("yvelines", "elsewhere", sealed),
        ("yvelines", "place", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("yvelines", "place", b"\x02" + sealed[1:]),
    ]:
        with pytest.raises(RecordsFault, match="Restaurez"):
            keys.of(tenant).open(place, box)


def test_two_tenants_know_one_number_by_two_names(path: Path) -> None:
    keys = RecordKeys(path)
    assert keys.of("yvelines").pseudonym("number", "x") != keys.of("hauts_de_seine").pseudonym("number", "x")


def test_the_file_is_for_its_owner_and_a_broken_one_is_told(path: Path) -> None:
    RecordKeys(path).of("yvelines")
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("{")
    with pytest.raises(RecordsFault, match="fichier des clés"):
        RecordKeys(path).of("yvelines")


@pytest.fixture
def served() -> RecordsSettings:
    return RecordsSettings(keys_url=servers.database())


def test_in_postgresql_every_machine_has_the_same_key(served: RecordsSettings, tmp_path: Path) -> None:
    one, other = (record_keys(served, Places(run=tmp_path / name)) for name in ("one", "other"))
    sealed = one.of("yvelines").seal("place", b"secret")
    assert other.of("yvelines").open("place", sealed) == b"secret"
    with pytest.raises(RecordsFault, match="Restaurez"):
        other.of("hauts_de_seine").open("place", sealed)
    assert not (tmp_path / "one").exists()


def test_a_key_of_the_file_goes_along_to_postgresql(served: RecordsSettings, tmp_path: Path) -> None:
    places = Places(run=tmp_path)
    sealed = RecordKeys(places.record_keys).of("yvelines").seal("place", b"secret")
    assert record_keys(served, places).of("yvelines").open("place", sealed) == b"secret"
    elsewhere = Places(run=tmp_path / "elsewhere")
    assert record_keys(served, elsewhere).of("yvelines").open("place", sealed) == b"secret"


def test_keys_whose_server_is_away_say_so(tmp_path: Path) -> None:
    away = RecordsSettings(keys_url="postgresql://allo@127.0.0.1:9/cles")
    with pytest.raises(RecordsFault, match="Vérifiez qu'il tourne"):
        record_keys(away, Places(run=tmp_path)).of("yvelines")
