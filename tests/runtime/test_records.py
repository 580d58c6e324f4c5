"""`./allo records`, as it is typed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import commands

CSV = "id;nom;telephone;service;dossier\n78-1;Diallo;0639980001;rsa;RSA\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "usagers.csv").write_text(CSV, encoding="utf-8")
    return tmp_path


def allo(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return commands.allo(home, "records", *words)


def test_in_listed_exported_and_erased(home: Path) -> None:
    tried = allo(home, "import", "usagers.csv", "--tenant", "yvelines", "--dry-run")
    assert "1 créée(s)" in tried.stdout
    assert "rien n'a été écrit" in tried.stdout
    came = allo(home, "import", "usagers.csv", "--tenant", "yvelines", "--json")
    assert json.loads(came.stdout) == {
        "created": 1, "updated": 0, "unchanged": 0, "refused": 0, "unknown_agents": 0, "done": True, "dry_run": False,
    }  # fmt: skip
    assert "Diallo" in allo(home, "list", "--tenant", "yvelines").stdout
    assert allo(home, "list", "--tenant", "hauts_de_seine").stdout == ""
    told = json.loads(allo(home, "export", "78-1", "--tenant", "yvelines").stdout)
    assert told["record"]["numbers"][0]["e164"] == "+33639980001"
    assert [access["why"] for access in told["accesses"]] == ["export"]
    assert "export" in allo(home, "log", "78-1", "--tenant", "yvelines").stdout
    assert allo(home, "erase", "78-1", "--tenant", "yvelines", "--yes").returncode == 0
    gone = allo(home, "export", "78-1", "--tenant", "yvelines")
    assert (gone.returncode, "Aucune fiche" in gone.stderr) == (1, True)


def test_agents_who_follow_people_and_are_nobodys_are_told_with_line_value_and_remedy(home: Path) -> None:
    lines = ["id;nom;referent_agent", "1;Diallo;claire.aubri", "2;Roux;claire.aubry", "3;Petit;claire.aubri", "4;Lo;"]
    (home / "suivis.csv").write_text("\n".join(lines), encoding="utf-8")
    came = allo(home, "import", "suivis.csv", "--tenant", "yvelines", "--json")
    assert (came.returncode, json.loads(came.stdout)["unknown_agents"]) == (0, 1)
    assert "suivis.csv:2: referent_agent: « claire.aubri » n'existe pas (2 personne(s))" in came.stderr
    assert "vouliez-vous « claire.aubry » ?" in came.stderr
    assert "Diallo" not in came.stderr
    elsewhere = allo(home, "import", "suivis.csv", "--tenant", "hauts_de_seine", "--dry-run")
    assert (
        "« claire.aubry » répond pour d'autres organisations que « hauts_de_seine » (1 personne(s))" in elsewhere.stderr
    )


def test_faults_end_with_one_and_name_the_remedy(home: Path) -> None:
    wrong = allo(home, "import", "usagers.csv", "--tenant", "yveline")
    assert (wrong.returncode, "Possibles : yvelines" in wrong.stderr) == (1, True)
    (home / "bad.csv").write_text("id;nom;telephone\n1;Diallo;Secret\n", encoding="utf-8")
    bad = allo(home, "import", "bad.csv", "--tenant", "yvelines")
    assert bad.returncode == 1
    assert "bad.csv:2: telephone" in bad.stderr
    assert "Secret" not in bad.stdout + bad.stderr
    assert "rien n'a été importé" in bad.stdout
