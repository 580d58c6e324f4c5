"""A conversation handed on: to the directory, its deputies, a queue; and given back to the place it had."""

from __future__ import annotations

import msgspec
import pytest

from calls.caps import placed_today
from calls.decide import mind
from core import commands as c
from core import events as e
from core import ids, limits
from core.centre import Centre, Hours
from core.needs import Referent, Relax
from core.personal import Personal
from tests import centres
from tests.alone import A_LEG, A, Alone, answered, arrived, chosen, leg_seen, names, only, queued, seen
from tests.calls.test_call import held

AGENT = ids.agent_leg(A, 1)
FIRST, SECOND = ids.dialled_leg(A, 1), ids.dialled_leg(A, 2)


def asked(to: str = "mdph", *, agent: str = "alice", queue: bool = False) -> e.TransferAsked:
    return e.TransferAsked(
        cause="pages", request="r1", agent=agent, interaction=A, to=to, into="queue" if queue else "entry"
    )


def to_number(typed: str) -> e.TransferAsked:
    number = Personal(A, "number", typed)
    return e.TransferAsked(
        cause="pages", request="r1", agent="alice", interaction=A, to="", into="number", number=number
    )


def to_colleague(name: str) -> e.TransferAsked:
    return e.TransferAsked(cause="pages", request="r1", agent="alice", interaction=A, to=name, into="agent")


def ended(leg: str, reason: str = "hung_up") -> e.LegEnded:
    return e.LegEnded(cause="t", interaction=A, leg=leg, reason=reason, code=0)  # type: ignore[arg-type]


def bridged(leg: str) -> e.LegsBridged:
    return e.LegsBridged(cause="t", interaction=A, leg=leg)


def talking(centre: Centre | None = None) -> Alone:
    alone = Alone(mind, centre)
    alone.tell(seen(), arrived(), answered(), queued(), held(), chosen(), answered(A, AGENT), bridged(AGENT))
    return alone


def ringing() -> Alone:
    alone = talking()
    alone.tell(asked(), ended(AGENT), held())
    return alone


MORNING = Hours(name="matin", title="", rules="Mo-Fr 08:00-12:00")
EVENING = Hours(name="soir", title="", rules="Mo-Fr 18:00-20:00")


def with_hours(**hours: str) -> Alone:
    """alice talks with A; entries of the directory have hours by name."""
    centre = centres.small()
    directory = {
        name: msgspec.structs.replace(entry, hours=hours.get(name, "")) for name, entry in centre.directory.items()
    }
    calendars = {"matin": MORNING, "soir": EVENING}
    return talking(msgspec.structs.replace(centre, directory=directory, hours=calendars))


def given_back(alone: Alone, *facts: e.Event) -> e.NeedStated:
    return only(alone.tell(*facts), e.NeedStated)


def test_the_citizen_hears_music_and_the_agent_is_free_at_once() -> None:
    said = talking().tell(asked())
    assert only(said, e.RequestAnswered).done
    assert only(said, e.TransferStarted).leg == FIRST
    assert only(said, e.ConversationEnded).by == "transfer"
    assert only(said, c.HoldCaller).leg == A_LEG
    assert not [one for one in said if isinstance(one, c.DialNumber)]


def test_the_entry_is_rung_once_the_citizen_hears_music() -> None:
    alone = talking()
    alone.tell(asked())
    dial = only(alone.tell(held()), c.DialNumber)
    assert (dial.leg, dial.number.text, dial.line, dial.stays) == (FIRST, "+33199002000", "operateur", False)
    assert names(alone.tell(held())) == []


def test_whoever_answers_talks_with_the_citizen_until_one_hangs_up() -> None:
    alone = ringing()
    assert only(alone.tell(bridged(FIRST)), e.TransferJoined).entry == "mdph"
    assert only(alone.tell(ended(FIRST)), c.HangUpLeg).leg == A_LEG
    over = only(alone.tell(ended(A_LEG)), e.InteractionEnded)
    assert over.outcome == "answered"


def test_the_citizen_who_hangs_up_takes_the_other_telephone_along() -> None:
    alone = ringing()
    said = alone.tell(ended(A_LEG))
    assert only(said, e.InteractionEnded).outcome == "answered"
    assert only(said, c.HangUpLeg).leg == FIRST


@pytest.mark.parametrize("reason", ["no_answer", "busy", "declined", "unreachable", "congestion", "lost"])
def test_the_deputy_is_rung_and_after_them_the_citizen_has_their_place_again_before_all(reason: str) -> None:
    alone = ringing()
    said = alone.tell(ended(FIRST, reason))
    assert only(said, e.TransferFailed).entry == "mdph"
    assert only(said, e.TransferStarted).entry == "standard"
    dial = only(said, c.DialNumber)
    assert (dial.leg, dial.number.text) == (SECOND, "4501")
    need = given_back(alone, ended(SECOND, reason))
    assert (need.need.queue, need.need.priority) == ("generaliste", 0)
    assert (need.since_at_ms, need.asked) == (centres.START_MS, 1)


