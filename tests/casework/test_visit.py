"""What is known of whoever is behind an interaction, and for how long."""

from __future__ import annotations

from casework.decide import mind
from casework.visit import Visit
from core import events as e
from core import limits
from core.events.citizens import Found
from core.personal import Personal
from tests import centres
from tests.alone import A, Alone, B, arrived


def begun(interaction: str = A) -> e.DialogueStarted:
    return e.DialogueStarted(
        cause="ivr", interaction=interaction, service="solidarites", script="accueil", digest="petit"
    )


def told(how: Found, record: str | None = None) -> e.CitizenFound:
    name = Personal(A, "record", record) if record is not None else None
    return e.CitizenFound(cause="crm_bridge", interaction=A, how=how, record=name)


def visit(alone: Alone) -> Visit:
    row: Visit = alone.state.visits[A]
    return row


def sought() -> Alone:
    alone = Alone(mind)
    alone.tell(arrived(), begun())
    return alone


def test_a_visit_keeps_whose_service_it_is_and_waits_for_the_records_a_moment() -> None:
    row = visit(sought())
    assert (row.service, row.found, row.sought) == ("solidarites", None, True)
    assert row.deadline_ms == centres.START_MS + limits.LOOK_UP_MS


def test_an_answer_ends_the_wait_and_stands() -> None:
    alone = sought()
    alone.tell(told("one", "fiche-1"), told("none"))
    row = visit(alone)
    assert (row.found, row.deadline_ms) == ("one", None)
    assert row.record == Personal(A, "record", "fiche-1")


def test_an_answer_that_comes_later_is_better_than_none() -> None:
    alone = sought()
    alone.next()
    assert visit(alone).found == "late"
    alone.tell(told("one", "fiche-1"))
    assert visit(alone).found == "one"


def test_arriving_twice_changes_nothing_and_a_stranger_is_nobody() -> None:
    alone = sought()
    row = visit(alone)
    alone.tell(arrived(withheld=True), e.CitizenFound(cause="crm", interaction=B, how="none", record=None))
    assert visit(alone) is row
    assert B not in alone.state.visits


def test_a_visit_ends_with_its_interaction() -> None:
    alone = sought()
    alone.tell(e.InteractionEnded(cause="calls", interaction=A, outcome="answered", reason="hung_up"), told("none"))
    assert len(alone.state.visits) == 0
    assert alone.deadlines.first() is None


def named(alone: Alone) -> Visit:
    """The agent has asked, and it is somebody else."""
    record = Personal(A, "record", "fiche-2")
    alone.tell(
        e.CallConnected(cause="calls", interaction=A, agent="alice", leg=f"{A}-a1"),
        e.CitizenNamed(cause="pages", interaction=A, agent="alice", record=record, request="r"),
    )
    return visit(alone)


def test_who_was_asked_is_who_it_is_whatever_the_number_said() -> None:
    alone = sought()
    alone.tell(told("one", "fiche-1"))
    row = named(alone)
    assert (row.found, row.record) == ("one", Personal(A, "record", "fiche-2"))


def test_a_shared_number_stays_one_after_somebody_has_said_their_name() -> None:
    alone = sought()
    alone.tell(told("shared"))
    row = named(alone)
    assert (row.known_as, row.record) == ("", Personal(A, "record", "fiche-2"))
