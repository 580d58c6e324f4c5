"""What is asked of agents, as it is written and as it is read."""

from __future__ import annotations

import shutil
from pathlib import Path

from core.needs import All, AnyOf, Distribution, Has, LastAgent, Not, Overflow, Referent, Relax, Turn
from core.script import HandOver
from runtime.settings import compile_content, load
from tests.config.test_settings import GOOD, change


def good(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOOD, tmp_path / "config"))


def test_a_requirement_is_an_expression_and_its_short_form_stays(tmp_path: Path) -> None:
    directory = good(tmp_path)
    change(
        directory / "centre.yaml",
        "skills: {rsa: 2}",
        "needs: {all: [{rsa: 2}, {any: [accueil, {rsa: 3}]}, {not: {accueil: 4}}]}\n    skills: {rsa: 1}",
    )
    queue = load(directory).centre.queues["rsa"]
    either = AnyOf(of=(Has(skill="accueil"), Has(skill="rsa", level=3)))
    assert queue.needs == All(of=(Has(skill="rsa", level=2), either, Not(of=Has(skill="accueil", level=4))))
    assert [(skill.name, skill.level) for skill in queue.skills] == [("rsa", 1)]


def test_relaxation_and_rules_are_read_and_survive_the_journal(tmp_path: Path) -> None:
    directory = good(tmp_path)
    change(
        directory / "centre.yaml",
        "    overflow: generaliste\n",
        "    overflow: generaliste\n"
        "    relax:\n      - {after: 30s, lower: 1}\n      - {after: 1min, drop: [rsa], queues: [generaliste]}\n"
        "    turn: {order: wait_over_target, longest_wait: 5min}\n",
    )
    change(
        directory / "centre.yaml",
        "skills:\n  rsa: RSA\n",
        "distribution: {order: edf, priority_worth: 30s, agents: least_versatile, fairness: 45s, keep_free: 1}\n"
        "skills:\n  rsa: RSA\n",
    )
    loaded = load(directory)
    queue = loaded.centre.queues["rsa"]
    assert queue.relax == (
        Relax(after_ms=30_000, lower=1),
        Relax(after_ms=60_000, drop=("rsa",), queues=("generaliste",)),
    )
    assert queue.turn == Turn(order="wait_over_target", longest_wait_ms=300_000)
    assert loaded.centre.distribution == Distribution(
        turn=Turn(order="edf", priority_worth_ms=30_000), agents="least_versatile", fairness_ms=45_000, keep_free=1
    )
    assert compile_content(loaded.content) == loaded.centre


def test_a_hand_over_says_what_it_needs_whether_it_is_an_emergency_and_where_the_caller_lives(tmp_path: Path) -> None:
    directory = good(tmp_path)
    change(directory / "centre.yaml", "skills:\n  rsa: RSA\n", "sectors: {nord: Nord}\nskills:\n  rsa: RSA\n")
    change(directory / "centre.yaml", "    wrap_up: 1min\n", "    wrap_up: 1min\n    sectors: [nord]\n")
    change(
        directory / "scripts" / "accueil.yaml",
        "    skills: {rsa: 3}\n",
        "    needs: {rsa: 3}\n    emergency: true\n    sector: nord\n",
    )
    steps = load(directory).centre.scripts["accueil"].steps.values()
    asked = next(step for step in steps if isinstance(step, HandOver) and step.queue == "rsa")
    assert (asked.needs, asked.emergency, asked.sector) == (Has(skill="rsa", level=3), True, "nord")


def test_somebody_who_may_answer_only_after_waiting_counts(tmp_path: Path) -> None:
    """A queue whose own people are none may still be served by others, later."""
    directory = good(tmp_path)
    change(
        directory / "centre.yaml",
        "    skills: {rsa: 2}\n",
        "    skills: {rsa: 5}\n    relax: [{after: 30s, lower: 2}]\n",
    )
    assert load(directory).centre.queues["rsa"].skills[0].level == 5


def test_overflow_is_read_short_and_long_and_survives_the_journal(tmp_path: Path) -> None:
    directory = good(tmp_path)
    assert load(directory).centre.queues["rsa"].overflow == (Overflow(when="full", to="generaliste"),)
    change(
        directory / "centre.yaml",
        "    overflow: generaliste\n",
        "    announce: []\n    last_agent: {within: 48h}\n    referent: {wait: 90s}\n    overflow:\n"
        "      - {when: empty, to: generaliste}\n"
        "      - {when: waited, limit: 10min, callback: true}\n"
        "      - {when: estimated, limit: 20min, script: message}\n",
    )
    (directory / "scripts/message.yaml").write_text(
        "start: fin\nsteps:\n  fin: {do: hang_up, texts: [horaires]}\n", encoding="utf-8"
    )
    loaded = load(directory)
    queue = loaded.centre.queues["rsa"]
    assert queue.overflow == (
        Overflow(when="empty", to="generaliste"),
        Overflow(when="waited", limit_ms=600_000, callback=True),
        Overflow(when="estimated", limit_ms=1_200_000, script="message"),
    )
    assert (queue.beyond, queue.announce) == ("generaliste", ())
    assert queue.referent == Referent(wait_ms=90_000)
    assert queue.last_agent == LastAgent(within_ms=48 * 3_600_000, wait_ms=60_000)
    assert compile_content(loaded.content) == loaded.centre
