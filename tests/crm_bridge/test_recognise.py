"""A number is not a person."""

from __future__ import annotations

from crm_bridge.recognise import DAY_MS, Holder, Rules, recognise

NOW_MS = 1_800_000_000_000
NUMBER = "+33639980001"
RULES = Rules(confirm_after_days=180, shared_above=2, shared_numbers=frozenset({"+33199009000"}))


def held(person: str, *, shared: bool = False, days: int | None = 1) -> Holder:
    return Holder(person=person, shared=shared, confirmed_at_ms=None if days is None else NOW_MS - days * DAY_MS)


def test_one_person_who_confirmed_it_lately_is_known() -> None:
    assert recognise(NUMBER, [held("a")], RULES, NOW_MS) == ("one", "a")
    assert recognise(NUMBER, [held("a", days=180)], RULES, NOW_MS) == ("one", "a")


def test_a_number_not_confirmed_for_months_opens_nothing() -> None:
    assert recognise(NUMBER, [held("a", days=181)], RULES, NOW_MS) == ("unsure", None)
    assert recognise(NUMBER, [held("a", days=None)], RULES, NOW_MS) == ("unsure", None)


def test_several_persons_are_several_and_many_are_a_place() -> None:
    assert recognise(NUMBER, [held("a"), held("b")], RULES, NOW_MS) == ("several", None)
    assert recognise(NUMBER, [held("a"), held("b"), held("c")], RULES, NOW_MS) == ("shared", None)


def test_a_shared_number_opens_nothing_even_with_one_holder() -> None:
    assert recognise(NUMBER, [held("a", shared=True)], RULES, NOW_MS) == ("shared", None)
    assert recognise("+33199009000", [held("a")], RULES, NOW_MS) == ("shared", None)
    assert recognise("+33199009000", [], RULES, NOW_MS) == ("shared", None)


def test_nobody_has_it() -> None:
    assert recognise(NUMBER, [], RULES, NOW_MS) == ("none", None)
