"""Which service was called, in whatever header and notation a trunk tells it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.centre import Header
from telephony.dialled import Numbering, Said, numbers_in

SERVICE = "+33199001000"
OTHER = "+33199001001"
OURS = Numbering(known=frozenset({SERVICE, OTHER, "3939"}))
NOTATIONS = ["+33199001000", "33199001000", "0033199001000", "0199001000", "1000"]


def header(*numbers: str) -> str:
    """Numbers as the dialplan leaves them of `<sip:number@10.0.0.1;user=phone>;index=1`."""
    return "".join(f":{number}@10001;>;1" for number in numbers)


@pytest.mark.parametrize("written", NOTATIONS)
def test_a_service_is_known_in_each_notation_and_header(written: str) -> None:
    for said in (
        Said(request_uri=written),
        Said(request_uri="allo", to=header(written)),
        Said(request_uri="0199009999", diversion=header("0639980012", written)),
        Said(request_uri="s", history_info=header(written, "0639980012")),
    ):
        assert OURS.dialled(said) == SERVICE


def test_the_first_header_that_names_a_service_wins_in_the_order_of_the_trunk() -> None:
    said = Said(request_uri=SERVICE, diversion=header(OTHER))
    assert OURS.dialled(said) == SERVICE
    diverted_first = Numbering(known=OURS.known, order=("diversion", "request_uri"))
    assert diverted_first.dialled(said) == OTHER
    assert diverted_first.dialled(Said(request_uri=SERVICE)) == SERVICE


def test_a_header_that_the_trunk_does_not_fill_is_not_read() -> None:
    to_only = Numbering(known=OURS.known, order=("to",))
    assert (
        to_only.dialled(Said(request_uri="allo", to=header("0639980012"), diversion=header(SERVICE))) == "+33639980012"
    )


def test_four_digits_that_two_services_end_with_name_none() -> None:
    two = Numbering(known=frozenset({"+33199001000", "+33261911000"}))
    assert two.dialled(Said(request_uri="1000")) == "1000"
    with_alias = Numbering(known=two.known, aliases={"1000": "+33261911000"})
    assert with_alias.dialled(Said(request_uri="1000")) == "+33261911000"


def test_a_short_number_of_ours_is_itself_and_no_end_of_another() -> None:
    ours = Numbering(known=frozenset({"3939", "+33199003939"}))
    assert ours.dialled(Said(request_uri="3939")) == "3939"


def test_a_number_that_nobody_knows_is_told_as_it_is() -> None:
    assert OURS.dialled(Said(request_uri="0199009999")) == "+33199009999"
    assert OURS.dialled(Said(request_uri="s")) == ""


HEADERS: tuple[Header, ...] = ("request_uri", "to", "diversion", "history_info")
HOSTILE = st.text(alphabet="+0123456789:@;>-", max_size=400) | st.text(max_size=200)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_whatever_headers_say_the_number_is_one_of_ours_or_plain_digits(
    uri: str, to: str, diversion: str, history: str
) -> None:
    said = Said(request_uri=uri, to=to, diversion=diversion, history_info=history)
    dialled = OURS.dialled(said)
    assert dialled in OURS.known or set(dialled) <= set("+0123456789")
    assert len(dialled) <= 16
    for name in HEADERS:
        assert len(list(numbers_in(name, said))) < 100
