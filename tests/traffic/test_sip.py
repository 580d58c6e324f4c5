"""SIP messages as data."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.errors import BadMessage
from traffic.sip import Message, Request, Response, build, name_addr, parse, parse_address, q850_cause, response_to

INVITE = (
    b"INVITE sip:0199000101@127.0.0.9 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bK1\r\n"
    b'f: "Zo\xc3\xa9" <sip:0639980001@127.0.0.1>;tag=a\r\n'
    b"t: <sip:0199000101@127.0.0.9>\r\n"
    b"i: call-1\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"Subject: folded\r\n  over two lines\r\n"
    b"l: 3\r\n\r\nabcdef"
)

token = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
# Any bytes a peer may put on a line, as the package keeps them: UTF-8 with surrogates for the rest.
value = st.binary(max_size=40).map(
    lambda raw: raw.translate(None, b"\r\n").strip(b" \t").decode("utf-8", "surrogateescape")
)
names = token.filter(lambda name: len(name) > 1 and name.lower() != "content-length")
headers = st.lists(st.tuples(names, value), max_size=8).map(tuple)
requests = st.builds(
    Request,
    method=st.sampled_from(["INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS"]),
    uri=token.map(lambda user: f"sip:{user}@127.0.0.1:5060"),
    headers=headers,
    body=st.binary(max_size=60),
)
responses = st.builds(
    Response,
    status=st.integers(100, 699),
    reason=st.text("abcdefghij ABC", max_size=20).map(str.strip),
    headers=headers,
    body=st.binary(max_size=60),
)


@given(requests | responses)
def test_what_is_built_is_read_back_identical(message: Message) -> None:
    assert parse(build(message)) == message


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_named_refusal(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        parse(data)


@given(st.integers(0, len(INVITE)), st.binary(min_size=1, max_size=4))
def test_a_damaged_message_raises_nothing_else_than_bad_message(at: int, damage: bytes) -> None:
    with contextlib.suppress(BadMessage):
        message = parse(INVITE[:at] + damage + INVITE[at + len(damage) :])
        _ = message.call_id, message.cseq, message.branch, parse_address(message.header("From"))


def test_compact_names_folding_and_content_length_are_understood() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    assert (message.method, message.call_id, message.cseq, message.branch) == (
        "INVITE",
        "call-1",
        (7, "INVITE"),
        "z9hG4bK1",
    )
    assert message.get("subject") == "folded over two lines"
    assert message.body == b"abc"
    assert parse_address(message.header("from")).display == "Zoé"


@pytest.mark.parametrize(
    ("damaged", "complaint"),
    [
        (INVITE.replace(b"l: 3", b"l: 99"), "shorter than its Content-Length"),
        (INVITE.replace(b"l: 3", b"l: three"), "Content-Length must be a number"),
        (INVITE.replace(b"SIP/2.0\r\n", b"HTTP/1.1\r\n", 1), "neither a request nor a status"),
        (INVITE.replace(b"i: call-1", b"call-1"), "no name and colon"),
        (b"INVITE sip:a@b SIP/2.0\r\n", "no blank line"),
    ],
)
def test_what_is_wrong_is_said(damaged: bytes, complaint: str) -> None:
    with pytest.raises(BadMessage, match=complaint):
        parse(damaged)


def test_a_header_cannot_break_out_of_its_line() -> None:
    with pytest.raises(ValueError, match="line break"):
        build(Request(method="BYE", uri="sip:a@b", headers=(("Reason", "x\r\nVia: y"),)))


def test_raw_bytes_are_sent_as_they_are() -> None:
    sent = build(Request(method="BYE", uri="sip:a@b", headers=(), raw=b"X-Bad: \xff\xfe\r\nno colon"))
    assert b"\r\nX-Bad: \xff\xfe\r\nno colon\r\nContent-Length: 0\r\n\r\n" in sent


@pytest.mark.parametrize(
    ("text", "display", "uri", "tag"),
    [
        ('"A \\"b\\" <c>;tag=no" <sip:1@h>;tag=yes', 'A "b" <c>;tag=no', "sip:1@h", "yes"),
        ("<sip:1@h;user=phone>", "", "sip:1@h;user=phone", None),
        ("sip:1@h;tag=t", "", "sip:1@h", "t"),
        ("Mairie <tel:+33199000101> ; TAG = t", "Mairie", "tel:+33199000101", "t"),
    ],
)
def test_addresses_are_read(text: str, display: str, uri: str, tag: str | None) -> None:
    address = parse_address(text)
    assert (address.display, address.uri, address.tag) == (display, uri, tag)


@given(st.text(max_size=30).filter(lambda text: "\r" not in text and "\n" not in text))
def test_any_display_name_is_quoted_and_read_back(display: str) -> None:
    assert parse_address(name_addr(display, "sip:1@h")).display == display


def test_a_response_repeats_what_ties_it_to_its_request() -> None:
    request = parse(INVITE)
    assert isinstance(request, Request)
    response = response_to(request, 180, to_tag="mine")
    assert response.all("Via") == request.all("Via")
    assert response.get("To") == "<sip:0199000101@127.0.0.9>;tag=mine"
    assert (response.reason, response.cseq) == ("Ringing", request.cseq)


def test_the_q850_cause_is_found_among_several_reasons() -> None:
    reasons = (("Reason", 'SIP;cause=200;text="Call completed elsewhere"'), ("Reason", 'Q.850;cause=26;text="x"'))
    assert q850_cause(Request(method="CANCEL", uri="sip:a@b", headers=reasons)) == 26
    assert q850_cause(Request(method="CANCEL", uri="sip:a@b", headers=reasons[:1])) is None
