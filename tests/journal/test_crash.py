"""kill -9 of the writing process in the middle of commits: what was said to be kept is there, nothing is in half."""

from __future__ import annotations

import random

import pytest

from tests.journal.children import Child
from tests.journal.steps import Place, number_of, steps


@pytest.mark.parametrize("seed", range(3))
async def test_a_killed_writer_leaves_a_whole_prefix_with_all_that_was_kept(place: Place, seed: int) -> None:
    draw = random.Random(seed)
    for _crash in range(3):
        with Child("write", place.folder) as child:
            told = 0
            for _line in range(draw.randint(2, 60)):
                told = int(await child.line())
        # Leaving the block killed the child, in whatever it was doing.
        with place.opened() as log:
            assert log.salvage is None
            assert log.last_seq >= told
            loaded = place.loaded()
            assert loaded == steps(1, log.last_seq), "every number is there: keys are saved before steps"
            assert loaded[-1].input.caller.text == number_of(log.last_seq)  # type: ignore[attr-defined]