def test_a_deputy_of_each_other_is_rung_once() -> None:
    centre = centres.small()
    standard = msgspec.structs.replace(centre.directory["standard"], deputy="mdph")
    alone = Alone(mind, msgspec.structs.replace(centre, directory={**centre.directory, "standard": standard}))
    alone.tell(seen(), arrived(), answered(), queued(), held(), chosen(), answered(A, AGENT), bridged(AGENT))
    alone.tell(asked(), ended(AGENT), held(), ended(FIRST, "busy"))
    assert given_back(alone, ended(SECOND, "busy")).since_at_ms == centres.START_MS


def test_into_a_queue_the_citizen_stands_first() -> None:
    alone = talking()
    said = alone.tell(asked("generaliste", queue=True))
    need = only(said, e.NeedStated)
    assert (need.need.queue, need.need.priority, need.need.skills) == ("generaliste", 0, ())
    assert "HoldCaller" not in names(said), "held once, as they are queued"
    assert only(alone.tell(queued()), c.HoldCaller).leg == A_LEG


def named(referent: str, how: e.Found = "one", commune: str = "") -> e.CitizenFound:
    lives = Personal(A, "record", commune) if commune else None
    return e.CitizenFound(cause="t", interaction=A, how=how, record=None, referent=referent, commune=lives)


def following(*, sectors: bool = True, discreet: bool = False) -> Alone:
    """alice talks; whoever is followed waits in the general queue for that agent, in their sector."""
    small = centres.small()
    general = msgspec.structs.replace(
        small.queues["generaliste"],
        referent=Referent(wait_ms=20_000),
        relax=(Relax(after_ms=15_000, sectors=True),) if sectors else (),
    )
    service = msgspec.structs.replace(small.services["solidarites"], discreet=discreet)
    return talking(
        msgspec.structs.replace(
            small,
            queues={**small.queues, "generaliste": general},
            services={**small.services, "solidarites": service},
            sectors={"nord": "Nord"},
            communes={"mantes": "nord"},
        )
    )


def follower_asked(alone: Alone, *facts: e.Event) -> tuple[str, int]:
    need = only(alone.tell(*facts, asked("generaliste", queue=True)), e.NeedStated).need
    return need.preferred, need.preferred_ms


def test_who_was_named_in_the_conversation_is_waited_for_by_who_follows_them_after_it() -> None:
    assert "generaliste" in centres.small().agents["bruno"].queues
    assert follower_asked(following(), named("bruno")) == ("bruno", 20_000)
    assert follower_asked(following(), named("", "several"), named("bruno")) == ("bruno", 20_000)


@pytest.mark.parametrize(
    ("told", "discreet"),
    [
        (named("alice"), False),
        (named("bruno", "several"), False),
        (named("personne"), False),
        (named("bruno"), True),
    ],
    ids=["hands them on", "not sure", "not here", "discreet"],
)
def test_nobody_is_waited_for_who_hands_them_on_or_is_not_known(told: e.CitizenFound, discreet: bool) -> None:
    assert follower_asked(following(discreet=discreet), told) == ("", 0)


@pytest.mark.parametrize(
    ("by_commune", "sectors", "asks"), [(True, True, "nord"), (False, True, ""), (True, False, "")]
)
def test_their_sector_is_asked_where_the_queue_gives_way_on_it(by_commune: bool, sectors: bool, asks: str) -> None:
    alone = following(sectors=sectors)
    waited = alone.state.calls[A].need
    assert waited is not None
    alone.state.change(A, need=msgspec.structs.replace(waited, by_commune=by_commune))
    alone.tell(named("bruno", commune="Mantes"))
    assert only(alone.tell(asked("generaliste", queue=True)), e.NeedStated).need.sector == asks


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (asked("inconnu"), "unknown_entry"),
        (asked("inconnue", queue=True), "unknown_entry"),
        (asked(agent="bruno"), "not_talking"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(fact: e.TransferAsked, why: str) -> None:
    said = talking().tell(fact)
    assert names(said) == ["RequestAnswered"]
    assert only(said, e.RequestAnswered).reason == why


def test_a_typed_number_is_rung_once_the_citizen_hears_music() -> None:
    alone = talking()
    started = only(alone.tell(to_number("01 99 00 30 00")), e.TransferStarted)
    assert (started.leg, started.entry, started.kind) == (FIRST, "", "fixed")
    said = alone.tell(ended(AGENT), held())
    assert only(said, c.DialNumber).number.text == "+33199003000"
    assert only(alone.tell(bridged(FIRST)), e.TransferJoined).leg == FIRST


def test_a_typed_number_that_nobody_answers_gives_the_citizen_back() -> None:
    alone = talking()
    alone.tell(to_number("01 99 00 30 00"), ended(AGENT), held())
    assert given_back(alone, ended(FIRST, "busy")).since_at_ms == centres.START_MS


def test_a_typed_number_counts_as_a_call_of_the_agent() -> None:
    centre = centres.small()
    outgoing = msgspec.structs.replace(centre.outgoing, per_agent=1)
    alone = talking(msgspec.structs.replace(centre, outgoing=outgoing))
    alone.tell(to_number("01 99 00 30 00"))
    assert placed_today(alone.state.diallers, "alice", alone.now_ms) == 1


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (to_number("112"), "emergency"),
        (to_number("0899 00 00 00"), "destination"),
        (to_number("bonjour"), "destination"),
        (to_colleague("personne"), "unknown_entry"),
        (to_colleague("alice"), "unknown_entry"),
    ],
)
def test_numbers_and_colleagues_who_may_not_be_are_told(fact: e.TransferAsked, why: str) -> None:
    said = talking().tell(fact)
    assert only(said, e.RequestAnswered).reason == why
    assert names(said) == ["RequestAnswered"]


