"""The search for the highest clean rate, on sides whose limit is known."""

from __future__ import annotations

import pytest

from bench.voice_hunt import climb, scout


@pytest.mark.parametrize("limit", range(0, 160, 7))
def test_scouting_comes_within_a_step_of_the_limit_and_never_above_it(limit: int) -> None:
    found = scout(lambda rate: rate <= limit, first=40, most=150, step=5)
    assert found <= limit
    assert found == 150 or limit - found < 10


@pytest.mark.parametrize("start", [5, 60, 85, 90, 95, 150])
@pytest.mark.parametrize("limit", [0, 4, 5, 88, 90, 149, 150, 400])
def test_climbing_finds_the_highest_step_wherever_it_begins(limit: int, start: int) -> None:
    found = climb(lambda rate: rate <= limit, start, most=150, step=5)
    assert found == min(150, limit // 5 * 5)


def test_no_rate_above_the_most_is_tried() -> None:
    tried: list[int] = []

    def clean(rate: int) -> bool:
        tried.append(rate)
        return True

    assert scout(clean, first=40, most=150, step=5) == climb(clean, 140, most=150, step=5) == 150
    assert max(tried) == 150
