"""Messages of the moment and early closings: who may ask, what is said where, until when, and the walls."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core import limits
from core.centre import UNKNOWN_NUMBER, Agent, Centre, Hours, Tenant
from core.commands import PreparePrompt
from core.script import Notices, Say
from core.text import Text, say, typed
from ivr.decide import mind
from ivr.notices import said_first, words_of
from tests import centres
from tests.alone import Alone, arrived, names, only

HOUR: Final = 3_600_000
PEOPLE: Final = {
    "agnès": ("agent", ("nord", "sud")),
    "nadia": ("supervisor", ("nord",)),
    "simon": ("supervisor", ("sud",)),
    "denis": ("administrator", ("nord", "sud")),
    "vera": ("supervisor", ()),
}
SERVICES: Final = {"solidarites": "nord", "mdph": "nord", "pmi": "sud"}


def platform() -> Centre:
    """minuté, for two organisations; everybody answers all day, and pmi has no hours."""
    base = centres.timed()
    one = base.services["solidarites"]
    services = {
        name: msgspec.structs.replace(one, name=name, tenant=tenant, numbers=(f"+3319900100{at}",), emergency_text="")
        for at, (name, tenant) in enumerate(SERVICES.items())
    }
    services["pmi"] = msgspec.structs.replace(services["pmi"], hours="", closed_script="")
    return msgspec.structs.replace(
        base,
        services={**services, UNKNOWN_NUMBER: base.services[UNKNOWN_NUMBER]},
        hours={"matin": Hours(name="matin", title="", rules="Mo-Fr 08:00-18:00")},
        tenants={"nord": Tenant(name="nord", title="Nord"), "sud": Tenant(name="sud", title="Sud")},
        agents={
            name: Agent(name=name, display=name, phone=name, skills={}, queues=(), role=role, tenants=tenants)  # type: ignore[arg-type]
            for name, (role, tenants) in PEOPLE.items()
        },
    )


def asked(alone: Alone, by: str = "nadia", **changes: Any) -> e.ServiceAsked:
    plain: dict[str, Any] = {
        "request": "r",
        "wish": "announce",
        "services": ("solidarites",),
        "text": typed("Suite à une panne, l'attente est longue."),
        "until_at_ms": alone.now_ms + HOUR,
        "reason": "panne du logiciel",
    }
    return e.ServiceAsked(cause="pages", by=by, **(plain | changes))


def answer(alone: Alone, fact: e.ServiceAsked) -> e.RequestAnswered:
    return only(alone.tell(fact), e.RequestAnswered)


@pytest.fixture
def alone() -> Alone:
    made = Alone(mind, platform())
    made.tell(e.CentreStarted(cause="start", release="0"))
    return made


def test_a_message_is_prepared_at_once_and_told_with_who_and_why(alone: Alone) -> None:
    said = alone.tell(asked(alone))
    told = only(said, e.NoticeSet)
    assert (told.service, told.by, told.reason, told.until_at_ms) == (
        "solidarites",
        "nadia",
        "panne du logiciel",
        alone.now_ms + HOUR,
    )
    prepared = only(said, PreparePrompt)
    assert prepared.words == "Suite à une panne, l'attente est longue."
    assert only(said, e.RequestAnswered).done


def test_a_text_of_the_catalogue_keeps_its_recording(alone: Alone) -> None:
    assert only(alone.tell(asked(alone, text=say("accueil.greve"))), PreparePrompt).prompt == "fr/accueil.greve"


def test_it_ends_by_itself_and_a_second_one_takes_its_place(alone: Alone) -> None:
    alone.tell(asked(alone))
    alone.tell(asked(alone, text=say("accueil.greve"), until_at_ms=alone.now_ms + 10))
    assert alone.state.notices["solidarites"].text == say("accueil.greve")
    assert only(alone.next(), e.NoticeLifted).by == ""
    assert not list(alone.state.notices)


def test_it_is_withdrawn_by_whoever_may(alone: Alone) -> None:
    alone.tell(asked(alone))
    assert only(alone.tell(asked(alone, by="denis", wish="withdraw", text=None)), e.NoticeLifted).by == "denis"
    assert not list(alone.state.notices)


def test_words_are_spoken_as_they_were_typed_whatever_stands_in_them() -> None:
    assert words_of(typed("  Attente de {n} \n minutes "), {}) == "Attente de {n} minutes"
    assert words_of(say("attente.position", position="3"), {"attente.position": "{position}e"}) == "3e"


def test_where_a_script_has_a_place_for_it_that_is_where_it_is_said(alone: Alone) -> None:
    alone.tell(asked(alone))
    centre = alone.configurations.now
    service, script = centre.services["solidarites"], centre.scripts["accueil"]
    assert said_first(alone.state, service, script) == (typed("Suite à une panne, l'attente est longue."),)
    placed = msgspec.structs.replace(
        script, steps={**script.steps, "danger": Say(texts=("x",), then="moment"), "moment": Notices(then="menu")}
    )
    assert said_first(alone.state, service, placed) == ()


def test_the_next_caller_of_that_service_hears_it_first_and_those_of_others_do_not(alone: Alone) -> None:
    alone.tell(asked(alone))
    alone.tell(arrived(), e.LegAnswered(cause="t", interaction=arrived().interaction, leg=arrived().leg, channel="c"))
    reached = only(alone.next(), e.StepReached)
    assert reached.say[0] == typed("Suite à une panne, l'attente est longue.")


def test_a_typed_text_is_made_anew_by_a_centre_that_starts(alone: Alone) -> None:
    alone.tell(asked(alone))
    made = [one for one in alone.tell(e.CentreStarted(cause="start", release="0")) if isinstance(one, PreparePrompt)]
    assert "Suite à une panne, l'attente est longue." in [one.words for one in made]


def test_a_service_that_leaves_the_configuration_leaves_nothing_behind(alone: Alone) -> None:
    alone.tell(asked(alone), asked(alone, wish="shut", text=None))
    without = msgspec.structs.replace(alone.configurations.now, digest="sans", services={})
    alone.configurations.add(without)
    alone.tell(e.ConfigurationApplied(cause="reload", digest="sans"))
    assert not list(alone.state.notices)
    assert not list(alone.state.closings)


def test_an_early_closing_is_told_and_opens_again_by_itself(alone: Alone) -> None:
    said = alone.tell(asked(alone, wish="shut", text=None))
    until = alone.now_ms + HOUR
    assert names(said) == ["ServiceClosed", "RequestAnswered", "OpeningChanged"]
    assert only(said, e.OpeningChanged) == e.OpeningChanged(
        cause="ServiceClosed", service="solidarites", state="closed", until_at_ms=until
    )
    said = alone.next()
    assert names(said) == ["ServiceReopened", "OpeningChanged"]
    assert only(said, e.OpeningChanged).state == "open"


def test_a_closing_that_outlasts_the_day_leaves_the_service_closed(alone: Alone) -> None:
    alone.tell(asked(alone, wish="shut", text=None, until_at_ms=alone.now_ms + 10 * HOUR))
    while list(alone.state.closings):
        said = alone.next()
    assert names(said) == ["ServiceReopened", "OpeningChanged"]
    assert only(said, e.OpeningChanged).state == "closed"
    assert only(said, e.OpeningChanged).until_at_ms == centres.START_MS + 47 * HOUR // 2  # eight the next morning


def test_reopening_by_hand(alone: Alone) -> None:
    alone.tell(asked(alone, wish="shut", text=None))
    said = alone.tell(asked(alone, wish="reopen", text=None))
    assert only(said, e.OpeningChanged).state == "open"
    assert not list(alone.state.closings)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"services": ()}, "service_unknown"),
        ({"services": ("solidarites", "inconnu")}, "service_unknown"),
        ({"services": (UNKNOWN_NUMBER,)}, "service_unknown"),
        ({"by": "@exploitation", "services": (UNKNOWN_NUMBER,)}, "service_unknown"),
        ({"by": "personne"}, "service_unknown"),
        ({"until_at_ms": centres.START_MS}, "until_unfit"),
        ({"until_at_ms": centres.START_MS + limits.NOTICE_LONGEST_MS + 1}, "until_unfit"),
        ({"text": None}, "text_unknown"),
        ({"text": say("inconnu")}, "text_unknown"),
        ({"text": say("attente.position")}, "text_unknown"),
        ({"text": say("accueil.greve", n="1")}, "text_unknown"),
        ({"text": typed("")}, "words_unfit"),
        ({"text": typed("x" * (limits.NOTICE_CHARACTERS + 1))}, "words_unfit"),
        ({"text": Text(key="notice.typed", values={"words": "a\x07b"})}, "words_unfit"),
        ({"text": Text(key="notice.typed")}, "words_unfit"),
        ({"wish": "shut", "by": "denis", "services": ("solidarites", "pmi")}, "never_closes"),
    ],
)
def test_what_cannot_be_is_refused_whole(alone: Alone, changes: dict[str, Any], reason: str) -> None:
    found = answer(alone, asked(alone, **changes))
    assert (found.done, found.reason) == (False, reason)
    assert not list(alone.state.notices)
    assert not list(alone.state.closings)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*PEOPLE, "@exploitation", "personne"]),
            st.sampled_from(["announce", "withdraw", "shut", "reopen"]),
            st.lists(st.sampled_from(list(SERVICES)), max_size=3).map(tuple),
        ),
        max_size=12,
    )
)
def test_nobody_ever_touches_a_service_of_another_organisation(asks: list[tuple[str, Any, tuple[str, ...]]]) -> None:
    """Whatever is asked in whatever order: each fact about a service bears somebody who answers for it."""
    alone = Alone(mind, platform())
    for by, wish, services in asks:
        said = alone.tell(asked(alone, by=by, wish=wish, services=services))
        done = only(said, e.RequestAnswered).done
        facts = [
            one for one in said if isinstance(one, e.NoticeSet | e.NoticeLifted | e.ServiceClosed | e.ServiceReopened)
        ]
        assert tuple(fact.service for fact in facts) == (services if done else ())
        for fact in facts:
            role, tenants = ("administrator", tuple(SERVICES.values())) if by[0] == "@" else PEOPLE[by]
            assert fact.by == by
            assert role != "agent"
            assert SERVICES[fact.service] in tenants
