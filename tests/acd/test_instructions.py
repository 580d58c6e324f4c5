"""What supervisors order: what follows, what is refused, and that no wall opens."""

from __future__ import annotations

import msgspec
import pytest

from acd.decide import mind
from acd.instructions import ORDERED
from core import events as e
from core import limits
from core.centre import Agent, Centre, Tenant
from core.needs import Distribution, Relax, Skill, Turn
from tests import centres
from tests.acd.test_state import asked, state_of
from tests.alone import A, Alone, B, names, need, only, seen

WHY = "afflux au RSA"


def two_tenants() -> Centre:
    """petit for two organisations: alice and bruno answer for Aure, chloé for Brème; each has a supervisor."""
    centre = centres.small()

    def supervisor(name: str, tenant: str) -> Agent:
        return Agent(
            name=name, display=name, phone=f"{name}-1", skills={}, queues=(), role="supervisor", tenants=(tenant,)
        )

    agents = {
        **centre.agents,
        "chloé": msgspec.structs.replace(centre.agents["chloé"], tenants=("breme",)),
        "denise": supervisor("denise", "aure"),
        "emile": supervisor("emile", "breme"),
    }
    tenants = {name: Tenant(name=name, title=name) for name in ("aure", "breme")}
    return msgspec.structs.replace(centre, digest="deux", agents=agents, tenants=tenants)


def impatient() -> Centre:
    """One organisation, where nobody is passed over for longer than a minute."""
    denise = two_tenants().agents["denise"]
    rules = Distribution(turn=Turn(longest_wait_ms=60_000))
    centre = centres.small()
    return msgspec.structs.replace(centre, agents={**centre.agents, "denise": denise}, distribution=rules)


def queued(interaction: str = A, queue: str = "rsa", at_ms: int = 0, **changes: object) -> e.InteractionQueued:
    return e.InteractionQueued(
        cause="t",
        interaction=interaction,
        need=need(queue, **{"tenant": "aure", **changes}),
        arrived_at_ms=centres.START_MS + at_ms,
    )


def floor(*here: str, centre: Centre | None = None) -> Alone:
    """A and B wait for RSA; `here` are at work, but busy with their notes."""
    alone = Alone(mind, centre or two_tenants())
    alone.tell(seen())
    for agent in here:
        alone.tell(state_of(agent, "available"), state_of(agent, "on_interaction"), state_of(agent, "wrap_up"))
    alone.tell(queued(A), queued(B, at_ms=1_000), after_ms=2_000)
    return alone


def given(what: e.Instruction, by: str = "denise", *, anyway: bool = False, reason: str = WHY) -> e.InstructionGiven:
    return e.InstructionGiven(cause="t", request="1", by=by, what=what, reason=reason, anyway=anyway)


def refusal(alone: Alone, what: e.Instruction, by: str = "denise", *, anyway: bool = False, reason: str = WHY) -> str:
    """Why it is refused; that nothing else is said."""
    said = alone.tell(given(what, by, anyway=anyway, reason=reason))
    assert names(said) == ["RequestAnswered"]
    answered = only(said, e.RequestAnswered)
    assert not answered.done
    return answered.reason


# -- move -------------------------------------------------------------------------------------------------------------


def test_who_is_moved_waits_elsewhere_with_the_place_of_their_arrival() -> None:
    alone = floor("alice")
    other = centres.interaction(3)
    alone.tell(queued(other, "generaliste", at_ms=1_500))
    said = alone.tell(given(e.Move(interaction=A, queue="generaliste")))
    moved = only(said, e.ContactMoved)
    assert (moved.left, moved.need.queue, moved.by, moved.reason) == ("rsa", "generaliste", "denise", WHY)
    assert only(said, e.RequestAnswered).done
    contacts = alone.state.contacts
    assert contacts[A].arrived_at_ms == centres.START_MS
    assert alone.state.waiting.position(A, contacts[A], alone.now_ms) == 1
    assert (alone.state.waiting.length("rsa"), alone.state.waiting.length("generaliste")) == (1, 2)


def test_whoever_is_free_there_takes_them_at_once() -> None:
    centre = two_tenants()
    chloe = msgspec.structs.replace(centre.agents["chloé"], tenants=("aure",))
    centre = msgspec.structs.replace(centre, agents={**centre.agents, "chloé": chloe})
    alone = floor(centre=centre)
    alone.tell(state_of("chloé", "available"))
    said = alone.tell(given(e.Move(interaction=A, queue="generaliste")))
    assert only(said, e.AgentChosen).agent == "chloé"


