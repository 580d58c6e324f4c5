"""The configuration: what loads, what is refused and how it is told.

`good/` loads.  Each folder of `bad/` is laid over it (`absent.txt` names files to take away) and its name says the
fault; `expected.txt` is what the integrator reads.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
from pathlib import Path

import pytest

from core.centre import Agent, Capacity, Code, Line, Load, Pause, Queue, RingNoAnswer, Service, Tasks, Tenant
from core.errors import ConfigurationFault
from core.needs import Distribution, Relax, Turn
from core.script import Ask, Branch, Choice, HandOver, HangUp, Record, Say
from ivr.script import texts_of
from runtime.settings import Ami, Loaded, Rtp, Sip, Trunk, compile_content, describe, load
from runtime.settings.catalogue import SAID_BY_MINDS, lacking
from runtime.settings.lines import Registration
from runtime.settings.platform import Tls
from runtime.settings.values import number
from speech.fetch import PUBLIC
from speech.hear import HearSettings
from speech.models import read_model
from telephony.numbers import international

HERE = Path(__file__).parent
GOOD = HERE / "good"
BAD = sorted(path for path in (HERE / "bad").iterdir() if path.is_dir())
SHIPPED = HERE.parents[1] / "config"
FAULT = re.compile(r"[^:]+:[1-9]\d*:[1-9]\d*: \S.*: \S.*")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A copy of good/ to change."""
    return Path(shutil.copytree(GOOD, tmp_path / "config"))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(directory: Path) -> list[str]:
    with pytest.raises(ConfigurationFault) as caught:
        load(directory)
    return caught.value.faults


def test_a_directory_that_was_read_before_is_read_as_it_is_now(good: Path) -> None:
    agents = good / "agents.yaml"
    agents.write_text("agents:\n  late: {display: Late, phone: '2999', skills: {accueil: 1}, queues: [rsa]}\n", "utf-8")
    first, again = load(good), load(good)
    assert "late" in first.centre.agents
    assert again.centre == first.centre
    change(agents, "Late", "Later")
    assert load(good).centre.agents["late"].display == "Later"
    change(agents, "display", "diplay")
    assert faults_of(good) == faults_of(good) != []
    agents.unlink()
    assert "late" not in load(good).centre.agents


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_bad_configuration_tells_every_fault_with_its_place(case: Path, good: Path) -> None:
    shutil.copytree(case, good, dirs_exist_ok=True)
    absent = case / "absent.txt"
    for name in absent.read_text(encoding="utf-8").split() if absent.exists() else ():
        (good / name).unlink()
    faults = faults_of(good)
    assert faults == (case / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert all(FAULT.fullmatch(fault) for fault in faults)


def test_the_shipped_configuration_loads_and_uses_only_numbers_of_fiction() -> None:
    loaded = load(SHIPPED)
    numbers = [number for service in loaded.centre.services.values() for number in service.numbers]
    assert numbers
    assert all(number.startswith("+3319900") for number in numbers)
    assert len(loaded.centre.agents) == 14
    assert {service.tenant for service in loaded.centre.services.values() if service.numbers} == set(
        loaded.centre.tenants
    )
    noted = [line for line in describe(loaded).splitlines() if line.startswith("à noter")]
    assert all(line.endswith("la signature est un exemple, mettez la vôtre avant d'ouvrir") for line in noted)
    assert len(noted) == len(loaded.centre.tenants)


def test_the_shipped_script_offers_an_adviser_at_every_question() -> None:
    scripts = load(SHIPPED).centre.scripts.values()
    questions = [step for script in scripts for step in script.steps.values() if isinstance(step, Ask)]
    assert questions
    for question in questions:
        assert question.keys["0"].name == "conseiller"
        assert question.keys["9"].name == "repeter"


def test_the_shipped_texts_never_say_police_aloud() -> None:
    for texts in load(SHIPPED).centre.texts.values():
        assert [words for words in texts.values() if re.search("polic[ei]", words.lower())] == []


def test_the_shipped_texts_are_whole_in_every_language_that_the_welcome_offers() -> None:
    centre = load(SHIPPED).centre
    welcome = centre.scripts["accueil"]
    said = {key for step in welcome.steps.values() for _, key in texts_of(step)}
    assert set(welcome.languages) == {"en", "es"}
    for language in welcome.languages:
        assert lacking(said, centre.texts[language]) == []
        assert {key for key in centre.texts[language] if key not in centre.texts["fr"]} == set()


def test_every_text_that_the_minds_say_is_asked_of_the_catalogue_with_its_places() -> None:
    """`say("key", place=…)` in a mind and SAID_BY_MINDS are two lists of one thing."""
    said: dict[str, set[str]] = {}
    for mind in ("ivr", "acd", "calls", "casework"):
        for file in sorted((HERE.parents[1] / mind).glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=str(key))], keywords=words):
                        said.setdefault(key, set()).update(word.arg or "" for word in words)
    assert said
    for key, places in said.items():
        assert key in SAID_BY_MINDS, f"{key} is said by a mind, was missing from SAID_BY_MINDS"
        assert places <= SAID_BY_MINDS[key]


