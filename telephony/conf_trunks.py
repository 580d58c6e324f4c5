"""Trunks in pjsip.conf: one endpoint `trunk-<name>` a trunk, so that a channel's name says on which line it came.

The name also serves the way out, `PJSIP/<number>@trunk-<name>`: Asterisk takes the first proxy, in the order in which
they are written, that answers its OPTIONS; each is an address of record of its own, for within one there is no order.
A trunk that registers is known by a token in the address that it registered, and by its addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Final, Literal

from core.errors import UnsafeValue
from telephony.conf_safe import network, safe, secret

PREFIX: Final = "trunk-"
"""What the names of all trunks' endpoints begin with, and no telephone's account."""

OURSELVES: Final = "allo"
"""The user that a trunk's operator calls when we registered; the service dialled then stands in other headers."""

Transport = Literal["udp", "tls"]
Encryption = Literal["none", "srtp"]
Prack = Literal["on_demand", "always", "never"]
Codec = Literal["alaw", "ulaw"]
Dtmf = Literal["auto_info", "rfc4733", "info", "inband"]

_NAME: Final = r"[a-z][a-z0-9_]{0,39}"
_HOST: Final = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_PLACE: Final = rf"{_HOST}(:[1-9][0-9]{{0,4}})?"
_USER: Final = r"[A-Za-z0-9+_.-]{1,64}"
_CHANNEL: Final = re.compile(r"PJSIP/trunk-([a-z][a-z0-9_]{0,39})-[0-9a-f]{8}")
_100REL: Final[dict[Prack, str]] = {"on_demand": "yes", "always": "peer_supported", "never": "no"}
# Between two attempts to register while the operator is away or says no: it may be its mistake, so we never give up.
RETRY_S: Final = 20
_ATTEMPTS: Final = 1_000_000_000
# A fax calls out every 3.5 s from the moment it dials; later than this nobody listens for it.
FAX_S: Final = 30
# A proxy that takes longer to answer an OPTIONS is away: a call would ring into nothing for as long.
ANSWER_S: Final = 3.0
# The least that RFC 4028 lets anybody ask for.
SESSION_LEAST_S: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Where we say that we are there: `server` is host or host:port."""

    server: str
    user: str
    secret: str = field(repr=False)
    expiry_s: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkAccount:
    """An operator or a PABX.

    Calls from the addresses or networks `match`, from its proxies and its registrar come from it; ours go to the first
    of `proxies` (host or host:port) that answers, without any to the registrar, and nowhere without that.  With
    `encryption` sound is SRTP or there is no call; its keys travel in the SDP, so only where the transport is TLS.
    """

    name: str
    match: tuple[str, ...] = ()
    registration: Registration | None = None
    proxies: tuple[str, ...] = ()
    qualify_s: int = 30
    transport: Transport = "udp"
    encryption: Encryption = "none"
    codecs: tuple[Codec, ...] = ("alaw",)
    session_s: int = 1800
    prack: Prack = "on_demand"
    dtmf: Dtmf = "auto_info"
    fax: bool = True

    @property
    def ways_out(self) -> tuple[str, ...]:
        """Where our calls go, in order."""
        return self.proxies or ((self.registration.server,) if self.registration is not None else ())


def trunk_of(channel: str) -> str:
    """The trunk on which Asterisk has the channel; empty if it is none's."""
    found = _CHANNEL.fullmatch(channel)
    return found[1] if found else ""


def endpoint(name: str, context: str, media: str, **options: str) -> list[str]:
    """What trunks and telephones share; sound leaves and arrives on `media` alone, any address if that is 0.0.0.0."""
    bound = [] if media == "0.0.0.0" else [f"media_address={media}", "bind_rtp_to_media_address=yes"]
    usual = {"transport": "udp", "allow": "alaw", **options}
    return [
        f"[{name}]",
        "type=endpoint",
        f"context={context}",
        "disallow=all",
        *(f"{option}={value}" for option, value in usual.items()),
        "direct_media=no",
        "rtp_symmetric=yes",
        "send_connected_line=no",
        "trust_connected_line=no",
        "force_rport=yes",
        "rewrite_contact=yes",
        "allow_transfer=no",
        "allow_overlap=no",
        *bound,
    ]


def sections(trunk: TrunkAccount, media: str) -> list[str]:
    """The lines of one trunk.  Raises UnsafeValue."""
    name = PREFIX + safe(trunk.name, _NAME, "trunks.name")
    ways = [_place(way, "trunks.proxies") for way in trunk.ways_out]
    aors = [f"{name}.{number}" for number in range(1, len(ways) + 1)]
    return [
        *endpoint(name, "from-trunk", media, **_options(trunk, aors)),
        *_auth(name, trunk),
        *_identify(name, trunk),
        *(line for aor, way in zip(aors, ways, strict=True) for line in _aor(aor, way, trunk)),
    ]


