"""`./allo understand`, as it is typed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import commands

ROOT = Path(__file__).resolve().parents[2]
TRAIN = [
    ("il pleut sur la ville", "ciel"),
    ("le soleil brille", "ciel"),
    ("la vague monte", "mer"),
    ("le bateau", "mer"),
]


def learnt_once(home: Path) -> None:
    """What is learnt of the shipped examples is kept for the other tests of this process."""
    kept = home.parent / "understanding"
    kept.mkdir(exist_ok=True)
    (home / "run").mkdir(exist_ok=True)
    if not (home / "run" / "understanding").exists():
        (home / "run" / "understanding").symlink_to(kept)


def allo(home: Path, *typed: str, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    learnt_once(home)
    return commands.allo(home, "understand", *typed, given=given)


def jsonl(file: Path, cases: list[tuple[str, str]]) -> str:
    file.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in cases))
    return str(file)


def test_a_line_is_an_object_and_bad_lines_are_named_in_their_place(tmp_path: Path) -> None:
    given = b"je voudrais demander le RSA\n\n" + b"\xff\xfe\n" + b"x" * 10_000_000 + "\nla crèche\n".encode()
    told = allo(tmp_path, "--json", given=given)
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line.get("topic", "error") for line in lines] == ["rsa", "", "error", "error", "modes_garde"]
    assert {"topic", "confidence", "candidates", "in_scope", "urgency", "vulnerability", "why"} <= lines[0].keys()
    assert lines[0]["candidates"][0]["topic"] == "rsa"
    faults = told.stderr.splitlines()
    assert [fault.split(": ", 1)[0] for fault in faults] == ["entrée:3", "entrée:4"]
    assert told.returncode == 1


def test_danger_is_told_with_its_words(tmp_path: Path) -> None:
    said = "il est en train de me frapper\non m'a coupé le rsa\nc'est à mourir de rire\n"
    lines = [json.loads(line) for line in allo(tmp_path, "--json", given=said.encode()).stdout.splitlines()]
    assert [(line["urgency"], line["danger"], line["vulnerability"]) for line in lines] == [
        (1, "violence_en_cours", []),
        (3, "", ["sans_ressources"]),
        (4, "", []),
    ]
    assert lines[0]["why"][0] == "« en train de me frapper »"
    assert allo(tmp_path, given=b"au secours\n").stdout.startswith("DANGER niveau 1 : violence_en_cours")


def test_a_mail_is_read_without_what_it_answers_and_danger_in_any_sentence(tmp_path: Path) -> None:
    mail = (
        "From: usager@exemple.invalid\nSubject: Mon RSA\nContent-Type: text/plain; charset=utf-8\n\n"
        "Bonjour,\nje vous écris au sujet de mon RSA qui n'est pas versé.\nCordialement\n"
        "PS : depuis lundi je dors dans ma voiture avec mon fils.\n\n"
        "Le 3 mars 2025, accueil@departement.invalid a écrit :\n> au secours il y a le feu\n"
    )
    (tmp_path / "mail.eml").write_text(mail, encoding="utf-8")
    told = allo(tmp_path, "--json", "--message", "mail.eml", "--message", "absent.eml", "--message", "-", given=b"RSA")
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [(line["message"], line["topic"], line["danger"]) for line in lines] == [
        ("mail.eml", "rsa", "rue"),
        ("-", "rsa", ""),
    ]
    assert told.stderr.startswith("absent.eml: illisible")
    assert told.returncode == 1
    assert allo(tmp_path, "--message", "mail.eml").stdout.startswith("mail.eml : DANGER niveau 2 : rue")


def test_it_reads_for_people_too_and_after_other_examples(tmp_path: Path) -> None:
    train = jsonl(tmp_path / "train.jsonl", TRAIN)
    told = allo(tmp_path, "--examples", train, given=b"les vagues\n")
    assert told.stdout.startswith("mer ")
    assert told.returncode == 0


def test_an_evaluation_with_other_examples(tmp_path: Path) -> None:
    train = jsonl(tmp_path / "train.jsonl", TRAIN)
    cases = jsonl(tmp_path / "cases.jsonl", [("le soleil", "ciel"), ("un bateau", "mer"), ("une pizza", "oos")])
    told = allo(tmp_path, "--evaluate", cases, "--examples", train, "--json")
    result = json.loads(told.stdout)
    assert (result["accuracy"], result["utterances"], result["outside"]) == (1.0, 2, 1)
    assert result["scope_auroc"] == 1.0
    assert "oos" in told.stderr
    assert "exactitude" in allo(tmp_path, "--evaluate", cases, "--examples", train).stdout


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"text": "a"}\n', ":1: « label » manque"),
        (b'{"text": "a", "label": "b"}\n[1]\n', ":2: doit être un objet"),
        (b'{"text": 3, "label": "b"}\n', ":1: « text » doit être un texte"),
        (b'{"text": " ", "label": "b"}\n', ":1: « text » est vide"),
        (b"{oops\n", ":1: colonne 2 : n'est pas du JSON"),
        (b'{"text": "\xff", "label": "b"}\n', ":1: colonne 11 : n'est pas de l'UTF-8"),
        (b"[" * 100_000 + b"\n", ":1: n'est pas du JSON"),
        (b"x" * 10_000_000, ":1: ligne de plus de 200 ko"),
        (b"", ":1: aucune phrase"),
    ],
)
def test_a_bad_file_is_told_by_line(tmp_path: Path, raw: bytes, told: str) -> None:
    file = tmp_path / "faux.jsonl"
    file.write_bytes(raw)
    answer = allo(tmp_path, "--evaluate", str(file))
    assert f"faux.jsonl{told}" in answer.stderr
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "Traceback" not in answer.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = allo(tmp_path, "--evaluate", "absent.jsonl")
    assert "absent.jsonl : illisible" in answer.stderr
    assert answer.returncode == 1
