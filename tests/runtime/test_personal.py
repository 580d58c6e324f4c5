"""`./allo personal`, as the DPO types it beside a running centre: handed out, erased with its proof, kept from both.

On files and on a real PostgreSQL.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from core import events as e
from core.personal import Personal
from crm_bridge.importing import import_file
from runtime.__main__ import app
from runtime.callers import SECRET, recogniser
from runtime.crm import open_store
from runtime.memory import make_recordings
from runtime.places import Secrets
from runtime.settings import load
from tests import servers
from tests.runtime.kept_centre import BEGIN_MS, NUMBER, Centre, name

ROOT = Path(__file__).resolve().parents[2]
OF_78, OF_92, DISCREET = "+33199007800", "+33199009200", "+33199009230"
TYPED = "06 39 98 00 42"
NOTE = "rappeler mardi"
FIRST, OTHERS, HIDDEN, NOT_OVER = (name(number, BEGIN_MS) for number in (1, 2, 3, 4))
MESSAGE = f"{FIRST}-m1"


class Desk:
    """A centre with what it holds on one person, and a shell beside it."""

    def __init__(self, home: Path) -> None:
        self.home = home

    async def open(self) -> None:
        loaded = load(ROOT / "config")
        self.centre = Centre(loaded, self.home / "run")
        self.centre.places.make()
        key = recogniser(Secrets(self.centre.places.secrets).get(SECRET))(NUMBER)
        for number, dialled in enumerate((OF_78, OF_92, DISCREET, OF_78), 1):
            self.centre.takes(number, BEGIN_MS, ends=number != 4, dialled=dialled, caller_key=key)
        kernel = self.centre.kernel
        note = Personal(FIRST, "note", NOTE)
        facts = [
            e.WrapUpNoted(cause="t", interaction=FIRST, agent="claire", code="autre", note=note, request="r"),
            e.MessageRecorded(cause="t", interaction=FIRST, message=MESSAGE, path="/nowhere.wav", duration_ms=900),
            e.CitizenFound(cause="t", interaction=FIRST, how="one", record=Personal(FIRST, "record", "78-1")),
        ]
        self.centre.keep([kernel.receive(fact, BEGIN_MS) for fact in facts])
        done = [e.OrderDone(cause="t", order=order) for order in list(kernel.orders)]
        self.centre.keep([kernel.receive(fact, BEGIN_MS) for fact in done])
        await self.centre.snapshot()
        recordings = make_recordings(loaded.settings.journal, self.centre.places)
        recordings.use(self.centre.memory.keys)
        recordings.keep(MESSAGE, b"RIFF of a voice")
        file = self.home / "usagers.csv"
        file.write_text("id;nom;telephone\n78-1;Diallo;0639980042\n", encoding="utf-8")
        self.records = open_store(loaded.settings.records, self.centre.places)
        import_file(self.records, file, "yvelines", BEGIN_MS)

    def types(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["personal", *words])

    def export(self, *words: str) -> dict[str, Any]:
        done = self.types("export", "--tenant", "yvelines", "--to", "remis", *words)
        assert done.exit_code == 0, done.stderr
        told: dict[str, Any] = json.loads((self.home / "remis" / "donnees.json").read_text())
        return told


@pytest.fixture(params=["sqlite", "postgresql"])
async def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "postgresql":
        monkeypatch.setenv("ALLO_JOURNAL_URL", servers.database())
    monkeypatch.setenv("ALLO_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    await desk.open()
    yield desk
    desk.records.close()
    await desk.centre.close()


def texts_of(told: dict[str, Any]) -> dict[str, set[str | None]]:
    """By call, every personal text in it."""
    return {
        call["id"]: {one["texte"] for fact in call["faits"] for one in fact.get("donnees", ())}
        for call in told["appels"]
    }


async def test_all_that_is_held_on_a_number_is_handed_out_for_one_organisation(desk: Desk) -> None:
    told = desk.export("--number", TYPED)
    assert texts_of(told) == {FIRST: {NUMBER, NOTE, "78-1"}, NOT_OVER: {NUMBER}}
    assert told["fiche"] is None  # a number is not a person
    folder = desk.home / "remis"
    assert (folder / "messages" / f"{MESSAGE}.wav").read_bytes() == b"RIFF of a voice"
    summary = (folder / "resume.txt").read_text()
    assert NOTE in summary
    assert "claire" not in summary + json.dumps(told)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.rglob("*") if file.is_file()} == {0o600}
    looks = [(look.why, look.interaction) for look in desk.records.looks("yvelines", 0)]
    assert sorted(looks) == [("export", FIRST), ("export", NOT_OVER)]


async def test_a_record_is_handed_out_with_its_calls_and_who_read_it(desk: Desk) -> None:
    told = desk.export("--record", "78-1")
    assert told["fiche"]["last_name"] == "Diallo"
    assert list(texts_of(told)) == [FIRST]
    assert [line["pourquoi"] for line in told["consultations_de_la_fiche"]] == ["réponse à une demande d'accès"]


async def test_who_has_the_telephone_does_not_learn_of_a_discreet_service(desk: Desk) -> None:
    words = ("export", "--tenant", "hauts_de_seine", "--number", TYPED)
    done = desk.types(*words, "--to", "sans")
    assert "service discret" in done.stderr
    assert HIDDEN not in (desk.home / "sans" / "donnees.json").read_text()
    assert desk.types(*words, "--to", "avec", "--discreet").exit_code == 0
    assert HIDDEN in (desk.home / "avec" / "donnees.json").read_text()


async def test_an_erasure_leaves_nothing_that_opens_and_proves_it(desk: Desk) -> None:
    done = desk.types("erase", "--tenant", "yvelines", "--number", TYPED, "--yes", "--by", "dpo")
    assert done.exit_code == 1  # one call is under way still
    assert NOT_OVER in done.stdout
    assert desk.centre.numbers(FIRST) == [None]
    assert desk.centre.numbers(OTHERS) == desk.centre.numbers(HIDDEN) == desk.centre.numbers(NOT_OVER) == [NUMBER]
    proof_file = next(Path(word) for word in done.stdout.split() if word.endswith(".json"))
    proof = json.loads(proof_file.read_text())
    assert (proof["erased"], proof["under_way"], proof["readable"], proof["recordings"]) == ([FIRST], [NOT_OVER], 0, 1)
    listed = proof_file.with_name(proof["list"])
    assert hashlib.sha256(listed.read_bytes()).hexdigest() == proof["list_sha256"]
    kept = proof_file.read_text() + listed.read_text()
    assert not any(word in kept for word in ("639980042", NOTE, "78-1", "Diallo"))
    again = desk.export("--number", TYPED)  # found still, by the pseudonym, and nothing of it can be read
    assert texts_of(again) == {FIRST: {None}, NOT_OVER: {NUMBER}}
    assert not (desk.home / "remis" / "messages").exists()


async def test_a_record_is_erased_with_its_calls(desk: Desk) -> None:
    done = desk.types("erase", "--tenant", "yvelines", "--record", "78-1", "--yes")
    assert done.exit_code == 0, done.stderr
    assert desk.records.count("yvelines") == 0
    assert desk.centre.numbers(FIRST) == [None]
    assert desk.types("export", "--tenant", "yvelines", "--record", "78-1", "--to", "x").exit_code == 1


async def test_what_is_held_is_erased_only_once_released(desk: Desk) -> None:
    held = desk.types(
        "hold", "--tenant", "yvelines", "--record", "78-1", "--why", "réquisition", "--until", "31/12/2090"
    )
    names = held.stdout.split()
    assert len(names) == 2  # the call and the record
    erase = ("erase", "--tenant", "yvelines", "--record", "78-1", "--yes")
    refused = desk.types(*erase)
    assert (refused.exit_code, refused.stderr.count("./allo personal release")) == (1, 2)
    assert desk.centre.numbers(FIRST) == [NUMBER]
    assert desk.records.count("yvelines") == 1
    assert desk.types("holds", "--tenant", "yvelines").stdout.count("« réquisition »") == 2
    assert desk.types("holds", "--tenant", "hauts_de_seine").stdout == ""
    for one in names:
        assert desk.types("release", one, "--tenant", "yvelines").exit_code == 0
    assert desk.types(*erase).exit_code == 0
    assert desk.centre.numbers(FIRST) == [None]


REFUSED = (
    (("--tenant", "yvelines"), "--number, --record ou --interaction"),
    (("--tenant", "yvelines", "--number", TYPED, "--record", "78-1"), "d'une seule façon"),
    (("--tenant", "yveline", "--number", TYPED), "Possibles : yvelines"),
    (("--tenant", "yvelines", "--number", "toto"), "n'est pas un numéro de téléphone"),
    (("--tenant", "yvelines", "--number", "06 39 98 00 43"), "Rien n'est gardé"),
    (("--tenant", "yvelines", "--interaction", OTHERS), "Rien n'est gardé"),
    (("--tenant", "yvelines", "--record", "78-9"), "Rien n'est gardé"),
)


async def test_what_cannot_be_handed_out_says_why_and_writes_nothing(desk: Desk) -> None:
    for words, told in REFUSED:
        done = desk.types("export", *words, "--to", "remis")
        assert (done.exit_code, told in done.stderr) == (1, True), words
    assert not (desk.home / "remis").exists()


async def test_where_numbers_cannot_be_known_again_it_says_so(desk: Desk) -> None:
    desk.centre.places.secrets.unlink()
    done = desk.types("export", "--tenant", "yvelines", "--number", TYPED, "--to", "remis")
    assert (done.exit_code, "là où tourne la téléphonie" in done.stderr) == (1, True)
    assert not desk.centre.places.secrets.exists()


async def test_a_folder_is_never_written_over_and_a_hold_ends_some_day(desk: Desk) -> None:
    (desk.home / "remis").mkdir()
    done = desk.types("export", "--tenant", "yvelines", "--number", TYPED, "--to", "remis")
    assert "existe déjà" in done.stderr
    assert list(desk.records.looks("yvelines", 0)) == []
    hold = ("hold", "--tenant", "yvelines", "--interaction", FIRST, "--why", "x", "--until")
    for until in ("01/01/2020", "toujours"):
        assert "n'est pas un jour à venir" in desk.types(*hold, until).stderr
