"""The network's arithmetic: slopes against differences, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest

from speech.test_model.examples import Example
from speech.test_model.features import COEFFICIENTS
from speech.test_model.network import CONTEXT, LAYERS, NEIGHBOURS, NOISE, Network, Parameter, Size, train


def network(width: int = 6) -> Network:
    lot = np.random.default_rng(1)
    made = Network(
        ("SIL", "a", NOISE), width, np.zeros(COEFFICIENTS, np.float32), np.ones(COEFFICIENTS, np.float32), lot
    )
    for parameter in made.parameters:  # in double precision, differences are exact enough to compare with
        parameter.value = (parameter.value + lot.normal(0, 0.1, parameter.value.shape)).astype(np.float64)  # type: ignore[assignment]
    return made


def given() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.random.default_rng(2).standard_normal((3, 4 + 2 * (LAYERS - 1), COEFFICIENTS * (2 * NEIGHBOURS + 1)))


def test_an_output_depends_on_its_context_only() -> None:
    assert CONTEXT == 11
    assert network().forward(given()).shape == (3 * 4, 3)  # type: ignore[arg-type]


def test_slopes_are_what_small_differences_say() -> None:
    made, seen = network(), given()
    weights = np.random.default_rng(3).standard_normal((12, 3))

    def loss() -> float:
        return float((made.forward(seen) * weights).sum())  # type: ignore[arg-type]

    loss()
    made.backward(weights, 3)  # type: ignore[arg-type]
    for parameter in made.parameters:
        flat, slopes = parameter.value.reshape(-1), parameter.gradient.reshape(-1).copy()
        for place in range(0, flat.size, max(flat.size // 5, 1)):
            kept = flat[place]
            flat[place] = kept + 1e-6
            above = loss()
            flat[place] = kept - 1e-6
            below = loss()
            flat[place] = kept
            assert slopes[place] == pytest.approx((above - below) / 2e-6, rel=1e-2, abs=1e-3)


def test_a_step_goes_down_the_slope() -> None:
    parameter = Parameter(np.array([1.0, -1.0], np.float32))
    parameter.gradient = np.array([0.5, -2.0], np.float32)
    parameter.step(0.1, 1)
    assert parameter.value == pytest.approx([0.9, -0.9], abs=1e-3)


def test_it_learns_to_tell_two_sounds_apart() -> None:
    lot = np.random.default_rng(5)
    told: list[str] = []
    heard = []
    for _ in range(60):
        phones = ["SIL"] * 40 + ["a"] * 60 + ["i"] * 60 + ["SIL"] * 40
        middle = {"SIL": 0.0, "a": 1.0, "i": -1.0}
        features = np.array([[middle[phone]] * COEFFICIENTS for phone in phones]) + lot.normal(
            0, 1, (200, COEFFICIENTS)
        )
        heard.append(Example(features.astype(np.float32), tuple(phones), ()))
    trained = train(heard, Size(width=16, epochs=8), 1, told.append)
    assert trained.network.phones == ("SIL", "a", "i", NOISE)
    assert trained.accuracy > 0.85, "a tenth of the speech is called noise on purpose"
    assert len(told) == 8
    assert trained.priors.sum() == pytest.approx(1, abs=1e-5)
