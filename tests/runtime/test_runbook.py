"""The runbook only names commands, settings and figures that exist: at three in the morning nobody looks for others."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from bench.kernel import BEGIN_MS, staffed_kernel
from runtime.__main__ import app
from runtime.commands.testing import benches
from runtime.telling.figures import Figures, machinery
from runtime.upkeep.unit import UNIT, render

PAGE = Path(__file__).resolve().parents[2] / "docs" / "runbook.md"
TEXT = PAGE.read_text(encoding="utf-8")


def _commands() -> dict[str, list[str]]:
    """Each command of `./allo`, and its own ones if it has any."""
    group = typer.main.get_command(app)
    return {name: sorted(getattr(command, "commands", {})) for name, command in group.commands.items()}  # type: ignore[attr-defined]


def test_every_command_of_allo_that_it_names_exists() -> None:
    known = _commands()
    group = typer.main.get_command(app)
    takes_words = {
        name: any(parameter.param_type_name == "argument" for parameter in command.params)
        for name, command in group.commands.items()  # type: ignore[attr-defined]
    }
    named = re.findall(r"\./allo ([a-z]+)(?: ([a-z]+))?", TEXT)
    assert len(named) > 15
    for name, word in named:
        assert name in known, f"./allo {name}"
        if word:
            assert word in known[name] or takes_words[name], f"./allo {name} {word}"
    assert {word for name, word in named if name == "bench"} <= {"", *benches()}


def test_every_option_that_it_names_exists() -> None:
    group = typer.main.get_command(app)
    for name, words in re.findall(r"\./allo ([a-z]+)([^`\n>]*)", TEXT):
        command = group.commands[name]  # type: ignore[attr-defined]
        if hasattr(command, "commands") and words.strip():
            command = command.commands[words.split()[0]]
        options = {option for parameter in command.params for option in getattr(parameter, "opts", ())}
        assert set(re.findall(r"--[a-z-]+", words)) <= options, f"./allo {name}{words}"


def test_every_figure_that_it_names_is_exposed() -> None:
    kernel = staffed_kernel()
    probes = machinery(kernel, inbox=lambda: 0, journal_lag=lambda: 0, link_up=lambda: True)
    page = Figures(kernel, lambda: BEGIN_MS, probes).exposed().decode()
    named = set(re.findall(r"allo_[a-z_]+[a-z]", TEXT))
    assert len(named) > 8
    assert {name for name in named if f"# TYPE {name} " not in page} == set()


def test_what_it_says_of_the_service_is_in_the_unit() -> None:
    assert "dix secondes" in TEXT
    assert "WatchdogSec={watchdog_s}" in UNIT
    place = Path("/srv/allo")
    assert "KillMode=process" in render(user="allo", root=place, config=place, home=place)


def test_every_row_of_the_triage_has_its_four_cells() -> None:
    triage = TEXT.partition("## Triage")[2].partition("\n## ")[0]
    rows = [line for line in triage.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 12
    for line in rows:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert len(cells) == 4, line
        assert all(cells), line
        assert cells[1].count("`") >= 2, line
