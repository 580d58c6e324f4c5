"""Asterisk's configuration: what stands in it, and that no value can add to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationFault, UnsafeValue
from telephony import conf_trunks
from telephony.conf import NodeSettings, PhoneAccount, modules_of, render, system_name, write
from telephony.conf_trunks import TrunkAccount, answered_within_s
from telephony.translate import WANTED


def settings(**changes: Any) -> NodeSettings:
    base = NodeSettings(
        name="nord",
        command=("/opt/asterisk/usr/sbin/asterisk",),
        directory=Path("/run/allo/nord"),
        ami_secret="un-secret",
        modules=Path("/opt/asterisk/usr/lib/asterisk/modules"),
        trunks=(TrunkAccount(name="operateur", match=("192.0.2.7", "198.51.100.0/24")),),
        phones=(PhoneAccount(account="marie", secret="secret-m", show="Marie Dupré"),),
    )
    return replace(base, **changes)


def sections(text: str) -> list[tuple[str, dict[str, list[str]]]]:
    """A file as Asterisk reads it: (section, name -> values), in order."""
    found: list[tuple[str, dict[str, list[str]]]] = []
    for line in text.splitlines():
        if line.startswith("["):
            found.append((line.strip("[]"), {}))
        elif line:
            name, _, value = line.partition("=")
            found[-1][1].setdefault(name.strip(), []).append(value.removeprefix(">").strip())
    return found


def pjsip(of: NodeSettings, name: str, kind: str) -> dict[str, list[str]]:
    (found,) = [
        rows for section, rows in sections(render(of)["pjsip.conf"]) if section == name and rows["type"] == [kind]
    ]
    return found


def test_the_trunk_is_known_by_its_addresses_and_sends_keys_both_ways() -> None:
    assert pjsip(settings(), "trunk-operateur", "identify")["match"] == ["192.0.2.7", "198.51.100.0/24"]
    trunk = pjsip(settings(), "trunk-operateur", "endpoint")
    assert trunk["dtmf_mode"] == ["auto_info"]
    assert trunk["context"] == ["from-trunk"]
    assert trunk["allow"] == ["alaw"]
    assert trunk["direct_media"] == ["no"]


def test_a_telephone_has_a_password_one_place_and_no_transfers() -> None:
    phone = pjsip(settings(), "marie", "endpoint")
    assert (phone["dtmf_mode"], phone["allow_transfer"], phone["identify_by"]) == (["rfc4733"], ["no"], ["username"])
    assert phone["callerid"] == ['"Marie Dupré" <marie>']
    assert pjsip(settings(), "marie", "auth")["password"] == ["secret-m"]
    aor = pjsip(settings(), "marie", "aor")
    assert (aor["max_contacts"], aor["remove_existing"]) == (["1"], ["yes"])


def test_the_order_of_knowing_depends_on_who_shares_an_address() -> None:
    for trunks_first, order in ((False, "username,ip,anonymous"), (True, "ip,username,anonymous")):
        found = pjsip(settings(trunks_first=trunks_first), "global", "global")
        assert found["endpoint_identifier_order"] == [order]


def test_without_a_trunk_there_is_none() -> None:
    assert "trunk" not in render(settings(trunks=()))["pjsip.conf"]


def test_nobody_but_us_is_told_anything_and_only_what_we_read() -> None:
    general, us = sections(render(settings())["manager.conf"])
    assert general[1]["bindaddr"] == ["127.0.0.1"]
    assert us[0] == "allo"
    assert us[1]["deny"] == ["0.0.0.0/0.0.0.0"]
    assert "command" not in us[1]["write"][0]
    included = {name for name in us[1] if name.startswith("eventfilter(action(include)")}
    assert {name.rpartition("(")[2].strip(")") for name in included} == WANTED | {"FullyBooted"}


def test_every_module_is_named_and_nothing_is_loaded_by_itself() -> None:
    ((_, modules),) = sections(render(settings())["modules.conf"])
    assert modules["autoload"] == ["no"]
    assert {"res_pjsip_pubsub.so", "app_bridgewait.so", "res_agi.so", "res_timing_timerfd.so"} <= set(
        modules["require"]
    )


def test_no_extension_takes_anything_at_all() -> None:
    extensions = [line for line in render(settings())["extensions.conf"].splitlines() if line.startswith("exten")]
    patterns = [line.partition("=> ")[2].partition(",")[0] for line in extensions]
    assert len(patterns) == 37
    named = {
        "caller",
        "answer",
        "hold",
        "allo",
        "s",
        "fax",
        "joined",
        "dialled",
        "alone",
        "kept",
        "consulted",
        "beside",
    }
    assert named < set(patterns)
    assert all(set(pattern.removeprefix("_[+0-9]")) <= set("_*X") for pattern in patterns if pattern not in named)


def test_the_system_name_says_the_node_and_cannot_be_guessed() -> None:
    mine, other = system_name(settings()), system_name(settings(ami_secret="another"))
    assert mine.startswith("nord-")
    assert mine != other
    assert mine == system_name(settings())
    assert f"systemname = {mine}" in render(settings())["asterisk.conf"]


BREAKING = ["a\nb", "a\rb", "a\0b", "a;b", "a[b]", 'a"b', "a\\b", "a<b>", "a\u2028b", "", " "]


@pytest.mark.parametrize("value", BREAKING)
@pytest.mark.parametrize("field", ["name", "ami_user", "ami_secret", "address", "ami_address", "language"])
def test_a_value_that_could_break_a_line_is_refused(field: str, value: str) -> None:
    with pytest.raises(UnsafeValue, match=field) as refused:
        render(settings(**{field: value}))
    assert len(value.strip()) < 2 or value not in str(refused.value)


@pytest.mark.parametrize("value", BREAKING)
def test_so_is_one_of_a_telephone_a_trunk_or_a_path(value: str) -> None:
    account = {"account": "marie", "secret": "secret-m"}
    for changes in (
        {"phones": (PhoneAccount(**{**account, "account": value}),)},
        {"phones": (PhoneAccount(**{**account, "secret": value}),)},
        {"trunks": (TrunkAccount(name="operateur", match=(value,)),)},
        {"trunks": (TrunkAccount(name=value),)},
        {"directory": Path(f"/run/{value}x") if value.strip() else Path("relative")},
        {"music": Path(f"/run/{value}x") if value.strip() else Path("relative")},
    ):
        with pytest.raises(UnsafeValue):
            render(settings(**changes))
    if value.strip():
        with pytest.raises(UnsafeValue):
            render(settings(phones=(PhoneAccount(**account, show=value),)))


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_telephone_is_called_the_file_keeps_its_lines(account: str, secret: str, show: str) -> None:
    try:
        text = render(settings(phones=(PhoneAccount(account=account, secret=secret, show=show),)))["pjsip.conf"]
    except (UnsafeValue, ConfigurationFault):
        return
    usual = render(settings())["pjsip.conf"]
    assert len(text.splitlines()) == len(usual.splitlines())
    assert text.count("[") == usual.count("[")
    assert ";" not in text


def test_secrets_are_not_shown() -> None:
    assert "un-secret" not in repr(settings())
    assert "secret-m" not in repr(settings())


@pytest.mark.parametrize("account", ["trunk-operateur", "trunk-", "udp", "global"])
def test_reserved_and_double_accounts_are_refused(account: str) -> None:
    with pytest.raises(ConfigurationFault, match=account):
        render(settings(phones=(PhoneAccount(account=account, secret="x"),)))
    with pytest.raises(ConfigurationFault, match="double"):
        render(settings(phones=2 * settings().phones))


@pytest.mark.parametrize("changes", [{"sip_port": 0}, {"ami_port": 65_536}, {"rtp_first": 2000, "rtp_last": 2001}])
def test_ports_are_ports(changes: dict[str, int]) -> None:
    with pytest.raises(ConfigurationFault):
        render(settings(**changes))


def test_the_modules_are_found_from_the_command(tmp_path: Path) -> None:
    modules = tmp_path / "usr" / "lib" / "x86_64-linux-gnu" / "asterisk" / "modules"
    modules.mkdir(parents=True)
    command = ("loader", "--library-path", "x", str(tmp_path / "usr" / "sbin" / "asterisk"))
    with pytest.raises(ConfigurationFault, match="modules"):
        modules_of(command)
    (modules / "chan_pjsip.so").touch()
    assert modules_of(command) == modules


def test_only_what_changed_is_written_again(tmp_path: Path) -> None:
    here = settings(directory=tmp_path)
    assert "pjsip.conf" in write(here)
    assert write(here) == []
    assert write(replace(here, trunks=())) == ["pjsip.conf"]
    with pytest.raises(ConfigurationFault, match="trop long"):
        write(replace(here, directory=tmp_path / ("x" * 90)))


@pytest.mark.parametrize(("qualify_s", "within_s"), [(0, 3.0), (1, 0.75), (2, 1.5), (30, 3.0)])
def test_an_options_is_over_before_the_next_is_sent(qualify_s: int, within_s: float) -> None:
    assert answered_within_s(qualify_s) == within_s
    lines = conf_trunks.sections(TrunkAccount(name="fixe", proxies=("192.0.2.1",), qualify_s=qualify_s), "0.0.0.0")
    assert f"qualify_timeout={within_s:g}" in lines
