"""The impact assessment in the configuration: nothing is recorded or transcribed for an organisation before its own is
signed."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from runtime.settings import load
from runtime.settings.assessment import Signed, worth_a_look
from tests.config.test_settings import GOOD, SHIPPED, change, faults_of

SIGNED = "{signed_by: Le directeur, signed_on: 2026-11-02, covers: [%s]}"


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """The shipped configuration, whose two organisations have messages and are listened to, without any signature."""
    root = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    file = root / "conservation.yaml"
    file.write_text(file.read_text(encoding="utf-8").partition("\nassessment:")[0] + "\n", encoding="utf-8")
    return root


def sign(root: Path, block: str) -> None:
    (root / "aipd.yaml").write_text(f"assessment: {block}\n", encoding="utf-8")


def test_nothing_is_signed_for_a_centre_that_says_nothing(tmp_path: Path) -> None:
    good = Path(shutil.copytree(GOOD, tmp_path / "config"))
    assert load(good).settings.assessments.of("centre") is None


def test_each_organisation_answers_for_its_own(shipped: Path) -> None:
    found = faults_of(shipped)
    assert [("yvelines" in fault, "messages" in fault) for fault in found] == [
        (True, True), (True, False), (False, True), (False, False)
    ]  # fmt: skip
    assert all("n'est pas signée : signez-la dans assessment" in fault for fault in found)
    sign(
        shipped, "{tenants: {yvelines: " + SIGNED % "messages, speech" + ", hauts_de_seine: " + SIGNED % "speech" + "}}"
    )
    (fault,) = faults_of(shipped)
    assert "« hauts_de_seine » ne le couvre pas (covers: messages manque)" in fault
    sign(shipped, "{tenants: {yvelines: " + SIGNED % "messages, speech" + "}}")
    assert all("hauts_de_seine" in fault for fault in faults_of(shipped))


def test_one_may_be_signed_for_all_and_ones_own_stands_instead(shipped: Path) -> None:
    sign(shipped, SIGNED % "messages, speech")
    signed = load(shipped).settings.assessments
    assert signed.of("yvelines") == Signed(
        by="Le directeur", on=date(2026, 11, 2), covers=frozenset(("messages", "speech"))
    )
    sign(shipped, (SIGNED % "messages, speech")[:-1] + ", tenants: {yvelines: " + SIGNED % "messages" + "}}")
    (fault,) = faults_of(shipped)
    assert fault.startswith("services.yaml:")
    assert "« yvelines » ne le couvre pas (covers: speech manque)" in fault


def test_words_that_leave_for_an_outside_engine_must_be_covered(shipped: Path) -> None:
    sign(shipped, SIGNED % "messages, speech")
    engine = "outside_engine: {url: 'https://m.invalid/v1', model: m, secret_env: CLE}\n"
    (shipped / "autre.yaml").write_text(engine, encoding="utf-8")
    assert [("yvelines" in fault, "outside_engine" in fault) for fault in faults_of(shipped)] == [
        (True, True), (False, True)
    ]  # fmt: skip
    sign(shipped, SIGNED % "messages, speech, outside_engine")
    load(shipped)


def test_the_message_that_a_full_queue_leads_to_counts(tmp_path: Path) -> None:
    good = Path(shutil.copytree(GOOD, tmp_path / "config"))
    (good / "scripts/repondeur.yaml").write_text(
        "start: un\nsteps:\n"
        "  un: {do: record, texts: [menu.choix], queue: rsa, then: deux, otherwise: deux}\n"
        "  deux: {do: hang_up, texts: [horaires]}\n",
        encoding="utf-8",
    )
    load(good)  # a script that nobody comes to asks for nothing
    change(good / "centre.yaml", "    overflow: generaliste\n", "    overflow: [{when: full, script: repondeur}]\n")
    (fault,) = faults_of(good)
    assert "ce service enregistre des messages" in fault
    sign(good, SIGNED % "messages")
    load(good)


def test_an_example_and_what_nobody_looked_at_for_years_are_told() -> None:
    shipped = load(SHIPPED)
    assert len(list(worth_a_look(shipped.settings.assessments, shipped.centre.tenants, date(2026, 11, 23)))) == 2


def test_a_signature_grows_old(shipped: Path) -> None:
    sign(shipped, SIGNED % "messages, speech")
    signed = load(shipped).settings.assessments
    assert not list(worth_a_look(signed, ("yvelines",), date(2029, 10, 1)))
    assert list(worth_a_look(signed, ("yvelines",), date(2029, 12, 1))) == [
        "analyse d'impact de yvelines : signée le 02/11/2026, à revoir (au plus tous les 3 ans)"
    ]
