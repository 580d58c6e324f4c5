"""A card for each way in which calls of ours go out: proxies in their order, a registration, TLS."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core import events as e
from telephony.conf import NodeSettings, Tls
from telephony.conf_trunks import Registration, TrunkAccount
from telephony.nodes import OwnNode
from telephony.snapshot import proxies_of
from tests import centres
from tests.asterisk.telephones import until
from tests.telephony.real import Caller, Desk
from tests.trunks.conftest import CENTRE, node_settings
from tests.trunks.operators import operator
from tests.trunks.places import Places
from tests.trunks.test_calls_come import card
from traffic.offered import OfferedCall
from traffic.phone import Phone

CITIZEN = "0639980012"


@asynccontextmanager
async def node(settings: NodeSettings) -> AsyncIterator[Desk]:
    """A node for one test, with the kernel's place beside it."""
    own = OwnNode(settings)
    desk = Desk(own)
    desk.telephony.use(CENTRE)
    await desk.start()
    try:
        yield desk
    finally:
        await desk.stop()
        await own.stop()


async def dial(desk: Desk, trunk: str) -> None:
    """What the telephony does to place a call on a trunk."""
    channel = f"PJSIP/{CITIZEN}@trunk-{trunk}"
    where = [("Application", "Wait"), ("Data", "5"), ("Async", "true"), ("CallerID", f"<{centres.NUMBER}>")]
    await desk.telephony.link.act("Originate", [("Channel", channel), *where])


async def trunk_is(desk: Desk, *, reachable: bool) -> e.TrunkChanged:
    """Waits until the trunk is told to be so."""
    while True:
        told = await desk.next(e.TrunkChanged, within_s=15)
        if told.reachable == reachable:
            return told


@asynccontextmanager
async def proxy(host: str, name: str, taken: list[tuple[str, OfferedCall]]) -> AsyncIterator[Phone]:
    """A proxy that answers OPTIONS and every call."""

    def take(call: OfferedCall) -> None:
        call.answer()
        taken.append((name, call))

    async with await Phone.open(name, host=host, port=5060, on_call=take) as phone:
        yield phone


async def until_taken(taken: list[tuple[str, OfferedCall]], count: int) -> None:
    await until(lambda: len(taken) >= count, f"{count} call(s) taken by a proxy")


async def test_the_first_proxy_that_answers_takes_the_call(places: Places) -> None:
    trunk = TrunkAccount(name="fixe", proxies=(places.first_proxy, places.second_proxy), qualify_s=1)
    taken: list[tuple[str, OfferedCall]] = []
    first, second = proxy(places.first_proxy, "first", taken), proxy(places.second_proxy, "second", taken)
    async with second, node(node_settings(places, trunk)) as desk:
        async with first:
            await _answering(desk, 2)
            await dial(desk, "fixe")
            await until_taken(taken, 1)
        await _answering(desk, 1)
        await dial(desk, "fixe")
        await until_taken(taken, 2)
        assert [name for name, _ in taken] == ["first", "second"]
        assert f"sip:{CITIZEN}@" in taken[0][1].invite.uri
        asserted = taken[0][1].invite.header("P-Asserted-Identity")
        assert centres.NUMBER in asserted


async def _answering(desk: Desk, count: int) -> None:
    """Waits until so many proxies answer OPTIONS."""
    async with asyncio.timeout(15):
        while True:
            rows = await proxies_of(desk.telephony.link)
            if sum(row.get("Status") == "Reachable" for row in rows) == count:
                return
            await asyncio.sleep(0.05)


async def test_a_registration_with_digest_brings_calls_and_its_trunk_is_reachable(
    places: Places, tmp_path: Path
) -> None:
    account = Registration(server=places.registrar, user="0199001000", secret="un-mot-de-passe")
    trunk = TrunkAccount(name="fixe", registration=account, qualify_s=0)  # an OPTIONS may come before the REGISTER
    words = {"user": "0199001000", "secret": "un-mot-de-passe"}
    async with (
        operator("registrar", places.registrar, "", tmp_path / "registrar", **words) as registrar,
        node(node_settings(places, trunk)) as desk,
    ):
        await registrar.content()
        await trunk_is(desk, reachable=True)
        arrival = await card(desk, places, tmp_path / "call", host=places.registrar, uri="allo", to="0199001000")
    assert (arrival.trunk, arrival.dialled) == ("fixe", centres.NUMBER)