def test_a_telephone_that_rings_for_them_stops_and_its_agent_has_the_next() -> None:
    alone = floor()
    alone.tell(state_of("alice", "available"))
    assert alone.state.contacts[A].agent == "alice"
    said = alone.tell(given(e.Move(interaction=A, queue="generaliste"), anyway=True))
    assert only(said, e.OfferWithdrawn).agent == "alice"
    # She is free again, and the first in turn is still who came first.
    assert {fact.interaction for fact in said if isinstance(fact, e.AgentChosen)} == {A}
    assert alone.state.contacts[A].offers == 2


def test_nobody_who_is_with_an_agent_is_moved() -> None:
    alone = floor()
    alone.tell(state_of("alice", "available"))
    leg = alone.state.contacts[A].leg
    alone.tell(e.LegAnswered(cause="t", interaction=A, leg=leg, channel="c"))
    assert refusal(alone, e.Move(interaction=A, queue="generaliste")) == "contact_answered"


def test_a_move_that_helps_nobody_asks_for_a_second_thought() -> None:
    alone = floor()
    move = e.Move(interaction=A, queue="generaliste")
    assert refusal(alone, move) == "nobody_there"
    assert only(alone.tell(given(move, anyway=True)), e.ContactMoved).interaction == A


def test_a_move_to_where_nobody_could_ever_take_them_is_never_done() -> None:
    alone = floor("alice")
    alone.tell(queued(B, "generaliste", tenant="breme"))
    assert refusal(alone, e.Move(interaction=B, queue="rsa"), "emile", anyway=True) == "nobody_ever"


def test_a_full_or_a_shut_queue_asks_for_a_second_thought() -> None:
    alone = floor("alice")
    for number in range(5):
        alone.tell(queued(centres.interaction(10 + number), "generaliste"))
    move = e.Move(interaction=A, queue="generaliste")
    assert refusal(alone, move) == "queue_full"
    alone.tell(given(e.Shut(queue="generaliste", until_at_ms=alone.now_ms + 60_000)))
    assert refusal(alone, move) == "queue_shut"
    assert only(alone.tell(given(move, anyway=True)), e.ContactMoved).need.queue == "generaliste"


@pytest.mark.parametrize(("queue", "reason"), [("rsa", "queue_same"), ("ailleurs", "queue_unknown")])
def test_a_move_to_nowhere_is_refused(queue: str, reason: str) -> None:
    assert refusal(floor("alice"), e.Move(interaction=A, queue=queue), anyway=True) == reason


# -- rank -------------------------------------------------------------------------------------------------------------


def test_who_is_raised_goes_before_who_came_first() -> None:
    alone = floor("alice")
    ranked = only(alone.tell(given(e.Rank(interaction=B, priority=2))), e.ContactRanked)
    assert (ranked.priority_before, ranked.need.priority) == (5, 2)
    assert alone.state.waiting.position(B, alone.state.contacts[B], alone.now_ms) == 1
    alone.tell(given(e.Rank(interaction=B, priority=8)))
    assert alone.state.waiting.position(B, alone.state.contacts[B], alone.now_ms) == 2


@pytest.mark.parametrize("priority", [0, 10, -1, 5])
def test_a_priority_that_is_none_is_refused(priority: int) -> None:
    assert refusal(floor(), e.Rank(interaction=A, priority=priority)) == "rank_unfit"


@pytest.mark.parametrize("first", [{"emergency": True}, {"priority": 0}])
def test_who_is_first_by_right_stays_so(first: dict[str, object]) -> None:
    alone = floor()
    alone.tell(queued(A, **first))
    assert refusal(alone, e.Rank(interaction=A, priority=9)) == "first_already"


# -- give -------------------------------------------------------------------------------------------------------------


def test_who_is_given_to_somebody_free_rings_there_at_once_whoever_came_first() -> None:
    alone = Alone(mind, two_tenants())
    alone.tell(seen(), queued(A, "generaliste", skills=(Skill(name="accueil", level=5),)), queued(B, "rsa"))
    alone.tell(state_of("bruno", "paused"), state_of("alice", "paused"))
    alone.tell(state_of("bruno", "available"))
    assert alone.state.contacts[B].agent == "bruno"
    alone.tell(state_of("alice", "available"))
    assert refusal(alone, e.Give(interaction=A, agent="alice")) == "unskilled"
    said = alone.tell(given(e.Give(interaction=A, agent="alice"), anyway=True))
    chosen = only(said, e.AgentChosen)
    assert (chosen.agent, chosen.why.rule, chosen.why.turn) == ("alice", "given", "given")


