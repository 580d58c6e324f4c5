"""What of a trunk stands in pjsip.conf, and that no value can add to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationFault, UnsafeValue
from telephony.conf import Tls, render
from telephony.conf_trunks import Registration, TrunkAccount, sections, trunk_of
from tests.telephony.test_conf import pjsip, settings

ACCOUNT = Registration(server="sip.operateur.example:5062", user="0199001000", secret="un-mot-de-passe")
OPERATOR = TrunkAccount(name="operateur", match=("192.0.2.7",), registration=ACCOUNT, proxies=("192.0.2.8", "p2:5070"))
NODE_TLS = Tls(certificate=Path("/c.pem"), key=Path("/c.key"), authorities=Path("/ca.pem"))


def with_trunk(trunk: TrunkAccount = OPERATOR, **changes: Any) -> Any:
    return settings(trunks=(trunk,), **changes)


def test_each_proxy_is_asked_and_they_are_tried_in_order() -> None:
    assert pjsip(with_trunk(), "trunk-operateur", "endpoint")["aors"] == ["trunk-operateur.1,trunk-operateur.2"]
    first, second = (pjsip(with_trunk(), f"trunk-operateur.{number}", "aor") for number in (1, 2))
    assert (first["contact"], second["contact"]) == (["sip:192.0.2.8"], ["sip:p2:5070"])
    assert first["qualify_frequency"] == ["30"]


def test_a_registration_never_gives_up_and_names_its_trunk() -> None:
    found = pjsip(with_trunk(), "trunk-operateur", "registration")
    assert found["server_uri"] == ["sip:sip.operateur.example:5062"]
    assert found["client_uri"] == ["sip:0199001000@sip.operateur.example"]
    assert (found["endpoint"], found["line"]) == (["trunk-operateur"], ["yes"])
    assert (found["auth_rejection_permanent"], found["contact_user"]) == (["no"], ["allo"])
    assert pjsip(with_trunk(), "trunk-operateur", "auth")["password"] == ["un-mot-de-passe"]
    assert "un-mot-de-passe" not in repr(OPERATOR)


def test_calls_come_from_its_addresses_its_proxies_and_its_registrar() -> None:
    match = pjsip(with_trunk(), "trunk-operateur", "identify")["match"]
    assert match == ["192.0.2.7", "192.0.2.8", "p2", "sip.operateur.example"]


def test_without_proxies_calls_go_to_the_registrar_and_without_both_nowhere() -> None:
    assert replace(OPERATOR, proxies=()).ways_out == ("sip.operateur.example:5062",)
    assert "aors" not in pjsip(with_trunk(TrunkAccount(name="pabx", match=("192.0.2.7",))), "trunk-pabx", "endpoint")


def test_what_the_operator_asked_for_is_there() -> None:
    trunk = replace(OPERATOR, codecs=("alaw", "ulaw"), session_s=600, prack="always", dtmf="info", fax=False)
    found = pjsip(with_trunk(trunk), "trunk-operateur", "endpoint")
    assert (found["allow"], found["timers_sess_expires"], found["100rel"]) == (
        ["alaw,ulaw"],
        ["600"],
        ["peer_supported"],
    )
    assert found["dtmf_mode"] == ["info"]
    assert "fax_detect" not in found


def test_tls_needs_a_certificate_of_ours() -> None:
    trunk = replace(OPERATOR, transport="tls")
    with pytest.raises(ConfigurationFault, match="certificat"):
        render(with_trunk(trunk))
    secure = with_trunk(trunk, tls=NODE_TLS)
    assert pjsip(secure, "tls", "transport")["verify_server"] == ["yes"]
    assert pjsip(secure, "trunk-operateur", "endpoint")["transport"] == ["tls"]
    assert pjsip(secure, "trunk-operateur.1", "aor")["contact"] == [r"sip:192.0.2.8\;transport=tls"]


def test_a_channel_says_its_trunk() -> None:
    assert trunk_of("PJSIP/trunk-operateur_2-0000001a") == "operateur_2"
    assert trunk_of("PJSIP/1001-0000001a") == ""
    assert trunk_of("Local/PJSIP/trunk-operateur-0000001a") == ""


BREAKING = ["a\nb", "a;b", "a b", "a[b]", "a=b", "1.2.3", "999.1.1.1", "a:70000", "a:0", "", "-a", "a>b"]


@pytest.mark.parametrize("value", BREAKING)
def test_a_place_that_is_none_is_refused(value: str) -> None:
    for trunk in (replace(OPERATOR, proxies=(value,)), replace(OPERATOR, registration=replace(ACCOUNT, server=value))):
        with pytest.raises(UnsafeValue):
            sections(trunk, "192.0.2.1")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_whatever_an_account_is_called_the_lines_stay_lines(server: str, user: str, secret: str) -> None:
    trunk = replace(OPERATOR, registration=Registration(server=server, user=user, secret=secret))
    try:
        lines = sections(trunk, "192.0.2.1")
    except UnsafeValue:
        return
    assert len("\n".join(lines).splitlines()) == len(sections(OPERATOR, "192.0.2.1"))
    assert not any(";" in line for line in lines)
