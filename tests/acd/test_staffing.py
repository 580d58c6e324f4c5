"""Erlang C and Erlang A: published values, laws, and loads that no double holds."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.staffing import FROM_BELOW, Goal, Load, Service, erlang_b, erlang_c, needed, posts, service

# Published or exactly computed values; each row names its source.
VECTORS = list(csv.DictReader((Path(__file__).parent / "erlang_vectors.csv").open(encoding="utf-8")))
COLUMNS = {
    "p_wait": "p_wait",
    "asa_s": "asa_s",
    "asa_answered_s": "asa_served_s",
    "sl_offered": "sl_offered",
    "sl_answered": "sl_served",
    "sl_less_short": "sl_excl_short_ab",
    "p_abandon": "p_abandon",
    "occupancy": "occupancy",
    "queue": "queue_len",
}

loads = st.builds(
    Load,
    calls_per_hour=st.floats(1, 20_000),
    aht_s=st.floats(10, 1_800),
    patience_s=st.one_of(st.none(), st.floats(1, 10_000)),
)


def load_of(row: dict[str, str]) -> Load:
    patience_s = float(row["patience_s"])
    return Load(
        calls_per_hour=float(row["calls_per_hour"]),
        aht_s=float(row["aht_s"]),
        patience_s=None if math.isinf(patience_s) else patience_s,
    )


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["id"])
def test_published_values(row: dict[str, str]) -> None:
    """The columns are rounded to six places (times and queues to four)."""
    found = service(load_of(row), int(row["agents"]), float(row["T_s"]))
    for name, column in COLUMNS.items():
        places = 1e-4 if name in ("asa_s", "asa_answered_s", "queue") else 1e-6
        assert getattr(found, name) == pytest.approx(float(row[column]), abs=0.51 * places), name


def test_the_fewest_agents_are_those_that_were_published() -> None:
    found = needed(Load(calls_per_hour=250, aht_s=330), "sl_offered", 0.8, 30)
    assert found is not None
    assert found.agents == 28  # row C06; 27 fail, row C07
    waits = needed(Load(calls_per_hour=30, aht_s=300), "p_wait", 0.1, 20)
    assert waits is not None
    assert waits.agents == 6  # row C12


@settings(deadline=None)
@given(load=loads, goal=st.sampled_from(("sl_offered", "p_abandon", "asa_s", "p_wait")), share=st.floats(0.05, 0.95))
def test_one_agent_fewer_would_miss_the_goal(load: Load, goal: Goal, share: float) -> None:
    value = share if goal != "asa_s" else 60 * share
    found = needed(load, goal, value, 20)
    assert found is not None
    assert _reaches(found, goal, value)
    assert found.agents == 1 or not _reaches(service(load, found.agents - 1, 20), goal, value)


def _reaches(found: Service, goal: Goal, value: float) -> bool:
    reached: float = getattr(found, goal)
    return reached >= value if goal in FROM_BELOW else reached <= value


@settings(deadline=None)
@given(load=loads, agents=st.integers(1, 600), target_s=st.floats(0, 300), short_s=st.floats(0, 60))
def test_shares_are_shares_and_calls_are_conserved(load: Load, agents: int, target_s: float, short_s: float) -> None:
    found = service(load, agents, target_s, short_s)
    for name in ("p_wait", "sl_offered", "sl_answered", "sl_less_short", "p_abandon", "occupancy"):
        assert -1e-9 <= getattr(found, name) <= 1 + 1e-9, name
    assert found.sl_offered <= found.sl_answered + 1e-9
    assert found.sl_offered <= found.sl_less_short + 1e-9
    if not math.isinf(found.asa_s):  # Little's law, and agents are busy with what was answered
        assert found.queue == pytest.approx(found.asa_s * load.calls_per_hour / 3600, rel=1e-9)
        assert found.occupancy * agents == pytest.approx(load.erlangs * (1 - found.p_abandon), rel=1e-6)


@settings(deadline=None)
@given(load=loads, agents=st.integers(1, 500))
def test_one_agent_more_never_harms(load: Load, agents: int) -> None:
    before, after = service(load, agents, 20), service(load, agents + 1, 20)
    assert after.p_wait <= before.p_wait + 1e-9
    assert after.sl_offered >= before.sl_offered - 1e-9
    assert after.p_abandon <= before.p_abandon + 1e-9


def test_patience_without_end_is_erlang_c() -> None:
    load = Load(calls_per_hour=200, aht_s=180, patience_s=1e9)
    assert service(load, 12, 20).p_wait == pytest.approx(erlang_c(10, 12), rel=1e-5)


def test_a_doubled_national_service_overflows_no_number() -> None:
    """60,000 calls an hour become 120,000: the products of the states would reach 10^600."""
    found = service(Load(calls_per_hour=120_000, aht_s=240, patience_s=180), 4_200, 20)
    assert found.p_abandon == pytest.approx(0.475, abs=1e-9)  # 1 - nμ/λ
    assert found.occupancy == pytest.approx(1)


def test_lines_abound() -> None:
    assert erlang_b(0.5, 400) == 0.0
    found = service(Load(calls_per_hour=10, aht_s=30, patience_s=100), 400, 20)
    assert (found.p_wait, found.sl_offered, found.p_abandon) == (0, 1, 0)


def test_too_few_agents_for_the_patient() -> None:
    found = service(Load(calls_per_hour=300, aht_s=300), 20, 20)
    assert (found.p_wait, found.asa_s, found.sl_offered, found.occupancy) == (1, math.inf, 0, 1)


def test_a_goal_that_no_number_reaches() -> None:
    assert needed(Load(calls_per_hour=100, aht_s=100), "sl_offered", 1.1, 20) is None


def test_posts_are_rounded_up() -> None:
    assert [posts(agents, 0.33) for agents in (0, 1, 27, 67)] == [0, 2, 41, 100]
    for nonsense in (-0.1, 1.0):
        with pytest.raises(ValueError, match="shrinkage"):
            posts(1, nonsense)


@pytest.mark.parametrize(
    ("load", "agents", "what"),
    [
        (Load(calls_per_hour=0, aht_s=300), 1, "load"),
        (Load(calls_per_hour=1, aht_s=-1), 1, "load"),
        (Load(calls_per_hour=1, aht_s=1, patience_s=-1), 1, "load"),
        (Load(calls_per_hour=1, aht_s=1), 0, "agents"),
    ],
)
def test_nonsense_is_refused(load: Load, agents: int, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        service(load, agents, 20)