def _options(trunk: TrunkAccount, aors: list[str]) -> dict[str, str]:
    registration = trunk.registration
    options = {
        "transport": _one_of(trunk.transport, ("udp", "tls"), "trunks.transport"),
        **encrypted(trunk.encryption, trunk.transport, "trunks.encryption"),
        "allow": ",".join(_one_of(codec, ("alaw", "ulaw"), "trunks.codecs") for codec in trunk.codecs),
        "dtmf_mode": _one_of(trunk.dtmf, ("auto_info", "rfc4733", "info", "inband"), "trunks.dtmf"),
        "identify_by": "ip",
        "trust_id_inbound": "yes",
        "trust_id_outbound": "yes",
        "send_pai": "yes",
        "timers": "yes",
        "timers_sess_expires": str(max(SESSION_LEAST_S, int(trunk.session_s))),
        "timers_min_se": str(SESSION_LEAST_S),
        "100rel": _100REL[trunk.prack],
    }
    if trunk.fax:
        options |= {"fax_detect": "yes", "fax_detect_timeout": str(FAX_S)}
    if aors:
        options["aors"] = ",".join(aors)
    if registration is not None:
        options["outbound_auth"] = PREFIX + trunk.name
        options["from_domain"] = _place(registration.server, "trunks.registration.server").partition(":")[0]
    return options


def encrypted(encryption: Encryption, transport: Transport, name: str) -> dict[str, str]:
    """What an endpoint says so that its sound is SRTP.  Raises UnsafeValue for keys that would travel in the clear."""
    if _one_of(encryption, ("none", "srtp"), name) == "none":
        return {}
    if transport != "tls":
        raise UnsafeValue(f"{name} : srtp demande tls, sinon les clés du son passent en clair")
    return {"media_encryption": "sdes", "media_encryption_optimistic": "no"}


def _auth(name: str, trunk: TrunkAccount) -> list[str]:
    registration = trunk.registration
    if registration is None:
        return []
    server = _place(registration.server, "trunks.registration.server")
    user = safe(registration.user, _USER, "trunks.registration.user")
    return [
        f"[{name}]",
        "type=auth",
        "auth_type=digest",
        f"username={user}",
        f"password={secret(registration.secret, 'trunks.registration.secret')}",
        f"[{name}]",
        "type=registration",
        f"outbound_auth={name}",
        f"transport={trunk.transport}",
        f"server_uri=sip:{server}{_by(trunk)}",
        f"client_uri=sip:{user}@{server.partition(':')[0]}",
        f"contact_user={OURSELVES}",
        f"endpoint={name}",
        "line=yes",
        f"expiration={int(registration.expiry_s)}",
        f"retry_interval={RETRY_S}",
        f"forbidden_retry_interval={RETRY_S}",
        f"fatal_retry_interval={RETRY_S}",
        f"max_retries={_ATTEMPTS}",
        "auth_rejection_permanent=no",
    ]


def _identify(name: str, trunk: TrunkAccount) -> list[str]:
    hosts = [way.partition(":")[0] for way in (*trunk.proxies, *_registrar(trunk))]
    known = list(dict.fromkeys([*(network(match, "trunks.match") for match in trunk.match), *hosts]))
    if not known:
        return []
    return [f"[{name}]", "type=identify", f"endpoint={name}", *(f"match={match}" for match in known)]


def _registrar(trunk: TrunkAccount) -> tuple[str, ...]:
    return () if trunk.registration is None else (trunk.registration.server,)


def _aor(aor: str, way: str, trunk: TrunkAccount) -> list[str]:
    return [
        f"[{aor}]",
        "type=aor",
        f"contact=sip:{way}{_by(trunk)}",
        f"qualify_frequency={int(trunk.qualify_s)}",
        f"qualify_timeout={answered_within_s(trunk.qualify_s):g}",
    ]


def answered_within_s(qualify_s: int) -> float:
    """How long an OPTIONS may take: less than until the next, or the end of an old one would belie a newer answer."""
    return min(ANSWER_S, qualify_s * 0.75) if qualify_s else ANSWER_S


def _by(trunk: TrunkAccount) -> str:
    """What an address says of the transport, behind it."""
    return r"\;transport=tls" if trunk.transport == "tls" else ""


def _place(value: str, name: str) -> str:
    """A host or host:port.  Digits and dots must be an address: Asterisk would look `1.2.3` up as a name."""
    safe(value, _PLACE, name)
    host, _, port = value.partition(":")
    if not host.strip("0123456789."):
        try:
            IPv4Address(host)
        except ValueError as error:
            raise UnsafeValue(f"{name} : adresse IPv4 attendue") from error
    if port and int(port) > 65_535:
        raise UnsafeValue(f"{name} : un port va de 1 à 65535")
    return value


def _one_of(value: str, options: tuple[str, ...], name: str) -> str:
    if value not in options:
        raise UnsafeValue(f"{name} : valeur refusée (attendu : {', '.join(options)})")
    return value
