"""./allo: finds the project from anywhere, hands its words over untouched, and says what to do without Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ALLO = Path(__file__).resolve().parents[2] / "allo"
ECHO = "import sys, json; print(json.dumps([__file__, *sys.argv[1:]]))"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose install/main.py only says how it was started; its path has a space and an accent."""
    root = tmp_path / "un été"
    (root / "install").mkdir(parents=True)
    (root / "install" / "main.py").write_text(ECHO, encoding="utf-8")
    shutil.copy(ALLO, root / "allo")
    return root


def run(*words: str | Path, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": "/nowhere", "PYTHONIOENCODING": "utf-8"}
    if path is not None:
        env["PATH"] = path
    return subprocess.run(list(map(str, words)), cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_words_arrive_untouched_from_any_directory(project: Path, tmp_path: Path) -> None:
    done = run(project / "allo", "call", "a b", "--x=é", "", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json_words(done.stdout) == [str(project / "install" / "main.py"), "call", "a b", "--x=é", ""]


def test_symbolic_links_lead_to_the_project(project: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "allo").symlink_to("../second")
    (tmp_path / "second").symlink_to(project / "allo")
    done = run("./bin/allo", "up", cwd=tmp_path)
    assert json_words(done.stdout) == [str(project / "install" / "main.py"), "up"]


def test_without_a_recent_python_the_remedy_is_said(project: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("dirname", "readlink"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    script = (project / "allo").read_text(encoding="utf-8").replace(" /usr/bin/python3", "")
    (project / "allo").write_text(script, encoding="utf-8")
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tools / "python3").chmod(0o755)
    done = run("/bin/sh", project / "allo", "up", cwd=tmp_path, path=str(tools))
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr
    assert "Remède" in done.stderr


def json_words(text: str) -> list[str]:
    words: list[str] = json.loads(text)
    return words
