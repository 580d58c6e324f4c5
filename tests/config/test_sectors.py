"""Sectors and their communes, as they are written and as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ConfigurationFault
from core.script import BY_COMMUNE, HandOver
from runtime.settings import compile_content, load
from tests.config.test_needs import good
from tests.config.test_settings import change

COMMUNES = "# Licence Ouverte\ncode_insee,nom\n78646,Versailles\n78686,Viroflay\n92036,Gennevilliers\n"


def with_sectors(tmp_path: Path, sectors: str, communes: str | None = COMMUNES, relax: bool = True) -> Path:
    directory = good(tmp_path)
    change(directory / "centre.yaml", "skills:\n  rsa: RSA\n", f"sectors:\n{sectors}skills:\n  rsa: RSA\n")
    if relax:
        given_way = "    overflow: generaliste\n    relax: [{after: 30s, sectors: true}]\n"
        change(directory / "centre.yaml", "    overflow: generaliste\n", given_way)
    change(
        directory / "scripts" / "accueil.yaml", "    skills: {rsa: 3}\n", "    skills: {rsa: 3}\n    sector: commune\n"
    )
    if communes is not None:
        (directory / "communes.csv").write_text(communes, encoding="utf-8")
    return directory


def faults(directory: Path) -> list[str]:
    with pytest.raises(ConfigurationFault) as raised:
        load(directory)
    return list(raised.value.faults)


def test_a_commune_leads_to_its_sector_by_name_or_code_whichever_was_written(tmp_path: Path) -> None:
    written = "  nord: Nord\n  sud: {title: Sud, communes: [VERSAILLES, 78686]}\n"
    loaded = load(with_sectors(tmp_path, written))
    assert loaded.centre.sectors == {"nord": "Nord", "sud": "Sud"}
    assert loaded.centre.communes == dict.fromkeys(("versailles", "78646", "viroflay", "78686"), "sud")
    steps = loaded.centre.scripts["accueil"].steps.values()
    assert BY_COMMUNE in [step.sector for step in steps if isinstance(step, HandOver)]
    assert compile_content(loaded.content) == loaded.centre


def test_without_the_file_what_is_written_is_believed(tmp_path: Path) -> None:
    written = "  sud: {title: Sud, communes: [Le Village, 2A004]}\n"
    assert load(with_sectors(tmp_path, written, None)).centre.communes == {"le village": "sud", "2a004": "sud"}


def test_every_fault_of_sectors_is_told_at_once(tmp_path: Path) -> None:
    written = (
        "  commune: Réservé\n  sud: {title: Sud, communes: [Versaille, Viroflay, 99999, '?'], villes: 3}\n"
        "  est: {title: Est, communes: [78686]}\n"
    )
    told = faults(with_sectors(tmp_path, written))
    assert [line.split(": ", 2)[1] for line in told] == [
        "sectors.commune",
        "sectors.sud.communes[0]",
        "sectors.sud.communes[2]",
        "sectors.sud.communes[3]",
        "sectors.sud.villes",
        "sectors.est.communes[0]",
    ]
    assert "vouliez-vous « Versailles » ?" in told[1]
    assert "déjà dans le secteur « sud »" in told[-1]


def test_a_bad_line_of_the_file_is_told_with_its_number(tmp_path: Path) -> None:
    told = faults(with_sectors(tmp_path, "  nord: Nord\n", COMMUNES + "Trappes;78621\n"))
    assert told == ["communes.csv:6:1: fichier: attendu : code_insee,nom,codes_postaux, comme 78646,Versailles,78000"]


def test_a_queue_that_asks_for_the_sector_must_give_way_on_it(tmp_path: Path) -> None:
    (told,) = faults(with_sectors(tmp_path, "  nord: Nord\n", relax=False))
    assert "sectors: true" in told
