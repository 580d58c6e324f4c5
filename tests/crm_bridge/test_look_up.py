"""The neighbour that breaks here is the CRM: slow, dead, or answering what is no answer.  A real server each time."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crm_bridge.breaker import FAILURES
from crm_bridge.look_up import Away, Connector, LookUp
from tests.crm_bridge.crm import Crm

NUMBER = "+33639980001"


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    async with Crm().listening() as crm:
        yield crm


@pytest.fixture
async def look_up(crm: Crm) -> AsyncIterator[LookUp]:
    connector = Connector(
        url=f"{crm.url}/usagers?telephone={{number}}",
        record_url=f"{crm.url}/usagers/{{id}}",
        token="jeton",
        deadline_ms=300,
    )
    look_up = LookUp("yvelines", connector)
    await look_up.start()
    yield look_up
    await look_up.stop()


async def test_a_person_is_found_and_remembered(crm: Crm, look_up: LookUp) -> None:
    (record,) = await look_up.seek(NUMBER)
    assert (record.id, record.tenant, record.source, record.last_name) == ("crm:7", "yvelines", "crm", "Diallo")
    assert record.numbers[0].e164 == NUMBER
    assert record.files[0].next_appointment_at_ms == 1_800_001_800_000
    assert await look_up.seek(NUMBER) == (record,)
    assert await look_up.record("crm:7") == record
    assert crm.asked == [("/usagers?telephone=%2B33639980001", "Bearer jeton")]


async def test_a_record_that_was_not_just_found_is_asked_for(crm: Crm, look_up: LookUp) -> None:
    record = await look_up.record("crm:7/../8")
    assert record is not None
    assert crm.asked[0][0] == "/usagers/7%2F..%2F8"


@pytest.mark.parametrize("how", ["none", "404"])
async def test_nobody_has_the_number(crm: Crm, look_up: LookUp, how: str) -> None:
    crm.how = how
    assert await look_up.seek(NUMBER) == ()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("slow", "no answer within 300 ms"),
        ("html", "text/html instead of JSON"),
        ("html_as_json", "the answer is no JSON"),
        ("wrong", r"people\[0\]: Expected `str`, got `array` - at `\$.last_name`"),
        ("401", "status 401"),
        ("503", "status 503"),
        ("redirect", "status 302"),
        ("huge", "more than"),
    ],
)
async def test_what_is_no_answer_is_told_in_words_without_the_person(
    crm: Crm, look_up: LookUp, how: str, said: str
) -> None:
    crm.how = how
    with pytest.raises(Away, match=said) as caught:
        await look_up.seek(NUMBER)
    assert "3998" not in str(caught.value)
    assert "Diallo" not in str(caught.value)
    assert len(crm.asked) == 1, "a redirect is not followed, a failure not repeated"


async def test_a_crm_that_keeps_failing_is_left_alone(crm: Crm, look_up: LookUp) -> None:
    crm.how = "503"
    for _ in range(FAILURES):
        with pytest.raises(Away):
            await look_up.seek(NUMBER)
    crm.how = "ok"
    with pytest.raises(Away, match="left alone"):
        await look_up.seek(NUMBER)
    assert len(crm.asked) == FAILURES


async def test_a_dead_crm_is_away(crm: Crm) -> None:
    del crm
    look_up = LookUp("yvelines", Connector(url="http://127.0.0.1:9/{number}"))
    await look_up.start()
    with pytest.raises(Away, match="ClientConnectorError") as caught:
        await look_up.seek(NUMBER)
    assert "3998" not in str(caught.value)
    await look_up.stop()


async def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    crm = Crm()
    async with crm.listening(context):
        look_up = LookUp("yvelines", Connector(url=crm.url + "/{number}"))
        await look_up.start()
        with pytest.raises(Away, match="ClientConnectorCertificateError"):
            await look_up.seek(NUMBER)
        assert crm.asked == []
        await look_up.stop()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
