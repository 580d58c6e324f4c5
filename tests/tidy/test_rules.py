"""Each rule of the core has tests that fail without it: the table in tests/README.md, checked."""

from __future__ import annotations

import ast
import re
import typing
from pathlib import Path

import pytest

from core.commands import AnyCommand, HearCaller, PreparePrompt, SeekCitizen, StopHearing, UnderstandWriting
from telephony.perform import RECOVERY

TESTS = Path(__file__).resolve().parent.parent
RULES = range(1, 15)
ROW = re.compile(r"^\| (\d+) [^|]+\| (.+) \|$", re.M)


def table() -> dict[int, list[str]]:
    """Rule → what is named for it."""
    rows = ROW.findall((TESTS / "README.md").read_text(encoding="utf-8"))
    return {int(number): re.findall(r"`([^`]+)`", named) for number, named in rows}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_tests_and_they_exist(rule: int) -> None:
    named = table()[rule]
    assert len(named) >= 2
    for name in named:
        file, _, function = name.partition("::")
        source = (TESTS / file).read_text(encoding="utf-8")
        if function:
            assert function in {
                node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)
            }, f"rule {rule}: {name}"


def test_there_is_no_rule_without_a_number() -> None:
    assert sorted(table()) == list(RULES)


def test_every_order_to_asterisk_says_how_it_is_recovered() -> None:
    """Rule 7: idempotent, at most once, or ask the peer."""
    others = {PreparePrompt, SeekCitizen, HearCaller, StopHearing, UnderstandWriting}
    assert set(RECOVERY) == set(typing.get_args(AnyCommand)) - others
    assert set(RECOVERY.values()) <= {"idempotent", "at_most_once", "ask_the_peer"}
