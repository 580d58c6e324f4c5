"""How facts change the state of distribution."""

from __future__ import annotations

import pytest

from acd.agent import PHONE_GONE, AgentRow
from acd.decide import mind
from acd.state import State
from core import events as e
from core import limits
from core.deadlines import Deadlines
from core.events.distribution import AgentState
from core.mind import Configurations
from core.table import Undo
from tests import centres
from tests.alone import A, Alone, chosen, queued, seen


def state_of(agent: str, state: AgentState, interaction: str | None = None) -> e.AgentStateChanged:
    return e.AgentStateChanged(
        cause="t", agent=agent, state=state, reason="", interaction=interaction, until_at_ms=None, misses=0
    )


def asked(wish: str, reason: str = "") -> e.AgentAsked:
    return e.AgentAsked(cause="t", agent="alice", wish=wish, reason=reason)  # type: ignore[arg-type]


def phone(*, reachable: bool) -> e.PhoneSeen:
    return e.PhoneSeen(cause="t", phone="1001", reachable=reachable)


@pytest.fixture
def offered() -> Alone:
    """A waits and rings at alice's."""
    alone = Alone(mind)
    alone.tell(seen())
    alone.tell(queued())
    alone.tell(state_of("alice", "available"))
    assert alone.state.contacts[A].agent == "alice"
    return alone


def test_somebody_never_seen_is_logged_out() -> None:
    assert Alone(mind).state.agent("alice", 5).state == "logged_out"


def test_an_offer_is_written_on_both_sides(offered: Alone) -> None:
    contact, agent = offered.state.contacts[A], offered.state.agents["alice"]
    assert (contact.offer, contact.agent) == (agent.offer, "alice")
    assert (agent.state, agent.interaction) == ("offered", A)


def test_a_wish_uttered_while_busy_is_kept(offered: Alone) -> None:
    offered.tell(asked("pause", "dejeuner"))
    row = offered.state.agents["alice"]
    assert (row.state, row.asked, row.asked_reason) == ("offered", "pause", "dejeuner")
    offered.tell(asked("ready"))
    assert offered.state.agents["alice"].asked is None


def test_a_telephone_that_goes_while_busy_logs_out_afterwards_unless_it_comes_back(offered: Alone) -> None:
    offered.tell(phone(reachable=False))
    row = offered.state.agents["alice"]
    assert (row.state, row.asked, row.asked_reason) == ("offered", "log_out", PHONE_GONE)
    offered.tell(phone(reachable=True))
    assert offered.state.agents["alice"].asked is None


def test_a_telephone_that_comes_back_does_not_take_a_wish_away(offered: Alone) -> None:
    offered.tell(asked("pause", "dejeuner"), phone(reachable=True))
    assert offered.state.agents["alice"].asked == "pause"


def test_telephones_that_went_unseen_are_found_gone(offered: Alone) -> None:
    offered.tell(seen(phones=("1002",)))
    assert offered.state.agents["alice"].asked == "log_out"


def test_an_offer_that_runs_out_while_the_node_is_out_of_sight_is_not_judged(offered: Alone) -> None:
    offered.tell(e.NodeLost(cause="t", node="nord", reason="coupée"))
    assert [type(said) for said in offered.next()] == []
    assert offered.state.contacts[A].expires_at_ms == offered.now_ms + limits.CALL_STEP_MS


def test_an_offer_that_ran_out_while_nobody_was_there_is_not_judged(offered: Alone) -> None:
    expiry = offered.state.contacts[A].expires_at_ms
    assert expiry is not None
    offered.now_ms = expiry + 5_000
    assert offered.next() == []
    assert offered.state.contacts[A].offer is not None


def test_an_offer_gets_its_time_anew_once_the_node_is_seen(offered: Alone) -> None:
    offered.tell(e.NodeLost(cause="t", node="nord", reason="coupée"))
    offered.tell(seen(phones=("1001",)), after_ms=60_000)
    assert offered.state.contacts[A].expires_at_ms == offered.now_ms + 20_000


def test_the_contact_forgets_an_offer_that_is_over_and_keeps_its_place_and_count(offered: Alone) -> None:
    before = offered.state.contacts[A]
    offered.tell(e.OfferFailed(cause="t", interaction=A, offer=before.offer, agent="alice", reason="r"))
    after = offered.state.contacts[A]
    assert (after.offer, after.agent, after.leg, after.expires_at_ms) == (None, "", "", None)
    assert (after.arrived_at_ms, after.offers) == (before.arrived_at_ms, 1)


def test_another_offers_end_changes_nothing(offered: Alone) -> None:
    before = offered.state.contacts[A]
    offered.tell(e.OfferFailed(cause="t", interaction=A, offer="alien", agent="alice", reason="r"))
    assert offered.state.contacts[A] == before


def test_a_telephone_that_rings_is_noted_for_its_own_offer_only(offered: Alone) -> None:
    offered.tell(e.LegRinging(cause="t", interaction=A, leg="alien", channel="c"))
    assert not offered.state.contacts[A].rang
    offered.tell(e.LegRinging(cause="t", interaction=A, leg=offered.state.contacts[A].leg, channel="c"))
    assert offered.state.contacts[A].rang


def test_idle_time_goes_on_over_an_offer_that_was_withdrawn() -> None:
    alone = Alone(mind)
    alone.tell(seen(), state_of("alice", "available"))
    since = alone.state.agents["alice"].idle_since_ms
    alone.tell(queued(), after_ms=5_000)
    ended = e.InteractionEnded(cause="t", interaction=A, outcome="abandoned", reason="hung_up")
    alone.tell(ended, after_ms=1_000)
    assert alone.state.agents["alice"].state == "available"
    assert alone.state.agents["alice"].idle_since_ms == since


def test_a_queue_that_a_reload_took_away_is_served_by_what_it_overflowed_to() -> None:
    alone = Alone(mind)
    assert alone.state.queue("rsa").name == "rsa"
    alone.tell(e.ConfigurationApplied(cause="t", digest="réformé"))
    assert alone.state.queue("rsa").name == "generaliste"
    assert alone.state.queue("jamais_vue").name == "generaliste"


def test_the_choice_of_an_agent_takes_them_from_the_line() -> None:
    alone = Alone(mind)
    alone.tell(seen(), queued())
    assert alone.state.waiting.length("generaliste") == 1
    alone.state.agents.put("alice", alone.state.agent("alice", 0).__class__(**_available()))
    alone.tell(chosen())
    assert alone.state.waiting.length("generaliste") == 0


def _available() -> dict[str, object]:
    return {"state": "available", "since_ms": centres.START_MS, "idle_since_ms": centres.START_MS}


def test_who_is_busy_with_somebody_is_known_without_a_walk_and_a_step_back_too() -> None:
    undo = Undo()
    state = State(undo, Deadlines(), Configurations(centres.small()))
    for name in ("bruno", "alice"):
        state.agents.put(name, AgentRow(state="on_interaction", since_ms=0, idle_since_ms=0, interaction="i1"))
    undo.forget()
    state.agents.put("alice", AgentRow(state="wrap_up", since_ms=0, idle_since_ms=0, interaction="i2"))
    assert (state.busy.busy_with("i1"), state.busy.busy_with("i2")) == (["bruno"], ["alice"])
    undo.roll_back()
    assert (state.busy.busy_with("i1"), state.busy.busy_with("i2")) == (["alice", "bruno"], [])
