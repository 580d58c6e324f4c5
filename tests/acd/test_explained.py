"""Why somebody still waits, as a supervisor is told."""

from __future__ import annotations

import msgspec
import pytest

from acd.decide import mind
from core import events as e
from core.centre import Centre
from core.needs import Relax
from tests import centres
from tests.acd.test_instructions import given, queued, two_tenants
from tests.acd.test_state import state_of
from tests.alone import A, Alone, B, names, only, seen


def easing() -> Centre:
    """Two organisations; after a minute RSA asks for no skill, after two for the people of the other queue as well."""
    centre = two_tenants()
    relax = (Relax(after_ms=60_000, drop=("rsa",)), Relax(after_ms=120_000, queues=("generaliste",)))
    rsa = msgspec.structs.replace(centre.queues["rsa"], relax=relax)
    chloe = msgspec.structs.replace(centre.agents["chloé"], queues=("generaliste",), tenants=("aure",))
    return msgspec.structs.replace(
        centre, queues={**centre.queues, "rsa": rsa}, agents={**centre.agents, "chloé": chloe}
    )


def asked(by: str = "denise", interaction: str = A) -> e.WaitAsked:
    return e.WaitAsked(cause="t", request="1", by=by, interaction=interaction)


def waiting() -> Alone:
    """Alice and bruno talk, chloé is free but for the other queue; B came first."""
    alone = Alone(mind, easing())
    alone.tell(seen())
    for agent in ("alice", "bruno"):
        alone.tell(state_of(agent, "available"), state_of(agent, "on_interaction", centres.interaction(9)))
    alone.tell(state_of("chloé", "available"))
    alone.tell(queued(B), queued(A, at_ms=1_000), after_ms=21_000)
    return alone


def test_who_could_what_they_do_who_is_before_and_what_comes() -> None:
    alone = waiting()
    wait = only(alone.tell(asked()), e.WaitExplained).wait
    assert (wait.queue, wait.place, wait.before, wait.waited_ms, wait.turn) == ("rsa", 2, 1, 20_000, "fcfs")
    assert wait.doing == (e.Doing(state="on_interaction", agents=2),)
    assert (wait.eased, wait.held) == ((), False)
    assert [(one.step.drop, one.step.queues, one.at_ms, one.agents) for one in wait.coming] == [
        (("rsa",), (), centres.START_MS + 61_000, 2),
        ((), ("generaliste",), centres.START_MS + 121_000, 3),
    ]


def test_what_is_no_longer_asked_is_told_with_its_time() -> None:
    alone = waiting()
    alone.now_ms += 50_000
    wait = only(alone.tell(asked()), e.WaitExplained).wait
    assert [(one.step.drop, one.since_at_ms) for one in wait.eased] == [(("rsa",), centres.START_MS + 61_000)]
    assert len(wait.coming) == 1


def test_for_whom_somebody_is_kept_and_where_they_ring() -> None:
    alone = waiting()
    alone.tell(given(e.Give(interaction=A, agent="alice")))
    wait = only(alone.tell(asked()), e.WaitExplained).wait
    assert (wait.kept_for, wait.ordered, wait.rings_at) == ("alice", True, "")
    alone.tell(state_of("alice", "available"))
    assert only(alone.tell(asked()), e.WaitExplained).wait.rings_at == "alice"


def test_a_shut_queue_says_so() -> None:
    alone = waiting()
    alone.tell(given(e.Shut(queue="rsa", until_at_ms=alone.now_ms + 60_000)))
    assert only(alone.tell(asked()), e.WaitExplained).wait.shut


@pytest.mark.parametrize("by", ["emile", "alice", "personne"])
def test_nobody_hears_why_somebody_of_another_organisation_waits(by: str) -> None:
    said = waiting().tell(asked(by))
    assert names(said) == ["RequestAnswered"]
    assert only(said, e.RequestAnswered).reason == "contact_unknown"
    assert only(waiting().tell(asked("@root", centres.interaction(77))), e.RequestAnswered).reason == "contact_unknown"
