"""centre.yaml, the part that the edges need: telephony, trunks, journal, voices, files.  Frozen as `Settings`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Final, Literal, cast

import msgspec

from runtime.settings import values
from runtime.settings.assessment import Assessments
from runtime.settings.crm import RecordsSettings, WebhooksSettings
from runtime.settings.faults import Faults
from runtime.settings.lines import Trunk, Trunks, read_networks
from runtime.settings.operating import Operating
from runtime.settings.reading import Fields
from runtime.settings.retention import RetentionSettings
from runtime.settings.servers import BusSettings, JournalSettings, written_path
from softphone_ui.hall import Where
from speech.engines.outside import OutsideSettings
from speech.fetch import Source
from speech.hear import HearSettings
from speech.speak import Voice
from speech.understand.topics import Topic
from speech.understand.urgency import Urgencies

LOOPBACK: Final = "127.0.0.1"
# Two legs a call, each with one port for sound and one for its reports.
RTP_PORTS_LEAST: Final = 20

Mode = Literal["own", "attach"]


class Ami(msgspec.Struct, frozen=True, kw_only=True):
    """Asterisk's manager.  `secret_env` names the variable that holds its secret; None: made at first start."""

    host: str = LOOPBACK
    port: int = 5038
    user: str = "allo"
    secret_env: str | None = None


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """What a trunk over TLS needs: where we listen, our `certificate` and its `key`, and the `authorities` that sign
    the operator's; relative paths begin at the configuration's directory."""

    port: int
    certificate: Path
    key: Path
    authorities: Path | None


class Sip(msgspec.Struct, frozen=True, kw_only=True):
    """Where our own Asterisk listens for SIP over UDP, and over TLS for trunks; `phones` are the telephones' networks,
    none if nobody said.  With `encrypted_phones` these speak TLS and SRTP, or not at all."""

    bind: str = LOOPBACK
    port: int = 5060
    phones: tuple[str, ...] = ()
    encrypted_phones: bool = False
    tls: Tls | None = None


class Rtp(msgspec.Struct, frozen=True, kw_only=True):
    """The UDP ports of sound, both ends included."""

    first: int = 10_000
    last: int = 14_999


