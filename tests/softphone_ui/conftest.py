"""`house`, `directory_house`: the pages, a kernel behind them, nobody logged in yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.softphone_ui.house import House, with_directory


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.start()
    yield house
    await house.stop()


@pytest.fixture
async def directory_house(tmp_path: Path) -> AsyncIterator[House]:
    """A house whose agents may hand conversations on."""
    house = House(tmp_path, with_directory())
    await house.start()
    yield house
    await house.stop()