def test_callers_are_heard_with_the_models_that_are_named(good: Path) -> None:
    assert load(good).settings.speech.models == {}
    speech = "speech: {models: {fr: modeles/vosk}, workers: 3, listen: {bind: 192.0.2.7, port: 9092}, pause: 700ms}\n"
    file = good / "centre.yaml"
    file.write_text(file.read_text(encoding="utf-8") + speech, encoding="utf-8")
    found = load(good).settings.speech
    assert found.models == {"fr": good / "modeles/vosk"}
    assert (found.workers, found.host, found.port) == (3, "192.0.2.7", 9092)
    assert (found.pause_ms, found.open_pause_ms) == (700, 1_300)
    change(file, "modeles/vosk", "essai")
    assert read_model(load(good).settings.speech.models["fr"]).mark.test


def test_the_shipped_model_is_fetched_from_its_public_place() -> None:
    assert load(SHIPPED).settings.models_from == {"fr": PUBLIC}


STRUCTS = (
    Capacity,
    Load,
    Service,
    Queue,
    Agent,
    Pause,
    RingNoAnswer,
    Code,
    Say,
    Ask,
    Choice,
    Branch,
    Record,
    HandOver,
    HangUp,
    Tasks,
)
FIELDS = {
    name.removesuffix("_ms")
    for struct in (
        *STRUCTS,
        HearSettings,
        Tenant,
        Relax,
        Turn,
        Distribution,
        Ami,
        Sip,
        Tls,
        Rtp,
        Trunk,
        Registration,
        Line,
    )
    for name in struct.__struct_fields__
}


@pytest.mark.parametrize("field", sorted(FIELDS - {"dial", "outward", "host", "most"}))
def test_every_field_is_shown_in_the_shipped_files(field: str) -> None:
    shown = "".join(file.read_text(encoding="utf-8") for file in [*SHIPPED.glob("*.yaml"), *SHIPPED.glob("scripts/*")])
    assert re.search(rf"\b{field}\b", shown), f"{field} is read, was nowhere in config/"


@pytest.mark.parametrize("written", ["+33199001000", "33199001000", "0033199001000", "0199001000", "3939", "116117"])
def test_a_number_reads_the_same_here_and_on_the_trunk(written: str) -> None:
    """Else a call to a configured number would find no service."""
    assert number(written) == international(written)


def test_the_shipped_configuration_listens_on_this_machine_only() -> None:
    telephony = load(SHIPPED).settings.telephony
    assert {telephony.ami.host, telephony.sip.bind} == {"127.0.0.1"}
    assert telephony.ami.secret_env is None


def test_content_rebuilds_the_same_centre() -> None:
    for directory in (GOOD, SHIPPED):
        loaded = load(directory)
        assert compile_content(loaded.content) == loaded.centre
        assert len(loaded.centre.digest) == 64


def test_comments_spelling_and_block_style_do_not_change_the_digest(good: Path) -> None:
    digest = load(good).centre.digest
    change(good / "centre.yaml", "offer: 15s", "offer: 15000ms  # autrement dit")
    change(good / "centre.yaml", "01 99 00 10 00", '"0033 1.99.00.10.00"')
    change(good / "texts/fr.yaml", "  patientez: Restez avec nous.", "  patientez: |\n    Restez\n    avec nous.")
    change(good / "scripts/accueil.yaml", "texts: [menu.choix]", "texts: menu.choix")
    assert load(good).centre.digest == digest


