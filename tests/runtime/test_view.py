"""The live picture: who waits, who talks, the figures, all from steps alone."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from core import events as e
from core import ids
from core.events.base import Event
from core.step import Step
from runtime.demo.board import Busiest, board
from runtime.settings import load
from runtime.telling.view import View, percentile

BEGIN_MS = 1_800_000_000_000
CENTRE = load(Path(__file__).resolve().parent.parent.parent / "config").centre
NEED = e.Need(queue="rsa", skills=(), priority=5, topic="rsa", language="fr")
WHY = e.Why(available=1, eligible=1, rule="longest_idle", waited_ms=0)


def _fold(view: View, seq: int, at_ms: int, *facts: Event) -> None:
    view.fold(Step(seq=seq, now_ms=BEGIN_MS + at_ms, input=facts[0], facts=facts[1:]))


def _arrive(view: View, interaction: str, at_ms: int) -> None:
    arrived = e.CallArrived(
        cause="t",
        interaction=interaction,
        leg=ids.caller_leg(interaction),
        node="n",
        channel="c",
        dialled="+33199001000",
        caller=None,
        caller_name=None,
        answered=False,
    )
    started = e.DialogueStarted(cause="t", interaction=interaction, service="solidarites", script="accueil", digest="d")
    _fold(view, 1, at_ms, arrived, started)


def test_a_call_goes_through_the_picture_and_into_the_figures() -> None:
    view = View(CENTRE)
    _arrive(view, "one", 0)
    assert view.lines["one"].state == "guided"
    _fold(view, 2, 1_000, e.InteractionQueued(cause="t", interaction="one", need=NEED, arrived_at_ms=BEGIN_MS + 1_000))
    assert [line.interaction for line in view.waiting()] == ["one"]
    offer = e.AgentChosen(
        cause="t", interaction="one", offer="o", agent="claire.aubry", phone="1001", leg="l", expires_at_ms=0, why=WHY
    )
    _fold(view, 3, 1_500, offer)
    assert view.agents["claire.aubry"].state == "offered"
    _fold(view, 4, 4_000, e.CallConnected(cause="t", interaction="one", agent="claire.aubry", leg="l"))
    assert [line.agent for line in view.talking()] == ["claire.aubry"]
    assert view.waiting() == []
    _fold(view, 5, 9_000, e.InteractionEnded(cause="t", interaction="one", outcome="answered", reason="hung_up"))
    assert view.lines == {}
    assert (view.arrived, view.offered, view.connected, view.abandoned, view.lost) == (1, 1, 1, 0, 0)
    assert view.answer_ms == [3_000]


def test_a_missed_offer_leads_back_to_waiting_and_counts_once() -> None:
    view = View(CENTRE)
    _arrive(view, "one", 0)
    queued = e.InteractionQueued(cause="t", interaction="one", need=NEED, arrived_at_ms=BEGIN_MS)
    _fold(view, 2, 0, queued)
    _fold(view, 3, 20_000, e.OfferMissed(cause="t", interaction="one", offer="o", agent="claire.aubry", misses=1))
    assert view.lines["one"].state == "queued"
    _fold(view, 4, 21_000, queued)
    assert view.offered == 1


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7], 0.99, 7),
        ([1, 2, 3, 4], 0.5, 2),
        ([1, 2, 3, 4, 5], 0.5, 3),
        (list(range(1, 101)), 0.99, 99),
    ],
)
def test_percentiles_are_nearest_ranks(values: list[int], share: float, expected: int | None) -> None:
    assert percentile(values, share) == expected


def test_the_board_says_states_in_french_words_not_in_colours_alone(tmp_path: Path) -> None:
    view = View(CENTRE)
    _arrive(view, "one", 0)
    changed = e.AgentStateChanged(
        cause="t", agent="claire.aubry", state="paused", reason="dejeuner", interaction=None, until_at_ms=None, misses=0
    )
    _fold(view, 2, 0, changed)
    console = Console(file=io.StringIO(), width=140, no_color=True)
    console.print(board(view, BEGIN_MS + 5_000))
    drawn = console.file.getvalue()  # type: ignore[attr-defined]
    assert "accueil" in drawn
    assert "en pause (dejeuner)" in drawn
    assert "5 s" in drawn


def test_the_picture_of_the_busiest_moment_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    view = View(CENTRE)
    _arrive(view, "one", 0)
    busiest = Busiest(tmp_path / "demo.svg")
    busiest.look(board(view, BEGIN_MS), 1)
    first = (tmp_path / "demo.svg").read_text()
    busiest.look("nothing", 0)
    assert (tmp_path / "demo.svg").read_text() == first
    assert "url(" not in first.replace("url(#", "")
    assert [word for word in first.split('"') if word.startswith("http")] == ["http://www.w3.org/2000/svg"]