def test_a_colleague_takes_the_citizen_from_the_head_of_their_queue() -> None:
    alone = talking()
    said = alone.tell(to_colleague("bruno"))
    need = only(said, e.NeedStated)
    assert (need.need.priority, need.need.preferred, need.need.preferred_ms) == (0, "bruno", limits.COLLEAGUE_MS)
    assert need.since_at_ms == centres.START_MS
    assert "HoldCaller" not in names(said), "held once, as they are queued"
    assert only(alone.tell(queued()), c.HoldCaller).leg == A_LEG


def test_a_colleague_of_another_organisation_or_in_a_call_takes_nobody() -> None:
    centre = centres.small()
    service = next(iter(centre.services.values()))
    services = {**centre.services, service.name: msgspec.structs.replace(service, tenant="autre")}
    walled = talking(msgspec.structs.replace(centre, services=services))
    assert only(walled.tell(to_colleague("bruno")), e.RequestAnswered).reason == "role"


def test_an_entry_is_for_its_roles() -> None:
    centre = centres.small()
    mdph = msgspec.structs.replace(centre.directory["mdph"], roles=("supervisor",))
    alone = Alone(mind, msgspec.structs.replace(centre, directory={"mdph": mdph}))
    alone.tell(seen(), arrived(), answered(), queued(), held(), chosen(), answered(A, AGENT), bridged(AGENT))
    assert only(alone.tell(asked()), e.RequestAnswered).reason == "role"


def test_a_telephone_of_which_nothing_is_told_is_given_up() -> None:
    assert only(ringing().next(), e.TransferFailed).reason == "no_answer"


def test_after_a_crash_they_talk_on_or_the_citizen_is_given_back() -> None:
    both = seen(leg_seen(A_LEG, with_leg=FIRST), leg_seen(FIRST, with_leg=A_LEG))
    assert only(ringing().tell(both), e.TransferJoined).leg == FIRST
    alone = ringing()
    said = alone.tell(seen(leg_seen(A_LEG, held=True)))
    assert only(said, e.TransferFailed).reason == "lost"


def test_after_a_crash_before_the_citizen_was_taken_from_the_agent_they_are() -> None:
    alone = talking()
    alone.tell(asked())
    said = alone.tell(seen(leg_seen(A_LEG, with_leg=AGENT), leg_seen(AGENT, with_leg=A_LEG)))
    assert only(said, c.HangUpLeg).leg == AGENT


def test_an_entry_is_rung_in_its_hours() -> None:
    assert only(with_hours(mdph="matin").tell(asked()), e.TransferStarted).entry == "mdph"


def test_outside_of_its_hours_the_deputy_is_rung_at_once() -> None:
    assert only(with_hours(mdph="soir").tell(asked()), e.TransferStarted).entry == "standard"


def test_where_nobody_has_hours_now_the_agent_is_told_and_goes_on_talking() -> None:
    said = with_hours(mdph="soir", standard="soir").tell(asked())
    assert names(said) == ["RequestAnswered"]
    assert only(said, e.RequestAnswered).reason == "closed_now"


def test_a_deputy_outside_of_its_hours_is_not_rung_and_the_citizen_is_given_back() -> None:
    alone = with_hours(mdph="matin", standard="soir")
    alone.tell(asked(), ended(AGENT), held())
    said = alone.tell(ended(FIRST, "no_answer"))
    assert not [one for one in said if isinstance(one, e.TransferStarted)]
    assert only(said, e.NeedStated).need.priority == 0


def test_entries_that_are_each_others_deputies_are_looked_at_once() -> None:
    centre = centres.small()
    both = {
        name: msgspec.structs.replace(entry, deputy="standard" if name == "mdph" else "mdph", hours="soir")
        for name, entry in centre.directory.items()
    }
    alone = talking(msgspec.structs.replace(centre, directory=both, hours={"soir": EVENING}))
    assert only(alone.tell(asked()), e.RequestAnswered).reason == "closed_now"