def test_any_value_that_the_minds_read_changes_the_digest(good: Path) -> None:
    seen = {load(good).centre.digest}
    for file, old, new in (
        ("centre.yaml", "offer: 15s", "offer: 16s"),
        ("texts/fr.yaml", "Restez avec nous.", "Patientez."),
        ("scripts/accueil.yaml", "topic: rsa", "topic: insertion"),
    ):
        change(good / file, old, new)
        digest = load(good).centre.digest
        assert digest not in seen
        seen.add(digest)


def test_telephony_is_no_part_of_what_the_minds_read(good: Path) -> None:
    digest = load(good).centre.digest
    change(good / "centre.yaml", "port: 5038", "port: 5039")
    loaded = load(good)
    assert loaded.centre.digest == digest
    assert loaded.settings.telephony.ami.port == 5039


def test_damaged_content_is_told_and_not_guessed() -> None:
    content = load(GOOD).content
    for broken in (b"", content[:-7], content.replace(b'"format":1', b'"format":2'), b'{"format":1}', b"\xff\xfe"):
        with pytest.raises(ConfigurationFault):
            compile_content(broken)


@pytest.mark.parametrize(
    "written",
    ["01 99 00 10 55", "0199001055", "01.99.00.10.55", "01-99-00-10-55", "+33 1 99 00 10 55", "0033199001055"],
)
def test_every_usual_way_to_write_a_number_is_read(good: Path, written: str) -> None:
    change(good / "centre.yaml", "01 99 00 10 00", written)
    assert load(good).centre.services["solidarites"].numbers[0] == "+33199001055"


@pytest.mark.parametrize(
    ("written", "kept"),
    [("3939", "3939"), ("116117", "116117"), ("0806 000 092", "+33806000092"), ("06 39 98 12 34", "+33639981234")],
)
def test_short_special_and_fictional_numbers_are_read(good: Path, written: str, kept: str) -> None:
    change(good / "centre.yaml", "01 99 00 10 00", written)
    assert load(good).centre.services["solidarites"].numbers[0] == kept


def test_defaults_are_those_of_the_centre(good: Path) -> None:
    loaded = load(good)
    queue = loaded.centre.queues["generaliste"]
    assert (queue.max_waiting, queue.offer_ms, queue.overflow) == (200, 20_000, ())
    assert loaded.centre.queues["rsa"].offer_ms == 15_000
    assert loaded.centre.agents["claire"].wrap_up_ms == 60_000
    assert loaded.centre.agents["claire"].phone == "1001"
    assert loaded.settings.journal.path == Path("journal/allo.db")
    assert loaded.settings.telephony.trunks["operateur"].match == ("192.0.2.10", "192.0.2.32/28")
    assert loaded.centre.lines["operateur"] == Line(name="operateur", channels=30, reserved=3, outward=False)
    step = loaded.centre.scripts["accueil"].steps["rsa"]
    assert isinstance(step, HandOver)
    assert step.skills[0].level == 3


def test_aliases_are_welcome_where_they_are_few(good: Path) -> None:
    change(good / "centre.yaml", "skills: {rsa: 3, accueil: 1}", "skills: &all {rsa: 3, accueil: 1}")
    change(good / "centre.yaml", '    phone: "1002"', '    phone: "1002"\n    skills: *all')
    assert load(good).centre.agents["karim"].skills == {"rsa": 3, "accueil": 1}


def test_what_stands_beside_the_centre_s_file_is_a_part_of_it(good: Path) -> None:
    """A field may have entries in several files; the digest is that of one file with the same entries."""
    agent = "  ines:\n    display: Inès Lacroix\n    phone: 1003\n    queues: generaliste\n"
    (good / "agents.yaml").write_text(f"agents:\n{agent}", encoding="utf-8")
    apart = load(good).centre
    (good / "agents.yaml").unlink()
    change(good / "centre.yaml", "codes:\n", f"{agent}codes:\n")
    assert list(apart.agents) == ["claire", "karim", "ines"]
    assert load(good).centre.digest == apart.digest


