"""What `./allo hours` shows of the shipped configuration, and what it says to whoever asks amiss."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import msgspec
import pytest

from core.opening import local
from core.script import HangUp, Script
from runtime.commands.opening_days import HoursFault, heard, moment, run_hours, table
from runtime.settings import load

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
CENTRE = load(CONFIG).centre
CHRISTMAS = """\
MDPH Yvelines (mdph_78)
MDPH Hauts-de-Seine (mdph_92)
  du lundi au vendredi, de 9 h à 16 h 30, le mercredi jusqu'à 12 h 30 ; à la fermeture, qui attend encore est prévenu et rappelé
  mer. 23/12/2026  09:00-12:30               dernière entrée 12:15
  jeu. 24/12/2026  fermé                                                   fermeture exceptionnelle
  ven. 25/12/2026  fermé                                                   Noël
  sam. 26/12/2026  fermé
  dim. 27/12/2026  fermé
  lun. 28/12/2026  09:00-12:30, 13:30-16:30  dernière entrée 12:15, 16:15"""  # noqa: E501


def run(**asked: object) -> int:
    plain: dict[str, object] = {"service": "", "first": "", "days": 14, "at": "", "as_json": False}
    return run_hours(CONFIG, **(plain | asked))  # type: ignore[arg-type]


def test_days_stand_one_below_the_other_with_lunch_holidays_and_last_admission() -> None:
    services = [service for service in CENTRE.services.values() if service.hours == "mdph"]
    assert table(CENTRE, services, date(2026, 12, 23), 6) == CHRISTMAS


def test_every_service_that_has_a_number_is_there_and_one_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    shown = capsys.readouterr().out
    assert all(f"({service.name})" in shown for service in CENTRE.services.values() if service.numbers)
    assert "numero_inconnu" not in shown
    assert "répond à toute heure" in shown
    assert run(service="mdph_92", first="2027-05-06", days=1, as_json=True) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["service"] == "mdph_92"
    assert row["days"] == [{"date": "2027-05-06", "periods": [], "last_admission": [], "note": "Ascension"}]


@pytest.mark.parametrize(
    ("service", "at", "state", "why", "said", "then"),
    [
        ("mdph_78", "25/12/2026 10:00", "closed", "(Noël) ; rouvre lun. 28/12/2026 09:00", "ferme.mdph", "handicap"),
        ("solidarites_78", "2026-12-24 11:55", "last_admission", "10min avant la fermeture", "ferme.bientot", "gener"),
        (
            "solidarites_78",
            "12/10/2026 10:00",
            "open",
            "jusqu'au lun. 12/10/2026 17:20",
            "parole.question",
            "la personne, ou touches 1",
        ),
        ("sante_sexuelle_92", "25/12/2026 03:00", "open", "à toute heure", "accueil.urgence", "la file famille"),
    ],
)
def test_what_a_caller_hears_and_why(service: str, at: str, state: str, why: str, said: str, then: str) -> None:
    found = heard(CENTRE, CENTRE.services[service], moment(at, "--at"))
    assert found.state == state
    assert why in found.why
    assert CENTRE.texts["fr"][said] in found.words
    assert then in found.then


@pytest.mark.parametrize("name", [service.name for service in CENTRE.services.values() if service.numbers])
@pytest.mark.parametrize("at", ["12/10/2026 10:00", "25/12/2026 10:00"])
def test_a_message_of_the_moment_is_said_before_the_queue_and_never_before_danger(name: str, at: str) -> None:
    texts = CENTRE.texts["fr"]
    service = msgspec.structs.replace(CENTRE.services[name], emergency_text="attente.rappel_note")
    words = list(heard(CENTRE, service, moment(at, "--at")).words)
    assert words.index(texts["accueil.urgence"]) < words.index(texts["attente.rappel_note"])


def test_a_message_is_first_where_the_script_has_no_place_for_it() -> None:
    plain = Script(name="nu", start="fin", steps={"fin": HangUp(texts=("accueil.urgence",))})
    centre = msgspec.structs.replace(CENTRE, scripts={**CENTRE.scripts, "nu": plain})
    service = msgspec.structs.replace(
        CENTRE.services["sante_sexuelle_92"], script="nu", emergency_text="attente.rappel_note"
    )
    assert (
        heard(centre, service, moment("12/10/2026 10:00", "--at")).words[0] == centre.texts["fr"]["attente.rappel_note"]
    )


def test_a_moment_is_a_clocks_in_paris() -> None:
    assert f"{local(moment('5/7/2026 9h05', '--at')):%d/%m/%Y %H:%M %Z}" == "05/07/2026 09:05 CEST"
    assert moment("2026-12-25T10:00", "--at") == moment("25/12/2026 10:00", "--at")


@pytest.mark.parametrize(
    ("option", "written", "said"),
    [
        ("--at", "demain", "écrivez 25/12/2026 10:00"),
        ("--at", "25/12/2026", "écrivez 25/12/2026 10:00"),
        ("--from", "1/1/99", "écrivez 25/12/2026"),
        ("--at", "31/02/2026 10:00", "vérifiez le jour et l'heure"),
        ("--at", "25/12/2026 24:00", "vérifiez le jour et l'heure"),
        ("--at", "28/03/2027 02:30", "passage à l'heure d'été"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_option_and_the_remedy(option: str, written: str, said: str) -> None:
    with pytest.raises(HoursFault) as caught:
        moment(written, option)
    assert str(caught.value).startswith(option)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"service": "pmi"}, "--service : « pmi » n'est pas un service, écrivez solidarites_78"),
        ({"service": "numero_inconnu"}, "--service"),
        ({"days": 0}, "--days : 0 hors limites, de 1 à 400"),
        ({"first": "hier"}, "--from"),
    ],
)
def test_the_command_ends_in_one_with_the_remedy(
    asked: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(**asked) == 1
    assert said in capsys.readouterr().err
