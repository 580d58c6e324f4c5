"""The pinned files: whole, hashed, and free of any registry's name; pip's settings said again for uv."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pip_settings
import pytest
from lock import oldest_python
from python_env import DEVELOPMENT, RUNTIME, TOOLS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(file: Path) -> dict[str, set[str]]:
    """Name → pinned versions (a name may have one per platform)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", file.read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(normal(name), set()).add(version)
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[ =<>!~;\[]", requirement, maxsplit=1)[0]) for requirement in requirements}


@pytest.mark.parametrize("file", [RUNTIME, DEVELOPMENT, TOOLS], ids=lambda file: file.name)
def test_pinned_files_name_no_host_and_hash_everything(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"\n(?=[\w])", text.split("\n", 1)[1])
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_every_dependency_is_pinned() -> None:
    assert names(PROJECT["project"]["dependencies"]) <= set(pins(RUNTIME))
    assert names(PROJECT["dependency-groups"]["dev"]) <= set(pins(DEVELOPMENT))


def test_the_packages_for_tests_move_none_of_the_product() -> None:
    development = pins(DEVELOPMENT)
    assert {name: versions for name, versions in pins(RUNTIME).items() if development.get(name) != versions} == {}


def test_pins_hold_from_the_oldest_python_on() -> None:
    assert oldest_python('requires-python = ">=3.11"') == "3.11"
    assert PROJECT["project"]["requires-python"] == ">=3.11"


LISTING = """\
:env:.cert='/etc/ca.crt'
:env:.default-timeout='180'
:env:.find-links='/srv/wheels'
global.cert='/other.crt'
global.extra-index-url='https://a.example.invalid/simple\\nhttps://b.example.invalid/simple'
global.index-url='https://pip.example.invalid/simple'
install.no-index='false'
user.something
"""


def test_settings_of_pip_are_said_again_for_uv() -> None:
    said = pip_settings.for_uv(pip_settings.parse(LISTING), {})
    assert said == {
        "SSL_CERT_FILE": "/etc/ca.crt",
        "UV_DEFAULT_INDEX": "https://pip.example.invalid/simple",
        "UV_FIND_LINKS": "/srv/wheels",
        "UV_HTTP_TIMEOUT": "180",
        "UV_INDEX": "https://a.example.invalid/simple https://b.example.invalid/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_what_the_user_told_uv_stays() -> None:
    said = pip_settings.for_uv({"index-url": "https://pip.example.invalid"}, {"UV_DEFAULT_INDEX": "other"})
    assert said == {}


@pytest.mark.parametrize(("value", "flags"), [("1", ["--no-index"]), ("true", ["--no-index"]), ("false", [])])
def test_a_machine_without_index_has_none_for_uv_either(value: str, flags: list[str]) -> None:
    assert pip_settings.flags_for_uv({"no-index": value}) == flags
    assert pip_settings.flags_for_uv({}) == []