def test_windows_line_ends_and_marks_are_read(good: Path) -> None:
    expected = load(good).centre.digest
    for file in good.rglob("*.yaml"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert load(good).centre.digest == expected


def test_a_pipe_in_the_place_of_a_file_does_not_hold_us(good: Path) -> None:
    (good / "centre.yaml").unlink()
    os.mkfifo(good / "centre.yaml")
    assert faults_of(good) == ["centre.yaml:1:1: fichier: n'est pas un fichier ordinaire, remplacez-le"]


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    faults = faults_of(tmp_path / "nowhere")
    assert [fault.split(":")[0] for fault in faults] == ["centre.yaml", "scripts", "texts"]


def test_a_file_in_the_place_of_a_folder_is_told(good: Path) -> None:
    shutil.rmtree(good / "scripts")
    (good / "scripts").write_text("x")
    assert any(fault.startswith("scripts:1:1: fichier: dossier illisible") for fault in faults_of(good))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything: there is no file without rights")
def test_a_file_without_rights_is_told(good: Path) -> None:
    (good / "centre.yaml").chmod(0)
    assert faults_of(good)[0].startswith("centre.yaml:1:1: fichier: illisible")


def test_an_endless_file_is_refused(good: Path) -> None:
    with (good / "centre.yaml").open("wb") as file:
        file.truncate(3_000_000_000)
    assert faults_of(good)[0].startswith("centre.yaml:1:1: fichier: dépasse")


def test_a_thousand_faults_are_cut_and_counted(good: Path) -> None:
    more = "".join(f"  file_{number}:\n    tittle: x\n" for number in range(600))
    change(good / "centre.yaml", "queues:\n", f"queues:\n{more}")
    faults = faults_of(good)
    assert len(faults) == 201
    assert "1000 autres fautes" in faults[-1]


def test_a_platform_of_five_hundred_agents_loads(good: Path) -> None:
    """The digest and the places stay right at size; the time is bounded by the test run, not asserted."""
    more = "".join(
        f"  agent{number}:\n    display: Agent {number}\n    phone: a{number}\n    queues: [generaliste]\n"
        for number in range(500)
    )
    change(good / "centre.yaml", "agents:\n", f"agents:\n{more}")
    assert len(load(good).centre.agents) == 502


def test_a_recording_is_counted_and_a_broken_one_is_noted(good: Path) -> None:
    folder = good / "prompts/fr"
    folder.mkdir(parents=True)
    (folder / "horaires.wav").write_bytes(b"RIFF....")
    told = describe(load(good))
    assert "dont 1 enregistrés et 22 en voix de synthèse" in told
    assert "enregistrement inutilisable, fr/horaires.wav : n'est pas un fichier WAV" in told


def test_the_summary_says_what_is_rarely_meant(good: Path) -> None:
    change(good / "texts/fr.yaml", "horaires:", "jamais_dit: Personne ne m'entend.\nhoraires:")
    change(good / "centre.yaml", "trunks:\n  operateur: {match: [192.0.2.10, 192.0.2.32/28]}\n", "")
    shutil.copy(good / "scripts/accueil.yaml", good / "scripts/nuit.yaml")
    told = describe(load(good))
    assert "texte jamais_dit (fr) que rien ne dit" in told
    assert "aucune ligne (trunks)" in told
    assert "script nuit qu'aucun service n'utilise" in told


def test_an_agent_s_password_is_named_and_never_kept(good: Path) -> None:
    change(good / "centre.yaml", "phone: 1001", "phone: 1001\n    secret_env: ALLO_POSTE_1001")
    loaded: Loaded = load(good)
    assert loaded.settings.telephony.phone_secret_env == {"1001": "ALLO_POSTE_1001"}
    assert b"ALLO_POSTE" not in loaded.content


def test_records_follow_the_journal_unless_they_are_told_where_to_be(good: Path) -> None:
    def records() -> tuple[str, str | None, str]:
        found = load(good).settings.records
        return found.url, found.secret_env, found.keys_url

    assert records() == ("", None, "")
    journal = "path: journal/allo.db"
    change(good / "centre.yaml", journal, "url: postgresql://a@b/c\n  secret_env: S\n  keys_url: postgresql://a@k/k")
    assert records() == ("postgresql://a@b/c", "S", "postgresql://a@k/k")
    (good / "crm.yaml").write_text("records:\n  path: records/records.db\n", encoding="utf-8")
    assert records() == ("", None, "postgresql://a@k/k")
    (good / "crm.yaml").write_text("records:\n  url: postgresql://a@fiches/f\n", encoding="utf-8")
    assert records() == ("postgresql://a@fiches/f", None, "postgresql://a@k/k")
