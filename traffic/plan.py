"""What `python -m traffic` is asked to do: a JSON file read into frozen data, or refused by name.

Durations are seconds; a *spread* is ``[low, typical, high]``.  Everything but ``asterisk`` and
``numbers`` may be left out::

    {
      "asterisk": {"host": "127.0.0.9", "port": 5060},
      "bind": "127.0.0.1", "seed": 7, "voice": "fr",
      "numbers": [{"number": "0199000101", "weight": 3}, {"number": "0199000102"}],
      "trunk": {"user": "operateur", "secret": "…", "port": 5070, "headers": {"X-Trunk": "yes"}},
      "calls": 20, "per_minute": 30,
      "talk_s": [5, 12, 30], "patience_s": [20, 60, 120], "withheld": 0.05,
      "sentences": ["Bonjour, j'appelle pour mon dossier."],
      "scripts": [{"weight": 2, "steps": [{"after_prompt_s": 20, "press": "1"},
                                          {"at_s": 15, "say": "Je voudrais un rendez-vous."}]}],
      "agents": [{"user": "agent1", "secret": "…", "rings_s": [1, 2, 4], "talks_s": [5, 10, 20],
                  "wraps_up_s": [1, 2, 4], "rejects": 0.02, "misses": 0.02, "hangs_up": 0.5,
                  "wrap_up_number": "*12"}]
    }

``calls`` null or absent means: until told to stop.  ``port`` is where calls by the trunk come to: whoever is dialled
there answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from traffic.errors import BadPlan
from traffic.fields import Fields
from traffic.people import AfterPrompt, AgentAtPhone, AtSecond, Spread
from traffic.sip import Headers
from traffic.transactions import Peer


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a script whose words are still text."""

    when: AtSecond | AfterPrompt
    press: str
    say: str


@dataclass(frozen=True, slots=True)
class Weighted:
    """A number to dial, or a script to follow, as often as its weight says."""

    weight: float
    number: str = ""
    steps: tuple[PlannedStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that the crowd will do; see the module for the file."""

    server: Peer
    bind: str
    seed: int
    voice: str
    numbers: tuple[Weighted, ...]
    trunk_user: str
    trunk_secret: str | None
    trunk_port: int
    trunk_headers: Headers
    calls: int | None
    per_minute: float
    talk_s: Spread
    patience_s: Spread
    withheld: float
    sentences: tuple[str, ...]
    scripts: tuple[Weighted, ...]
    agents: tuple[AgentAtPhone, ...]


def read_plan(path: Path) -> Plan:
    """Read a plan.  Raises `BadPlan` naming the field at fault, OSError if there is no file."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BadPlan(f"the plan is not JSON: {error}") from None
    return parse_plan(data)


def parse_plan(data: object) -> Plan:
    """Read a plan from plain data.  Raises `BadPlan` naming the field at fault."""
    with Fields(data, "plan") as plan:
        with plan.inside("asterisk") as asterisk:
            server = (asterisk.text("host"), asterisk.whole("port", 5060))
        with plan.inside("trunk") as trunk:
            user, secret = trunk.text("user", "operateur"), trunk.text("secret", "") or None
            port, headers = trunk.whole("port", 0), trunk.headers("headers")
        calls = plan.whole("calls", 0) or None
        return Plan(
            server=server,
            bind=plan.text("bind", "127.0.0.1"),
            seed=plan.whole("seed", 0),
            voice=plan.text("voice", "fr"),
            numbers=tuple(_number(item) for item in plan.each("numbers", at_least=1)),
            trunk_user=user,
            trunk_secret=secret,
            trunk_port=port,
            trunk_headers=headers,
            calls=calls,
            per_minute=plan.number("per_minute", 30.0, low=0.01, high=60_000),
            talk_s=plan.spread("talk_s", Spread(5, 12, 30)),
            patience_s=plan.spread("patience_s", Spread(20, 60, 120)),
            withheld=plan.number("withheld", 0.0, high=1),
            sentences=plan.texts("sentences"),
            scripts=tuple(_script(item) for item in plan.each("scripts")),
            agents=tuple(_agent(item) for item in plan.each("agents")),
        )


def _number(item: Fields) -> Weighted:
    with item:
        return Weighted(item.number("weight", 1.0), number=item.text("number"))


def _script(item: Fields) -> Weighted:
    with item:
        steps = tuple(_step(step) for step in item.each("steps"))
        return Weighted(item.number("weight", 1.0), steps=steps)


def _step(item: Fields) -> PlannedStep:
    with item:
        when: AtSecond | AfterPrompt = AfterPrompt(item.number("after_prompt_s", 30.0))
        if item.has("at_s"):
            when = AtSecond(item.number("at_s", 0.0))
        return PlannedStep(when, press=item.keys("press"), say=item.text("say", ""))


def _agent(item: Fields) -> AgentAtPhone:
    with item:
        return AgentAtPhone(
            user=item.text("user"),
            secret=item.text("secret"),
            rings=item.spread("rings_s", Spread(1, 2, 4)),
            talks=item.spread("talks_s", Spread(5, 10, 20)),
            wraps_up=item.spread("wraps_up_s", Spread(1, 2, 4)),
            rejects=item.number("rejects", 0.0, high=1),
            misses=item.number("misses", 0.0, high=1),
            hangs_up=item.number("hangs_up", 0.5, high=1),
            wrap_up_number=item.text("wrap_up_number", "") or None,
        )