def test_who_is_given_to_somebody_busy_waits_for_them_and_after_a_while_for_anybody() -> None:
    alone = floor("alice", "bruno")
    alone.tell(given(e.Give(interaction=B, agent="alice")))
    said = alone.tell(state_of("alice", "available"))
    assert only(said, e.AgentChosen).interaction == B

    alone = floor("alice", "bruno")
    alone.tell(given(e.Give(interaction=A, agent="alice")))
    assert only(alone.tell(state_of("bruno", "available")), e.AgentChosen).interaction == B
    alone.tell(state_of("bruno", "on_interaction"), state_of("bruno", "wrap_up"))
    alone.tell(e.InteractionEnded(cause="t", interaction=B, outcome="answered", reason=""))
    alone.tell(state_of("bruno", "available"))
    assert alone.state.contacts[A].offer is None
    until_at_ms = alone.state.contacts[A].preferred_until_at_ms
    assert until_at_ms == alone.now_ms + limits.GIVEN_MS
    for _ in range(60):
        alone.next()
        if alone.state.contacts[A].offer is not None:
            break
    assert alone.state.contacts[A].agent == "bruno"
    assert alone.now_ms == until_at_ms


@pytest.mark.parametrize(("waited_ms", "waits_ms"), [(2_000, 58_000), (59_000, 1_000)])
def test_nobody_waits_beyond_the_longest_wait_for_whom_they_are_given_to(waited_ms: int, waits_ms: int) -> None:
    alone = floor("alice", "bruno", centre=impatient())
    alone.now_ms += waited_ms - 2_000
    alone.tell(given(e.Give(interaction=A, agent="alice")))
    assert alone.state.contacts[A].preferred_until_at_ms == alone.now_ms + waits_ms


def test_who_has_waited_the_longest_wait_is_given_to_who_is_free_or_to_nobody() -> None:
    alone = floor("alice", centre=impatient())
    alone.now_ms += 58_000
    assert refusal(alone, e.Give(interaction=A, agent="alice"), anyway=True) == "waits_too_long"
    alone.tell(state_of("chloé", "available"))
    said = alone.tell(given(e.Give(interaction=A, agent="chloé"), "@root", anyway=True))
    assert only(said, e.AgentChosen).why.turn == "given"


def test_whose_telephone_rings_for_them_loses_them_to_the_one_named() -> None:
    alone = floor("bruno")
    alone.tell(state_of("alice", "available"))
    assert refusal(alone, e.Give(interaction=A, agent="alice")) == "rings_there"
    said = alone.tell(given(e.Give(interaction=A, agent="bruno")))
    assert only(said, e.OfferWithdrawn).agent == "alice"
    assert only(said, e.AgentChosen).interaction == B  # alice has the next, A waits for bruno
    assert only(alone.tell(state_of("bruno", "available")), e.AgentChosen).interaction == A


@pytest.mark.parametrize(
    ("agent", "reason"), [("chloé", "agent_unknown"), ("personne", "agent_unknown"), ("bruno", "agent_away")]
)
def test_nobody_is_given_to_who_is_not_there_or_not_theirs(agent: str, reason: str) -> None:
    assert refusal(floor("alice"), e.Give(interaction=A, agent=agent), anyway=True) == reason


def test_no_order_opens_a_wall_not_even_the_administrators() -> None:
    alone = floor("chloé")
    assert refusal(alone, e.Give(interaction=A, agent="chloé"), "@root", anyway=True) == "agent_walls"


def test_who_helps_out_is_given_somebody_once_the_relaxation_opens_to_their_organisation() -> None:
    centre = two_tenants()
    queue = msgspec.structs.replace(centre.queues["generaliste"], relax=(Relax(after_ms=60_000, tenants=True),))
    shares = {**centre.tenants, "aure": Tenant(name="aure", title="aure", shares_with=("breme",))}
    centre = msgspec.structs.replace(centre, queues={**centre.queues, "generaliste": queue}, tenants=shares)
    alone = Alone(mind, centre)
    alone.tell(seen(), state_of("chloé", "available"), state_of("chloé", "on_interaction"))
    alone.tell(queued(A, "generaliste"), after_ms=2_000)
    assert refusal(alone, e.Give(interaction=A, agent="chloé"), "@root", anyway=True) == "agent_walls"
    alone.now_ms += 60_000
    assert only(alone.tell(given(e.Give(interaction=A, agent="chloé"), "@root")), e.ContactGiven).agent == "chloé"


