"""What Prometheus is told: the field's figures, with few labels and nobody's name or number."""

from __future__ import annotations

from typing import get_args

from prometheus_client.parser import text_string_to_metric_families

from bench.kernel import BEGIN_MS, arrival, staffed_kernel, take, whole_call
from core import events as e
from core import ids
from core.events.speech import SecondOpinion, Understanding
from core.personal import Personal
from core.step import Step
from runtime.kernel import Kernel
from runtime.telling.figures import Figures, machinery

NUMBERS = ("0199", "33199", "0639", "+33")


def _at_work() -> tuple[Kernel, Figures]:
    kernel = staffed_kernel()
    probes = machinery(kernel, inbox=lambda: 3, journal_lag=lambda: 2, link_up=lambda: True)
    return kernel, Figures(kernel, lambda: BEGIN_MS + 90_000, probes)


def _told(figures: Figures) -> dict[tuple[str, str], float]:
    """Every sample: its name, and its labels' values by the labels' names."""
    families = text_string_to_metric_families(figures.exposed().decode())
    return {
        (sample.name, "/".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith(("_created", "_bucket"))
    }


def _sum(figures: Figures, wanted: str) -> float:
    return sum(value for (name, _), value in _told(figures).items() if name == wanted)


def _hear(figures: Figures, steps: list[Step]) -> None:
    for step in steps:
        figures.hear(step)


def test_a_day_of_two_calls_is_counted_in_the_fields_terms() -> None:
    kernel, figures = _at_work()
    _hear(figures, whole_call(kernel, 1, BEGIN_MS))
    _hear(figures, take(kernel, arrival(kernel, 2), BEGIN_MS + 1_000))
    told = _told(figures)
    assert told["allo_interactions_arrived_total", ""] == 2
    assert told["allo_interactions_ended_total", "answered"] == 1
    assert told["allo_interactions_ended_total", "lost"] == 0
    assert _sum(figures, "allo_interactions") == 1
    assert _sum(figures, "allo_interactions_offered_total") == 1
    assert _sum(figures, "allo_answer_wait_seconds_count") == 1
    assert _sum(figures, "allo_agents") == len(kernel.configurations.now.agents)
    assert told["allo_agents", "available"] > 0
    assert told["allo_inbox_facts", ""] == 3
    assert told["allo_journal_lag_steps", ""] == 2
    assert told["allo_ami_up", ""] == 1


def test_who_waits_is_shown_with_the_longest_wait_of_the_moment_somebody_looks() -> None:
    kernel, figures = _at_work()
    take(kernel, arrival(kernel, 1), BEGIN_MS)
    (interaction,) = (key for key, _ in kernel.mind("ledger").interactions.items())
    need = e.Need(queue="rsa", skills=(), priority=5, topic="rsa", language="fr")
    waits = e.InteractionQueued(cause="t", interaction=interaction, need=need, arrived_at_ms=BEGIN_MS)
    kernel.fold(Step(seq=kernel.seq + 1, now_ms=BEGIN_MS + 30_000, input=waits, facts=(), orders=()))
    told = _told(figures)
    assert told["allo_waiting", "rsa"] == 1
    assert told["allo_longest_wait_seconds", "rsa"] == 60
    assert _sum(figures, "allo_waiting") == 1


def test_each_wait_is_offered_once_and_has_one_end_or_goes_on_and_who_waits_at_a_start_counts_too() -> None:
    kernel, figures = _at_work()
    _hear(figures, whole_call(kernel, 1, BEGIN_MS))
    take(kernel, arrival(kernel, 2), BEGIN_MS)
    (interaction,) = (key for key, _ in kernel.mind("ledger").interactions.items())
    need = e.Need(queue="rsa", skills=(), priority=5, topic="rsa", language="fr")
    waits = e.InteractionQueued(cause="t", interaction=interaction, need=need, arrived_at_ms=BEGIN_MS)
    kernel.fold(Step(seq=kernel.seq + 1, now_ms=BEGIN_MS, input=waits, facts=(), orders=()))
    for one, offered in ((figures, 1), (Figures(kernel, lambda: BEGIN_MS, {}), 1)):
        assert _sum(one, "allo_interactions_offered_total") == offered
    again = Figures(kernel, lambda: BEGIN_MS, {})
    gone = e.WaitLeft(cause="t", interaction=interaction, queue="rsa", script="s")
    again.hear(Step(seq=kernel.seq + 1, now_ms=BEGIN_MS + 1, input=gone, facts=(), orders=()))
    assert _sum(again, "allo_waits_ended_total") == _sum(again, "allo_interactions_offered_total") == 1


def test_a_teams_occupancy_is_told_and_nobodys() -> None:
    kernel, figures = _at_work()
    told = _told(figures)
    agents = kernel.configurations.now.agents.values()
    for queue in kernel.configurations.now.queues:
        many = sum(queue in agent.queues for agent in agents) >= 3
        assert (("allo_occupancy", queue) in told) is many
        if many:
            assert told["allo_occupancy", queue] == 0
            assert told["allo_team_seconds_total", f"available/{queue}"] > 0


def test_a_restart_does_not_count_from_zero() -> None:
    kernel, _ = _at_work()
    take(kernel, arrival(kernel, 1), BEGIN_MS)
    again = Figures(kernel, lambda: BEGIN_MS, {})
    assert _told(again)["allo_interactions_arrived_total", ""] == 1


def test_no_label_and_no_value_is_about_a_person() -> None:
    kernel, figures = _at_work()
    for number in range(5):
        _hear(figures, take(kernel, arrival(kernel, number), BEGIN_MS))
    page = figures.exposed().decode()
    assert not any(number in page for number in NUMBERS)
    for agent in kernel.configurations.now.agents.values():
        assert agent.name not in page
        assert agent.display not in page


def test_a_line_that_is_lost_and_what_looks_like_fraud_can_be_alarmed_upon() -> None:
    kernel, figures = _at_work()
    (line,) = kernel.configurations.now.lines
    assert _told(figures)["allo_trunk_up", line] == 1
    lost = e.TrunkChanged(cause="t", node="n", trunk=line, reachable=False, reason="proxies_silent")
    _hear(figures, [kernel.receive(lost, BEGIN_MS)])
    assert _told(figures)["allo_trunk_up", line] == 0
    assert _told(figures)["allo_fraud_suspected_total", "costly"] == 0
    alert = e.FraudSuspected(cause="t", agent="alice", why="costly", count=10, held=False)
    _hear(figures, [kernel.receive(alert, BEGIN_MS)])
    assert _told(figures)["allo_fraud_suspected_total", "costly"] == 1


def test_second_opinions_are_counted_by_what_became_of_them() -> None:
    kernel, figures = _at_work()
    assert _told(figures)["allo_second_opinions_total", "failed"] == 0
    interaction = ids.mint(BEGIN_MS, b"0123456789")
    opinions: tuple[SecondOpinion, ...] = ("failed", "failed", "taken", "")
    for second in opinions:
        heard = e.SpeechUnderstood(
            cause="t",
            interaction=interaction,
            listening="",
            words=Personal(interaction, "words", "x"),
            reading=Understanding(),
            second=second,
        )
        _hear(figures, [kernel.receive(heard, BEGIN_MS)])
    told = _told(figures)
    assert [told["allo_second_opinions_total", how] for how in get_args(SecondOpinion)[1:]] == [1, 0, 2]
