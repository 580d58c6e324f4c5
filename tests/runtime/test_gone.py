"""Somebody who hung up while they waited: who could have taken them, and what would have come next."""

from __future__ import annotations

import msgspec
import pytest

from core import events as e
from core.centre import Centre
from core.needs import Distribution, Relax, Turn
from core.step import Step
from runtime.telling.explained import history
from runtime.telling.gone import explain_gone, gone
from tests import centres
from tests.alone import A, need

AT_MS = centres.START_MS


def centre() -> Centre:
    """Less is asked after 10 s and after 60 s; nobody waits longer than two minutes."""
    relax = (Relax(after_ms=10_000, lower=4), Relax(after_ms=60_000, drop=("rsa",), queues=("generaliste",)))
    small = centres.with_queues(centres.small(), "su", relax=relax)
    return msgspec.structs.replace(small, distribution=Distribution(turn=Turn(longest_wait_ms=120_000)))


def steps(*facts: e.Event, end_s: int = 25, outcome: e.Outcome = "abandoned") -> list[Step]:
    queued = e.InteractionQueued(cause="t", interaction=A, need=need("rsa", tenant="aure"), arrived_at_ms=AT_MS)
    over = e.InteractionEnded(cause="t", interaction=A, outcome=outcome, reason="hung_up")
    return [
        Step(seq=1, now_ms=AT_MS, input=queued),
        *(Step(seq=2 + at, now_ms=AT_MS + 1_000, input=fact) for at, fact in enumerate(facts)),
        Step(seq=9, now_ms=AT_MS + 1_000 * end_s, input=over),
    ]


def test_who_could_have_taken_them_what_was_asked_no_longer_and_what_would_have_come() -> None:
    left = gone(steps(), A, centre())
    assert left is not None
    assert list(explain_gone(left, "Europe/Paris")) == [
        "a raccroché après 25 s d'attente, file rsa",
        "2 agents de la configuration pour la prendre : alice, bruno ; aucun n'a répondu avant",
        "assoupli depuis 08:30:10 : niveaux baissés de 4",
        "35 s plus tard : sans rsa, aussi les agents de generaliste ; alors 3 agents",
        "1 min 35 s plus tard : serait passée avant tous, sauf les urgences",
    ]
    told = history(steps(), A, centre())
    assert told is not None
    assert told.told["gone"]["lines"][0] == "a raccroché après 25 s d'attente, file rsa"


def test_at_the_end_of_a_long_wait_nothing_more_would_have_come() -> None:
    left = gone(steps(end_s=300), A, centre())
    assert left is not None
    assert (left.coming, left.first_at_ms, len(left.eased)) == ((), None, 2)


@pytest.mark.parametrize(
    "facts",
    [
        [e.CallConnected(cause="t", interaction=A, agent="alice", leg="l")],
        [e.CallbackNoted(cause="t", interaction=A, queue="rsa", number=None)],
    ],
    ids=["talked", "is called back"],
)
def test_who_was_served_otherwise_did_not_hang_up_waiting(facts: list[e.Event]) -> None:
    assert gone(steps(*facts), A, centre()) is None


def test_an_outcome_of_another_kind_and_a_queue_that_is_no_more_tell_nothing() -> None:
    assert gone(steps(outcome="converted"), A, centre()) is None
    other = msgspec.structs.replace(centre(), queues={"generaliste": centre().queues["generaliste"]})
    assert gone(steps(), A, other) is None
    assert gone(steps()[:1], A, centre()) is None
