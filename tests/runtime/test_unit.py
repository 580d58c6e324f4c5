"""The systemd unit: what matters for calls is in it, and systemd itself finds nothing to say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from core.errors import AlloError
from runtime.scaled.roles import ROLES
from runtime.upkeep.unit import name, render, render_prune

ROOT = Path(__file__).resolve().parents[2]


def test_calls_survive_a_restart_and_started_means_that_calls_are_taken(tmp_path: Path) -> None:
    unit = render(user="allo", root=ROOT, config=ROOT / "config", home=tmp_path)
    for line in ("KillMode=process", "Type=notify", "User=allo", f"ReadWritePaths={tmp_path}", "LimitNOFILE=65536"):
        assert line in unit.splitlines()
    assert f"ExecStart={ROOT}/allo up --config {ROOT}/config" in unit.splitlines()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_a_unit_of_its_own_and_only_the_telephony_leaves_its_children(role: str, tmp_path: Path) -> None:
    unit = render(user="allo", root=ROOT, config=ROOT / "config", home=tmp_path, role=role)
    assert f"ExecStart={ROOT}/allo up --role {role} --config {ROOT}/config" in unit.splitlines()
    assert ("KillMode=process" in unit.splitlines()) == (role == "telephony")
    assert f"Description=Allo, centre de contacts ({role})" in unit


@pytest.mark.parametrize("role", ["", *ROLES])
def test_systemd_has_nothing_to_say_against_it(role: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: what the unit says is tested above without it")
    file = tmp_path / f"{name(role)}.service"
    file.write_text(render(user="daemon", root=ROOT, config=ROOT / "config", home=tmp_path, role=role))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    complaints = [line for line in said.stderr.splitlines() if file.name in line]
    assert complaints == []


def test_the_journal_is_pruned_each_night_and_never_starves_while_it_holds_the_journal(tmp_path: Path) -> None:
    place = {"root": ROOT, "config": ROOT / "config", "home": tmp_path}
    timer = render_prune("timer", user="allo", **place).splitlines()
    assert {"OnCalendar=*-*-* 03:00:00", "Persistent=true", "WantedBy=timers.target"} <= {*timer}
    service = render_prune("service", user="allo", **place).splitlines()
    assert f"ExecStart={ROOT}/allo prune --config {ROOT}/config" in service
    assert {"Type=oneshot", "User=allo", f"ReadWritePaths={tmp_path}"} <= {*service}
    assert not [line for line in service if line.startswith(("Nice", "CPUScheduling", "IOScheduling"))]
    with pytest.raises(AlloError, match="--user"):
        render_prune("service", user="root", **place)
    with pytest.raises(AlloError, match="timer"):
        render_prune("nightly", user="allo", **place)


def test_systemd_has_nothing_to_say_against_the_timer(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: what the unit says is tested above without it")
    files = {part: tmp_path / f"allo-prune.{part}" for part in ("service", "timer")}
    place = {"root": ROOT, "config": ROOT / "config", "home": tmp_path}
    files["service"].write_text(render_prune("service", user="daemon", **place))
    files["timer"].write_text(render_prune("timer", user="daemon", **place))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, files.values())],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert [line for line in said.stderr.splitlines() if "allo-prune" in line] == []


@pytest.mark.parametrize("user", ["root", "", "a b", "x\nExecStart=/bin/sh"])
def test_only_an_ordinary_account_runs_it(user: str, tmp_path: Path) -> None:
    with pytest.raises(AlloError, match="--user"):
        render(user=user, root=ROOT, config=ROOT / "config", home=tmp_path)


@pytest.mark.parametrize("place", ["a b", "50%", 'x"', "a\nb"])
def test_a_path_that_systemd_would_read_otherwise_is_refused(place: str, tmp_path: Path) -> None:
    with pytest.raises(AlloError, match="chemin"):
        render(user="allo", root=ROOT, config=tmp_path / place, home=tmp_path)