async def test_a_registration_goes_over_tls_as_its_trunk_does(places: Places, tmp_path: Path) -> None:
    """The registrar has no other ear than that of TLS."""
    theirs, their_key = certificate(tmp_path / "theirs", places.registrar)
    ours, our_key = certificate(places.site.directory / "ours", places.node)
    tls = Tls(certificate=ours, key=our_key, authorities=_known(places, theirs))
    account = Registration(server=f"{places.registrar}:5061", user="0199001000", secret="un-mot-de-passe")
    trunk = TrunkAccount(name="fixe", registration=account, transport="tls", qualify_s=0)
    words = {"user": "0199001000", "secret": "un-mot-de-passe"}
    listens = ("-t", "l1", "-tls_cert", str(theirs), "-tls_key", str(their_key), "-tls_version", "1.2")
    async with (
        operator("registrar", places.registrar, "", tmp_path / "registrar", *listens, port=5061, **words) as registrar,
        node(node_settings(places, trunk, tls=tls)) as desk,
    ):
        await registrar.content()
        await trunk_is(desk, reachable=True)


def _known(places: Places, certificate: Path) -> Path:
    """Where Asterisk may read it: beside what is ours."""
    kept = places.site.directory / "authorities.pem"
    kept.write_bytes(certificate.read_bytes())
    return kept


async def test_a_registrar_whose_certificate_nobody_signed_is_not_told_the_password(
    places: Places, tmp_path: Path
) -> None:
    theirs, their_key = certificate(tmp_path / "theirs", places.registrar)
    ours, our_key = certificate(places.site.directory / "ours", places.node)
    tls = Tls(certificate=ours, key=our_key, authorities=ours)
    account = Registration(server=f"{places.registrar}:5061", user="0199001000", secret="un-mot-de-passe")
    trunk = TrunkAccount(name="fixe", registration=account, transport="tls", qualify_s=0)
    words = {"user": "0199001000", "secret": "un-mot-de-passe"}
    listens = ("-t", "l1", "-tls_cert", str(theirs), "-tls_key", str(their_key), "-tls_version", "1.2")
    async with (
        operator("registrar", places.registrar, "", tmp_path / "registrar", *listens, port=5061, **words) as registrar,
        node(node_settings(places, trunk, tls=tls)) as desk,
    ):
        assert (await trunk_is(desk, reachable=False)).reason == "not_registered"
        assert "Authorization" not in _heard(tmp_path / "registrar")
        await registrar.leave()


def _heard(directory: Path) -> str:
    file = directory / "messages.log"
    return file.read_text(errors="replace") if file.exists() else ""


async def test_a_wrong_password_leaves_the_trunk_unregistered(places: Places, tmp_path: Path) -> None:
    account = Registration(server=places.registrar, user="0199001000", secret="faux")
    trunk = TrunkAccount(name="fixe", registration=account, qualify_s=600)
    words = {"user": "0199001000", "secret": "un-mot-de-passe"}
    async with (
        operator("registrar", places.registrar, "", tmp_path, **words) as registrar,
        node(node_settings(places, trunk)) as desk,
    ):
        assert (await trunk_is(desk, reachable=False)).reason == "not_registered"
        with pytest.raises(AssertionError, match="wrong password"):
            await registrar.content()


def certificate(directory: Path, host: str) -> tuple[Path, Path]:
    """A certificate for `host` that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    directory.mkdir(parents=True, exist_ok=True)
    pem, private = directory / f"{host}.pem", directory / f"{host}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, no_password = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, no_password))
    return pem, private


async def test_a_call_over_tls(places: Places, tmp_path: Path) -> None:
    ours, our_key = certificate(places.site.directory / "c", places.node)
    theirs, their_key = certificate(tmp_path / "c", places.operator)
    trunk = TrunkAccount(name="fixe", match=(places.operator,), transport="tls")
    tls = Tls(certificate=ours, key=our_key, authorities=ours)
    options = ("-t", "l1", "-tls_cert", str(theirs), "-tls_key", str(their_key), "-tls_version", "1.2")
    async with node(node_settings(places, trunk, tls=tls)) as desk:
        server = f"{places.node}:5061"
        async with operator("appel", places.operator, server, tmp_path / "call", *options) as sipp:
            arrival = await desk.next(e.CallArrived)
            await Caller(desk, arrival).answer()
            await desk.next(e.LegEnded)
            await sipp.content()
    assert arrival.trunk == "fixe"
