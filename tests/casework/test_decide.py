"""Who is asked whose number this is, and what is done when nobody answers."""

from __future__ import annotations

import msgspec

from casework.decide import mind
from core import commands as c
from core import events as e
from core import limits
from tests import centres
from tests.alone import A, Alone, Said, arrived, names, only
from tests.casework.test_visit import begun, sought, told, visit


def failed(alone: Alone, *, cause: str = "crm_bridge", retryable: bool = False) -> list[Said]:
    row = visit(alone)
    assert row.number is not None
    command = c.SeekCitizen(
        cause="t", interaction=A, tenant=row.tenant, service=row.service, number=row.number, until_at_ms=0
    )
    return alone.tell(e.OrderFailed(cause=cause, order="1", command=command, reason="absent", retryable=retryable))


def test_the_records_of_the_services_tenant_are_asked_as_soon_as_the_service_is_known() -> None:
    centre = centres.small()
    service = msgspec.structs.replace(centre.services["solidarites"], tenant="d92")
    alone = Alone(mind, msgspec.structs.replace(centre, services={"solidarites": service}))
    assert alone.tell(arrived()) == []
    said = alone.tell(begun())
    assert names(said) == ["CitizenSought", "SeekCitizen"]
    order = only(said, c.SeekCitizen)
    assert (order.tenant, order.service) == ("d92", "solidarites")
    assert order.number.text == "+33639980000"
    assert order.until_at_ms == only(said, e.CitizenSought).until_at_ms == centres.START_MS + limits.LOOK_UP_MS
    assert alone.tell(begun()) == []


def test_a_withheld_number_is_nobodys() -> None:
    alone = Alone(mind)
    assert [told.how for told in alone.tell(arrived(withheld=True), begun()) if isinstance(told, e.CitizenFound)] == [
        "withheld"
    ]
    assert alone.deadlines.first() is None


def test_without_an_answer_in_time_it_is_late() -> None:
    alone = sought()
    assert only(alone.next(), e.CitizenFound).how == "late"
    assert alone.now_ms == centres.START_MS + limits.LOOK_UP_MS


def test_records_that_cannot_be_asked_are_away() -> None:
    alone = sought()
    assert only(failed(alone), e.CitizenFound).how == "away"
    assert failed(alone) == []


def test_a_failure_takes_nothing_back() -> None:
    alone = sought()
    alone.tell(told("none"))
    assert failed(alone) == []
    assert failed(alone, cause="start", retryable=True) == []


def test_what_died_with_the_last_process_is_asked_again() -> None:
    alone = sought()
    said = failed(alone, cause="start", retryable=True)
    assert names(said) == ["CitizenSought", "SeekCitizen"]
