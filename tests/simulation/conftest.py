"""`--seeds N`: so many days instead of a hundred; `--first-seed N`: from this one on."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=100, help="days to simulate")
    parser.addoption("--first-seed", type=int, default=0, help="the first of them")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--first-seed", default=0)
        metafunc.parametrize("seed", range(first, first + metafunc.config.getoption("--seeds", default=100)))
