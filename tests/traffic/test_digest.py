"""The answer to a challenge, against the vectors of the RFCs."""

from __future__ import annotations

import pytest

from traffic.digest import Credentials, authorized, digest_response, parse_challenge, strongest
from traffic.errors import BadMessage
from traffic.sip import Request, Response

MUFASA_2617 = Credentials("Mufasa", "Circle Of Life")
MUFASA_7616 = Credentials("Mufasa", "Circle of Life")
CHALLENGE_2617 = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
CHALLENGE_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE_7616 = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def test_rfc_2617_section_3_5() -> None:
    challenge = parse_challenge(CHALLENGE_2617)
    response = digest_response(challenge, MUFASA_2617, "GET", "/dir/index.html", cnonce="0a4f113b")
    assert response == "6629fae49393a05397450978507c4ef1"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_section_3_9_1(algorithm: str, expected: str) -> None:
    challenge = parse_challenge(CHALLENGE_7616.format(algorithm))
    response = digest_response(challenge, MUFASA_7616, "GET", "/dir/index.html", cnonce=CNONCE_7616)
    assert response == expected


def test_without_qop_the_old_form_of_rfc_2069_is_used() -> None:
    challenge = parse_challenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')
    # RFC 2069 §2.4 as corrected by erratum 749.
    who = Credentials("Mufasa", "CircleOfLife")
    response = digest_response(challenge, who, "GET", "/dir/index.html", cnonce="")
    assert response == "1949323746fe6a43ef61f9606e7febea"


def test_the_strongest_challenge_is_answered() -> None:
    both = [CHALLENGE_7616.format("MD5"), CHALLENGE_7616.format("SHA-256")]
    assert strongest(both).algorithm == "SHA-256"
    assert strongest(["Basic realm=x", *both[:1]]).algorithm == "MD5"


@pytest.mark.parametrize(
    "value", ["Basic realm=x", "Digest realm=x, nonce=y, algorithm=SHA-512", "Digest realm=x", 'Digest qop="auth-int"']
)
def test_a_challenge_that_cannot_be_answered_is_refused(value: str) -> None:
    with pytest.raises(BadMessage):
        strongest([value])


def test_a_request_is_sent_again_as_a_new_transaction_with_one_answer() -> None:
    request = Request(
        method="REGISTER",
        uri="sip:127.0.0.9",
        headers=(("Via", "old"), ("CSeq", "1 REGISTER"), ("Authorization", "old"), ("Expires", "60")),
    )
    refusal = Response(status=401, reason="", headers=(("WWW-Authenticate", CHALLENGE_2617),))
    again = authorized(request, refusal, MUFASA_2617, via="new", cseq=2, cnonce="c")
    assert (again.get("Via"), again.cseq, again.get("Expires")) == ("new", (2, "REGISTER"), "60")
    (answer,) = again.all("Authorization")
    assert 'username="Mufasa"' in answer
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in answer
    assert "nc=00000001" in answer