class Telephony(msgspec.Struct, frozen=True, kw_only=True):
    """`own`: Allo starts its Asterisk; `attach`: one that is there already.  `node` is its unique systemname.

    `phone_secret_env` maps a SIP account to the variable that holds its password; other passwords are made at first
    start.
    """

    mode: Mode = "own"
    node: str = "allo"
    ami: Ami = Ami()
    sip: Sip = Sip()
    rtp: Rtp = Rtp()
    trunks: dict[str, Trunk] = {}
    phone_secret_env: dict[str, str] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the edges need beside the Centre: `root` is the configuration's directory, absolute.

    `recordings` holds `<language>/<key>.wav`; `skill_titles` names skills for people; without `pages` there are none.
    `topics` are what people call about, `urgencies` what cannot wait.
    """

    root: Path
    telephony: Telephony
    journal: JournalSettings
    bus: BusSettings
    operating: Operating
    recordings: Path
    voices: dict[str, Voice]
    skill_titles: dict[str, str]
    pages: Where | None = None
    speech: HearSettings = HearSettings()
    models_from: dict[str, Source] = {}
    records: RecordsSettings = RecordsSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    retention: RetentionSettings = RetentionSettings()
    assessments: Assessments = Assessments()
    topics: dict[str, Topic] = {}
    urgencies: Urgencies = Urgencies()
    outside_engine: OutsideSettings | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.voices)


def read_telephony(root: Fields, phone_secret_env: dict[str, str], read: Trunks) -> Telephony:
    """The block `telephony` with the trunks; everything has a default that stays on this machine."""
    trunks = read.trunks
    fields = root.block("telephony")
    if fields is None:
        _check_tls(Sip(), read, root)
        return Telephony(trunks=trunks, phone_secret_env=phone_secret_env)
    mode = cast("Mode", fields.one_of("mode", ("own", "attach"), "own"))
    ami = _ami(fields, mode)
    sip = _sip(fields)
    _check_tls(sip, read, root)
    rtp = _rtp(fields)
    if rtp.first <= sip.port <= rtp.last:
        what = f"port {sip.port} déjà dans ceux du son ({rtp.first}-{rtp.last}), prenez-en un autre"
        root.faults.add(fields.mark_of("sip"), "telephony.sip.port", what)
    node = fields.name("node", values.ACCOUNT, values.ACCOUNT_SAID, "allo").text
    fields.close()
    return Telephony(mode=mode, node=node, ami=ami, sip=sip, rtp=rtp, trunks=trunks, phone_secret_env=phone_secret_env)


def _ami(parent: Fields, mode: Mode) -> Ami:
    fields = parent.block("ami")
    secret_env = None
    ami = Ami()
    if fields is not None:
        secret_env = fields.name("secret_env", values.VARIABLE, values.VARIABLE_SAID, "").text or None
        ami = Ami(
            host=fields.value("host", _host, LOOPBACK, LOOPBACK),
            port=fields.integer("port", 5038, 1, 65_535),
            user=fields.name("user", values.ACCOUNT, values.ACCOUNT_SAID, "allo").text,
            secret_env=secret_env,
        )
        fields.close()
    if mode == "attach" and secret_env is None:
        what = "manque : pour rejoindre un Asterisk existant, dites quelle variable d'environnement porte son secret"
        parent.faults.add(parent.mark_of("ami"), "telephony.ami.secret_env", what)
    return ami


def _sip(parent: Fields) -> Sip:
    fields = parent.block("sip")
    if fields is None:
        return Sip()
    sip = Sip(
        bind=fields.value("bind", address, LOOPBACK, LOOPBACK),
        port=fields.integer("port", 5060, 1, 65_535),
        phones=read_networks(fields, "phones"),
        encrypted_phones=fields.flag("encrypted_phones", False),
        tls=_tls(fields),
    )
    if sip.tls is not None and sip.tls.port == sip.port:
        fields.faults.add(fields.mark_of("tls"), fields.at("tls.port"), f"port {sip.port} déjà pris par sip.port")
    if sip.encrypted_phones and sip.tls is None:
        what = "demande tls : donnez à côté le certificat et la clé de ce centre"
        fields.faults.add(fields.mark_of("encrypted_phones"), fields.at("encrypted_phones"), what)
    fields.close()
    return sip


def _tls(parent: Fields) -> Tls | None:
    fields = parent.block("tls")
    if fields is None:
        return None
    authorities = fields.value("authorities", written_path, "", "")
    tls = Tls(
        port=fields.integer("port", 5061, 1, 65_535),
        certificate=Path(fields.value("certificate", written_path, "")),
        key=Path(fields.value("key", written_path, "")),
        authorities=Path(authorities) if authorities else None,
    )
    fields.close()
    return tls


def _check_tls(sip: Sip, read: Trunks, root: Fields) -> None:
    if read.first_tls is not None and sip.tls is None:
        what = "manque : une ligne est en TLS, donnez le certificat et la clé de ce centre"
        root.faults.add(read.first_tls, "telephony.sip.tls", what)


def _rtp(parent: Fields) -> Rtp:
    fields = parent.block("rtp")
    if fields is None:
        return Rtp()
    rtp = Rtp(first=fields.integer("first", 10_000, 1_024, 65_535), last=fields.integer("last", 14_999, 1_024, 65_535))
    if rtp.last - rtp.first + 1 < RTP_PORTS_LEAST:
        what = f"de {rtp.first} à {rtp.last} : il en faut au moins {RTP_PORTS_LEAST}, élargissez"
        parent.faults.add(fields.mark_of("last"), "telephony.rtp.last", what)
    fields.close()
    return rtp


def address(written: str) -> str:
    try:
        return str(ipaddress.ip_address(written))
    except ValueError:
        raise values.Unfit(f"« {written[:60]} » n'est pas une adresse IP, écrivez 127.0.0.1") from None


def _host(written: str) -> str:
    if values.HOST.fullmatch(written) or ":" in written:
        return written if values.HOST.fullmatch(written) else address(written)
    raise values.Unfit(f"« {written[:60]} » n'est pas un nom de machine ni une adresse, écrivez 127.0.0.1")


def read_voices(root: Fields, faults: Faults) -> dict[str, Voice]:
    """The languages spoken, each with its synthetic voice; French alone if nothing is said."""
    found: dict[str, Voice] = {}
    for key, (named, node) in root.mapping("languages", values.LANGUAGE, values.LANGUAGE_SAID, required=False).items():
        fields = Fields(faults, node, named.field)
        name = fields.name("voice", values.VOICE, values.VOICE_SAID, key.split("-")[0]).text
        found[key] = Voice(name=name, pace=fields.integer("pace", 150, 80, 300))
        fields.close()
    return found or {"fr": Voice(name="fr")}


def read_recordings(root: Fields, directory: Path) -> Path:
    """Where recorded prompts stand; a relative path begins at the configuration's directory."""
    fields = root.block("prompts")
    if fields is None:
        return directory / "prompts"
    path = fields.value("recordings", written_path, "prompts", "prompts")
    fields.close()
    return directory / path
