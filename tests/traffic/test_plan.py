"""The plan of `python -m traffic`: read whole, or refused by the name of the field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from traffic.errors import BadPlan
from traffic.people import AfterPrompt, AtSecond, Spread
from traffic.plan import parse_plan, read_plan

SMALLEST: dict[str, Any] = {"asterisk": {"host": "127.0.0.9"}, "numbers": [{"number": "0199000101"}]}


def test_the_smallest_plan_has_defaults() -> None:
    plan = parse_plan(SMALLEST)
    assert plan.server == ("127.0.0.9", 5060)
    assert (plan.calls, plan.agents, plan.scripts, plan.sentences) == (None, (), (), ())
    assert plan.talk_s == Spread(5, 12, 30)


def test_the_example_in_the_documentation_is_read(tmp_path: Path) -> None:
    from traffic import plan as module

    text = (module.__doc__ or "").split("::\n\n", 1)[1].split("\n\n``calls``")[0]
    file = tmp_path / "plan.json"
    file.write_text(text, "utf-8")
    plan = read_plan(file)
    assert plan.calls == 20
    assert plan.trunk_headers == (("X-Trunk", "yes"),)
    first, second = plan.scripts[0].steps
    assert (first.when, first.press) == (AfterPrompt(20.0), "1")
    assert (second.when, second.say) == (AtSecond(15.0), "Je voudrais un rendez-vous.")
    assert plan.agents[0].wrap_up_number == "*12"
    assert plan.agents[0].talks == Spread(5, 10, 20)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"numbers": []}, r"plan\.numbers must be a list of at least 1 objects"),
        ({"asterisk": {}}, r"plan\.asterisk\.host is missing"),
        (
            {"asterisk": {"host": "h", "port": "5060"}},
            r"plan\.asterisk\.port must be a whole number from 0, was '5060'",
        ),
        ({"callers": 3}, "plan has unknown fields: callers"),
        ({"talk_s": [3, 2, 1]}, r"plan\.talk_s must be \[low, typical, high\] in seconds, was \[3, 2, 1\]"),
        ({"withheld": 2}, r"plan\.withheld must be a number from 0 to 1, was 2"),
        ({"agents": [{"user": "a", "secret": 3}]}, r"plan\.agents\[0\]\.secret must be a text, was 3"),
        ({"scripts": [{"steps": [{"press": "1x"}]}]}, r"plan\.scripts\[0\]\.steps\[0\]\.press must be keys among"),
        ({"sentences": "Bonjour"}, r"plan\.sentences must be a list of texts"),
        ({"trunk": {"headers": {"X": 1}}}, r"plan\.trunk\.headers must be an object of texts"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadPlan, match=complaint):
        parse_plan({**SMALLEST, **change})


def test_what_is_no_json_is_said(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(SMALLEST)[:-1], "utf-8")
    with pytest.raises(BadPlan, match="not JSON"):
        read_plan(file)
