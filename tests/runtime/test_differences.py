"""What another configuration changes, in words: what is new, gone or otherwise, and what waits for a restart."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from runtime.differences import SHOWN, changes, later
from runtime.settings import Loaded, load

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def edit(root: Path, file: str, old: str, new: str) -> Loaded:
    text = (root / file).read_text(encoding="utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return load(root)


def test_nothing_changes_nothing(copy: Path) -> None:
    before = load(copy)
    assert (changes(before, load(copy)), later(before, load(copy))) == ([], [])


def test_agents_come_go_and_learn(copy: Path) -> None:
    before = load(copy)
    name, agent = next((name, one) for name, one in before.centre.agents.items() if one.queues)
    after = edit(copy, "agents.yaml", f"  {name}:", "  nouvelle.agente:")
    assert changes(before, after)[:2] == ["+ agent nouvelle.agente", f"- agent {name}"]
    assert agent.phone not in "".join(changes(before, after))


def test_fields_are_named_and_values_are_not(copy: Path) -> None:
    before = load(copy)
    queue = next(iter(before.centre.queues.values()))
    after = edit(copy, "queues.yaml", f"title: {queue.title}", "title: Un autre titre")
    assert changes(before, after) == [f"~ file {queue.name} : title"]


def test_texts_are_named_by_their_keys(copy: Path) -> None:
    before = load(copy)
    centre = before.centre
    texts = {**centre.texts, "fr": {**centre.texts["fr"], "accueil.bienvenue": "Bonjour à vous."}}
    after = msgspec.structs.replace(before, centre=msgspec.structs.replace(centre, texts=texts))
    assert changes(before, after) == ["~ textes en fr : accueil.bienvenue"]


def test_what_is_read_at_the_start_waits_for_the_next(copy: Path) -> None:
    before = load(copy)
    (copy / "centre.yaml").write_text((copy / "centre.yaml").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert later(before, load(copy)) == []
    port = before.settings.telephony.sip.port
    after = edit(copy, "centre.yaml", f"port: {port}", f"port: {port + 4}")
    assert later(before, after) == ["téléphonie : sip"]


def test_a_list_that_nobody_would_read_is_cut(copy: Path) -> None:
    before = load(copy)
    agent = next(iter(before.centre.agents.values()))
    many = {f"agent{number}": agent for number in range(SHOWN + 5)}
    centre = msgspec.structs.replace(before.centre, agents={**before.centre.agents, **many})
    told = changes(before, msgspec.structs.replace(before, centre=centre))
    assert len(told) == SHOWN + 1
    assert told[-1] == "… et 5 autres changements"


def test_a_commune_that_changes_its_postcode_is_told(copy: Path) -> None:
    before = load(copy)
    after = edit(copy, "communes.csv", "78646,Versailles,78000", "78646,Versailles,78000 78001")
    assert changes(before, after) == ["~ commune connue 78646 : postcodes"]
