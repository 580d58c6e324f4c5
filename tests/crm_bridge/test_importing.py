"""CSV in: every notation, every encoding, every fault with its place and without the value; all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.citizen import Reading
from crm_bridge.csv_lines import FAULTS_TOLD
from crm_bridge.importing import import_file
from crm_bridge.keys import RecordKeys, RecordsFault
from crm_bridge.store import Store

NOW_MS = 1_800_000_000_000
LATER_MS = NOW_MS + 1_000
TENANT = "yvelines"
READING = Reading(agent="claire.aubry", why="call")
HEAD = "id;nom;prenom;date_naissance;telephone;service;dossier;resume\n"
DIALLO = "78-1;Diallo;Awa;12/03/1982;06.39.98.00.01;rsa;RSA;contrat signé\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "records.db", RecordKeys(tmp_path / "keys.json"))


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "usagers.csv"
    path.write_bytes(text.encode(encoding))
    return path


def counts(told: object) -> tuple[int, ...]:
    return tuple(getattr(told, name) for name in ("created", "updated", "unchanged", "refused"))


def test_a_file_comes_in_and_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + DIALLO)
    assert counts(import_file(store, path, TENANT, NOW_MS)) == (1, 0, 0, 0)
    assert counts(import_file(store, path, TENANT, LATER_MS)) == (0, 0, 1, 0)
    record = store.record(TENANT, "78-1", READING, NOW_MS)
    assert record is not None
    assert (record.last_name, record.birth_date, record.numbers[0].e164) == ("Diallo", "1982-03-12", "+33639980001")
    assert (record.files[0].service, record.files[0].summary) == ("rsa", "contrat signé")
    assert record.updated_at_ms == NOW_MS


def test_a_change_is_laid_over_and_an_old_number_leads_nowhere(store: Store, tmp_path: Path) -> None:
    import_file(store, written(tmp_path, HEAD + DIALLO), TENANT, NOW_MS)
    moved = DIALLO.replace("06.39.98.00.01", "+33 (0)6 39 98 00 02")
    assert counts(import_file(store, written(tmp_path, HEAD + moved), TENANT, LATER_MS)) == (0, 1, 0, 0)
    assert store.holders(TENANT, "+33639980001") == []
    (holder,) = store.holders(TENANT, "+33639980002")
    assert holder.confirmed_at_ms == LATER_MS


def test_a_number_counts_from_when_it_was_first_told_unless_the_file_says_when(store: Store, tmp_path: Path) -> None:
    import_file(store, written(tmp_path, HEAD + DIALLO), TENANT, NOW_MS)
    changed = DIALLO.replace("contrat signé", "contrat renouvelé")
    import_file(store, written(tmp_path, HEAD + changed), TENANT, LATER_MS)
    assert store.holders(TENANT, "+33639980001")[0].confirmed_at_ms == NOW_MS
    dated = "id;nom;telephone;telephone_confirme_le\n78-2;Exemple;0639980003;01/02/2020\n"
    import_file(store, written(tmp_path, dated), TENANT, NOW_MS)
    assert store.holders(TENANT, "+33639980003")[0].confirmed_at_ms == 1_580_511_600_000


@pytest.mark.parametrize(("encoding", "told"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_each_encoding_and_separator_is_recognised_and_said(
    store: Store, tmp_path: Path, encoding: str, told: str, delimiter: str
) -> None:
    text = "id;nom;prenom\n78-1;Müller-Lefèvre;Zoé\n".replace(";", delimiter)
    imported = import_file(store, written(tmp_path, text, encoding), TENANT, NOW_MS)
    assert (imported.encoding, imported.delimiter) == (told, delimiter)
    record = store.record(TENANT, "78-1", READING, NOW_MS)
    assert record is not None
    assert (record.last_name, record.first_name) == ("Müller-Lefèvre", "Zoé")


def test_several_lines_of_one_person_are_several_files(store: Store, tmp_path: Path) -> None:
    second = "78-1;;;;;apa;APA;plan d'aide\n"
    assert counts(import_file(store, written(tmp_path, HEAD + DIALLO + second), TENANT, NOW_MS)) == (1, 0, 0, 0)
    record = store.record(TENANT, "78-1", READING, NOW_MS)
    assert record is not None
    assert [file.service for file in record.files] == ["rsa", "apa"]


BAD = """id;nom;prenom;date_naissance;telephone;service;dossier;resume
78-1;Diallo;Awa;32/13/1982;06.39.98.00.01;rsa;RSA;x
78-2;;Jean;;;;;
78-3;Secret;Jean;;Mme Dupont;;;
78-4;Bon;Jean;;;;;
78-5;trop;peu
78-6;Autre;Jean;;;;APA;contenu
78-4;Bon;Jean;;;;;
78-7;Un;;;;;;
78-7;Deux;;;;rsa;RSA;
"""


def test_every_fault_has_its_line_column_kind_and_remedy_and_never_the_value(store: Store, tmp_path: Path) -> None:
    told = import_file(store, written(tmp_path, BAD), TENANT, NOW_MS)
    assert [str(fault) for fault in told.faults] == [
        "usagers.csv:2: date_naissance: valeur illisible, attendu : une date : 12/03/1982 ou 1982-03-12",
        "usagers.csv:3: nom: manque, attendu : le nom d'usage",
        "usagers.csv:4: telephone: valeur illisible, attendu : un numéro : 06 39 98 00 01",
        "usagers.csv:6: ligne: 3 valeurs pour 8 colonnes, vérifiez « ; » et les guillemets",
        "usagers.csv:7: service: manque, attendu : le nom du service dans la configuration",
        "usagers.csv:8: id: déjà vu plus haut, mettez les lignes d'une même personne l'une après l'autre",
        "usagers.csv:10: nom: diffère de la première ligne de cette personne, corrigez l'une",
    ]
    assert (told.refused, told.done, store.count(TENANT)) == (7, False, 0)


def test_the_good_ones_come_in_when_asked(store: Store, tmp_path: Path) -> None:
    told = import_file(store, written(tmp_path, BAD), TENANT, NOW_MS, skip_bad=True)
    assert (told.created, told.refused, told.done) == (1, 7, True)
    assert store.count(TENANT) == 1


def test_a_rehearsal_tells_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    told = import_file(store, written(tmp_path, HEAD + DIALLO), TENANT, NOW_MS, rehearse=True)
    assert counts(told) == (1, 0, 0, 0)
    assert store.count(TENANT) == 0


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"", "est vide"),
        (b"PK\x03\x04rest", "est un classeur"),
        ("id;nom\n".encode("utf-16"), "CSV UTF-8"),
        (b"id;nom;nir\n", "inconnue"),
        (b"id;prenom\n", "absente"),
        (b"id;nom;nom\n", "deux fois"),
    ],
)
def test_what_is_no_such_file_is_refused_with_the_remedy(
    store: Store, tmp_path: Path, content: bytes, remedy: str
) -> None:
    path = tmp_path / "usagers.csv"
    path.write_bytes(content)
    with pytest.raises(RecordsFault, match=remedy):
        import_file(store, path, TENANT, NOW_MS)


def test_a_file_of_another_kind_ends_and_does_not_flood(store: Store, tmp_path: Path) -> None:
    wrong = "\n".join(f"78-{number};" for number in range(5_000))
    told = import_file(store, written(tmp_path, "id;nom\n" + wrong), TENANT, NOW_MS)
    assert (len(told.faults), told.faults_beyond, told.refused) == (FAULTS_TOLD, 5_000 - FAULTS_TOLD, 5_000)
    endless = 'id;nom\n78-1;"' + "x" * 2_000_000
    assert import_file(store, written(tmp_path, endless), TENANT, NOW_MS).faults[0].column == "ligne"


def test_a_large_file_comes_in_whole(store: Store, tmp_path: Path) -> None:
    lines = "".join(f"78-{number};Nom{number};0639{980000 + number % 10000}\n" for number in range(3_000))
    told = import_file(store, written(tmp_path, "id;nom;telephone\n" + lines), TENANT, NOW_MS)
    assert counts(told) == (3_000, 0, 0, 0)