def test_an_emergency_is_given_to_who_is_free_or_to_nobody() -> None:
    alone = floor("alice")
    alone.tell(queued(A, emergency=True))
    assert refusal(alone, e.Give(interaction=A, agent="alice"), anyway=True) == "agent_busy"


# -- agents -----------------------------------------------------------------------------------------------------------


def test_an_agent_is_paused_now_or_after_the_conversation() -> None:
    alone = floor("alice")
    said = alone.tell(given(e.Force(agent="alice", wish="pause")))
    assert only(said, e.AgentForced).by == "denise"
    assert only(said, e.RequestAnswered).reason == "later"
    assert only(alone.tell(asked("finish")), e.AgentStateChanged).state == "paused"

    alone = floor()
    alone.tell(state_of("alice", "available"), state_of("alice", "missed"))
    said = alone.tell(given(e.Force(agent="alice", wish="pause")))
    changed = only(said, e.AgentStateChanged)
    assert (changed.state, changed.reason) == ("paused", ORDERED)
    assert only(said, e.RequestAnswered).done

    alone.tell(state_of("bruno", "available"))
    said = alone.tell(given(e.Force(agent="bruno", wish="log_out")))
    assert only(said, e.RequestAnswered).reason == "later"
    assert alone.state.agents["bruno"].asked == "log_out"


def test_an_agent_who_is_not_there_is_made_available_on_second_thought_only() -> None:
    alone = floor()
    force = e.Force(agent="alice", wish="ready")
    assert refusal(alone, force) == "not_here"
    assert only(alone.tell(given(force, anyway=True)), e.AgentStateChanged).state == "available"


def test_what_an_agent_could_not_wish_themselves_is_not_forced_either() -> None:
    centre = two_tenants()
    coded = msgspec.structs.replace(centre.queues["rsa"], code_required=True)
    alone = floor(centre=msgspec.structs.replace(centre, queues={**centre.queues, "rsa": coded}))
    alone.tell(state_of("alice", "available"))
    leg = alone.state.contacts[A].leg
    alone.tell(e.LegAnswered(cause="t", interaction=A, leg=leg, channel="c"))
    alone.tell(e.ConversationEnded(cause="t", interaction=A, agent="alice", by="caller"))
    assert alone.state.agents["alice"].state == "wrap_up"
    assert refusal(alone, e.Force(agent="alice", wish="ready"), anyway=True) == "code_missing"


@pytest.mark.parametrize(("agent", "reason"), [("alice", "state_same"), ("chloé", "agent_unknown")])
def test_a_state_that_is_or_that_is_not_theirs_to_change_is_refused(agent: str, reason: str) -> None:
    assert refusal(floor(), e.Force(agent=agent, wish="log_out")) == reason


# -- queues -----------------------------------------------------------------------------------------------------------


def shut(alone: Alone, queue: str = "rsa", by: str = "denise", **changes: object) -> list[object]:
    what = e.Shut(**{"queue": queue, "until_at_ms": alone.now_ms + 60_000, **changes})  # type: ignore[arg-type]
    return list(alone.tell(given(what, by)))


def stated(interaction: str, tenant: str = "aure", **changes: object) -> e.NeedStated:
    return e.NeedStated(cause="t", interaction=interaction, need=need("rsa", tenant=tenant, **changes))


def test_a_shut_queue_takes_nobody_new_of_these_organisations_until_its_time() -> None:
    alone = floor("alice")
    shut(alone)
    assert alone.state.waiting.length("rsa") == 2  # who waits there is served there
    said = alone.tell(stated(centres.interaction(3)))
    assert only(said, e.InteractionQueued).need.queue == "generaliste"
    assert only(alone.tell(stated(centres.interaction(4), "breme")), e.InteractionQueued).need.queue == "rsa"
    urgent = alone.tell(stated(centres.interaction(5), emergency=True))
    assert only(urgent, e.InteractionQueued).need.queue == "rsa"
    while "rsa/aure" in alone.state.shut:
        said = alone.next()
    reopened = only(said, e.QueueReopened)
    assert (reopened.queue, reopened.tenant, reopened.by) == ("rsa", "aure", "")
    assert only(alone.tell(stated(centres.interaction(6))), e.InteractionQueued).need.queue == "rsa"


