"""The estimated wait keeps what is promised of it: better than the usual average, and four of five waits within."""

from __future__ import annotations

import pytest

from bench.acd_waits import beside_holdtime


@pytest.mark.parametrize("seed", range(3))
def test_better_than_the_usual_average_and_four_of_five_lie_within(seed: int) -> None:
    found = beside_holdtime(seed)
    assert found["waits"] > 5_000
    assert found["ratio"] <= 0.70
    assert 0.77 <= found["coverage"] <= 0.83
