"""Digest authentication (RFC 7616, RFC 8760): the answer to a 401 or 407.  Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from traffic.errors import BadMessage
from traffic.sip import Request, Response

_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_PARAMETER = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class Challenge:
    """A WWW-Authenticate or Proxy-Authenticate value."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str | None = None
    opaque: str | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are for the peer."""

    user: str
    secret: str


def parse_challenge(value: str) -> Challenge:
    """Read a challenge.  Raises `BadMessage` if it is not Digest, or asks what we do not do."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        raise BadMessage(f"authentication scheme must be Digest, was {scheme!r}")
    found = {m[1].lower(): m[2] if m[2] is not None else m[3] for m in _PARAMETER.finditer(rest)}
    algorithm = found.get("algorithm", "MD5").upper()
    if algorithm not in _HASHES:
        raise BadMessage(f"digest algorithm must be MD5 or SHA-256, was {algorithm!r}")
    offered = [q.strip() for q in found["qop"].split(",")] if "qop" in found else []
    if offered and "auth" not in offered:
        raise BadMessage(f"digest qop must offer auth, was {found['qop']!r}")
    if "realm" not in found or "nonce" not in found:
        raise BadMessage(f"digest challenge lacks realm or nonce, was {value[:80]!r}")
    return Challenge(
        realm=found["realm"],
        nonce=found["nonce"],
        algorithm=algorithm,
        qop="auth" if offered else None,
        opaque=found.get("opaque"),
        stale=found.get("stale", "").lower() == "true",
    )


def strongest(values: Iterable[str]) -> Challenge:
    """Choose among several challenges: SHA-256 before MD5.  Raises `BadMessage` if none fits."""
    readable, errors = [], []
    for value in values:
        try:
            readable.append(parse_challenge(value))
        except BadMessage as error:
            errors.append(str(error))
    if not readable:
        raise BadMessage("no challenge to answer: " + ("; ".join(errors) or "none was given"))
    return max(readable, key=lambda challenge: challenge.algorithm == "SHA-256")


def digest_response(
    challenge: Challenge, who: Credentials, method: str, uri: str, *, cnonce: str, count: int = 1
) -> str:
    """Return the ``response`` parameter, lower-case hexadecimal."""
    a1 = _hash(challenge, f"{who.user}:{challenge.realm}:{who.secret}")
    a2 = _hash(challenge, f"{method}:{uri}")
    if challenge.qop is None:  # RFC 2069 peers
        return _hash(challenge, f"{a1}:{challenge.nonce}:{a2}")
    middle = f"{challenge.nonce}:{count:08x}:{cnonce}:{challenge.qop}"
    return _hash(challenge, f"{a1}:{middle}:{a2}")


def authorization(challenge: Challenge, who: Credentials, method: str, uri: str, *, cnonce: str, count: int = 1) -> str:
    """Return the whole value of the Authorization (or Proxy-Authorization) header."""
    response = digest_response(challenge, who, method, uri, cnonce=cnonce, count=count)
    parts = [
        f'username="{who.user}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{uri}"',
        f'response="{response}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.qop:
        parts += [f"qop={challenge.qop}", f"nc={count:08x}", f'cnonce="{cnonce}"']
    if challenge.opaque is not None:
        parts.append(f'opaque="{challenge.opaque}"')
    return "Digest " + ", ".join(parts)


def authorized(request: Request, refusal: Response, who: Credentials, *, via: str, cseq: int, cnonce: str) -> Request:
    """Return the request again, as a new transaction that answers the challenge of a 401 or 407.

    Raises `BadMessage` if the challenge is none that we can answer.
    """
    proxy = refusal.status == 407
    asked = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    answer = "Proxy-Authorization" if proxy else "Authorization"
    challenge = strongest(refusal.all(asked))
    value = authorization(challenge, who, request.method, request.uri, cnonce=cnonce)
    changed = {"Via": via, "CSeq": f"{cseq} {request.method}"}
    kept = ((name, changed.get(name, text)) for name, text in request.headers if name != answer)
    return replace(request, headers=(*kept, (answer, value)))


def _hash(challenge: Challenge, text: str) -> str:
    return _HASHES[challenge.algorithm](text.encode("utf-8", "surrogateescape")).hexdigest()