def test_who_waits_in_a_queue_that_closes_goes_on_as_far_as_there_is_room_and_nobody_is_lost() -> None:
    alone = floor("alice")
    for number in range(4):
        alone.tell(queued(centres.interaction(10 + number), "generaliste"))
    alone.tell(given(e.Shut(queue="rsa", until_at_ms=alone.now_ms + 60_000, waiting="overflow")))
    assert alone.state.contacts[A].need.queue == "generaliste"
    assert alone.state.contacts[B].need.queue == "rsa"


def test_whoever_is_first_in_turn_goes_on_first_from_a_queue_that_closes() -> None:
    """Simulated day 9000294: who had been put behind the others went on first, and had the one who was free there."""
    alone = floor("alice")
    for number in range(4):
        alone.tell(queued(centres.interaction(10 + number), "generaliste"))
    alone.tell(given(e.Rank(interaction=A, priority=7)))
    alone.tell(given(e.Shut(queue="rsa", until_at_ms=alone.now_ms + 60_000, waiting="overflow")))
    assert [alone.state.contacts[one].need.queue for one in (A, B)] == ["rsa", "generaliste"]


def test_where_nothing_overflows_a_shut_queue_is_a_full_one() -> None:
    alone = floor("alice")
    shut(alone, "generaliste")
    said = alone.tell(e.NeedStated(cause="t", interaction=centres.interaction(3), need=need(tenant="aure")))
    assert only(said, e.QueueFull).queue == "generaliste"


def test_it_is_opened_again_by_its_people_only() -> None:
    alone = floor()
    shut(alone)
    assert refusal(alone, e.Reopen(queue="rsa"), "emile") == "not_shut"
    assert refusal(alone, e.Reopen(queue="rsa", tenants=("aure",)), "emile") == "queue_unknown"
    assert only(alone.tell(given(e.Reopen(queue="rsa"))), e.QueueReopened).tenant == "aure"
    assert refusal(alone, e.Reopen(queue="rsa")) == "not_shut"


@pytest.mark.parametrize("for_ms", [0, -1, limits.NOTICE_LONGEST_MS + 1])
def test_a_queue_is_shut_for_a_while_that_is_none(for_ms: int) -> None:
    alone = floor()
    assert refusal(alone, e.Shut(queue="rsa", until_at_ms=alone.now_ms + for_ms)) == "until_unfit"


def test_who_has_the_machine_shuts_it_for_everybody_and_a_reload_forgets_a_queue_that_is_gone() -> None:
    alone = floor()
    shut(alone, by="@root")
    assert list(alone.state.shut) == ["rsa/aure", "rsa/breme"]
    alone.tell(e.ConfigurationApplied(cause="t", digest="réformé"))
    assert list(alone.state.shut) == []


# -- who may ----------------------------------------------------------------------------------------------------------

ABOUT_A = (
    e.Move(interaction=A, queue="generaliste"),
    e.Rank(interaction=A, priority=1),
    e.Give(interaction=A, agent="alice"),
)


@pytest.mark.parametrize("what", ABOUT_A, ids=lambda what: type(what).__name__)
@pytest.mark.parametrize("by", ["emile", "alice", "personne"])
def test_another_organisations_supervisor_an_agent_and_nobody_hear_of_nobody(what: e.Instruction, by: str) -> None:
    alone = floor("alice", "chloé")
    assert refusal(alone, what, by, anyway=True) == "contact_unknown"
    unknown = msgspec.structs.replace(what, interaction=centres.interaction(99))
    assert refusal(alone, unknown, "denise", anyway=True) == "contact_unknown"


@pytest.mark.parametrize(
    "what", [e.Force(agent="alice", wish="log_out"), e.Shut(queue="rsa", until_at_ms=centres.START_MS + 9_000)]
)
@pytest.mark.parametrize("by", ["alice", "personne"])
def test_an_agent_orders_nothing(what: e.Instruction, by: str) -> None:
    assert refusal(floor("alice"), what, by, anyway=True) in ("agent_unknown", "queue_unknown")


@pytest.mark.parametrize("reason", ["", "  ", "ok", "x" * 201, "deux\nlignes"])
def test_an_order_without_a_reason_is_refused(reason: str) -> None:
    assert refusal(floor("alice"), e.Rank(interaction=A, priority=1), reason=reason) == "reason_missing"
