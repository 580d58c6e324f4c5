"""Whatever happens to a good configuration, it loads or it is refused with places: never anything else."""

from __future__ import annotations

import copy
import io
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from core.errors import ConfigurationFault
from runtime.settings import compile_content, describe, load

GOOD = Path(__file__).parent / "good"
FILES = ("centre.yaml", "scripts/accueil.yaml", "texts/fr.yaml")
TREES = {name: YAML(typ="safe", pure=True).load((GOOD / name).read_text(encoding="utf-8")) for name in FILES}
FAULT = re.compile(r"[^:]+:[1-9]\d*:[1-9]\d*: \S.*: \S.*")
LAW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["accueil", "menu", "rsa", "generaliste", "20s", "*10", "{position}", "0199001000", "\r\n", "é" * 999]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every node but the root."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


PLACES = {name: list(places(tree)) for name, tree in TREES.items()}


def loads_or_tells(changed: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(shutil.copytree(GOOD, Path(folder) / "config"))
        for name, content in changed.items():
            (directory / name).write_bytes(content)
        try:
            loaded = load(directory)
        except ConfigurationFault as fault:
            faults = fault.faults
        else:
            assert compile_content(loaded.content) == loaded.centre
            assert describe(loaded)
            return
    assert faults
    assert all(FAULT.fullmatch(line) for line in faults), faults


@given(st.sampled_from(FILES), st.data())
@LAW
def test_a_node_deleted_replaced_or_renamed(name: str, data: st.DataObject) -> None:
    tree = copy.deepcopy(TREES[name])
    path = data.draw(st.sampled_from(PLACES[name]))
    parent = tree
    for key in path[:-1]:
        parent = parent[key]
    what = data.draw(st.sampled_from(["delete", "replace", "rename", "swap"]))
    if what == "delete":
        del parent[path[-1]]
    elif what == "rename" and isinstance(parent, dict):
        parent[data.draw(st.text(max_size=12))] = parent.pop(path[-1])
    elif what == "swap":
        parent[path[-1]] = copy.deepcopy(tree)
    else:
        parent[path[-1]] = data.draw(values)
    written = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode = True
    yaml.dump(tree, written)
    loads_or_tells({name: written.getvalue().encode("utf-8", "surrogatepass")})


@given(st.sampled_from(FILES), st.integers(0, 10**6), st.integers(0, 40), st.binary(max_size=12))
@LAW
def test_bytes_deleted_and_put_anywhere(name: str, at: int, cut: int, put: bytes) -> None:
    content = (GOOD / name).read_bytes()
    at %= len(content)
    loads_or_tells({name: content[:at] + put + content[at + cut :]})


@given(st.sampled_from(FILES), st.integers(0, 10**6), st.text("{}[]:,-?&*!|>'\"%@`#\n\t ~\\<=0a", max_size=8))
@LAW
def test_the_signs_of_yaml_put_anywhere(name: str, at: int, put: str) -> None:
    text = (GOOD / name).read_text(encoding="utf-8")
    at %= len(text)
    loads_or_tells({name: (text[:at] + put + text[at:]).encode()})


@given(st.binary(max_size=300))
@LAW
def test_a_file_of_anything(content: bytes) -> None:
    loads_or_tells(dict.fromkeys(FILES, content))
