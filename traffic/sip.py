"""SIP messages as data (RFC 3261): parsed, built and read, with no socket and no clock.

Text is kept as ``str`` decoded from UTF-8 with *surrogateescape*: whatever bytes a peer sends
survive ``build(parse(data))``, which is what the tests of hostile names are about.

Content-Length is a property of the datagram, not of the message: `parse` consumes it to cut the
body and `build` writes it again.  So ``parse(build(message)) == message``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from traffic.errors import BadMessage

Headers = tuple[tuple[str, str], ...]

_COMPACT = {
    "b": "Referred-By", "c": "Content-Type", "e": "Content-Encoding", "f": "From",
    "i": "Call-ID", "k": "Supported", "l": "Content-Length", "m": "Contact",
    "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To", "v": "Via", "x": "Session-Expires",
}  # fmt: skip

REASONS = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK",
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
    501: "Not Implemented", 503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """What requests and responses share.

    ``raw`` is pasted as it is after the headers when building; it exists for hostile tests
    (a broken line, a header of 10 kB, invalid UTF-8) and is always empty after parsing.
    """

    headers: Headers
    body: bytes = b""
    raw: bytes = b""

    def get(self, name: str) -> str | None:
        """Return the first header of that name (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def all(self, name: str) -> list[str]:
        """Return every header of that name (any case), in order."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def header(self, name: str) -> str:
        """Return the first header of that name; raise `BadMessage` if the peer left it out."""
        value = self.get(name)
        if value is None:
            raise BadMessage(f"header {name} is missing")
        return value

    @property
    def call_id(self) -> str:
        """The Call-ID; raises `BadMessage` when absent."""
        return self.header("Call-ID")

    @property
    def cseq(self) -> tuple[int, str]:
        """CSeq as (number, method); raises `BadMessage` when absent or odd."""
        value = self.header("CSeq")
        match = re.fullmatch(r"(\d{1,10})\s+(\S+)", value)
        if not match:
            raise BadMessage(f"CSeq must be a number and a method, was {value!r}")
        return int(match[1]), match[2]

    @property
    def branch(self) -> str:
        """The branch of the topmost Via, which names the transaction."""
        via = self.header("Via")
        match = re.search(r";\s*branch\s*=\s*([^;,\s]+)", via, re.IGNORECASE)
        if not match:
            raise BadMessage(f"Via has no branch, was {via!r}")
        return match[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(_Message):
    """A request, e.g. ``INVITE sip:0199000101@127.0.0.9 SIP/2.0``."""

    method: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(_Message):
    """A response, e.g. ``SIP/2.0 180 Ringing``."""

    status: int
    reason: str


Message = Request | Response


def parse(data: bytes) -> Message:
    """Read one datagram.  Raises `BadMessage` with what was wrong; never another exception."""
    head, blank, rest = data.partition(b"\r\n\r\n")
    if not blank:
        raise BadMessage(f"no blank line after the headers, was {data[:60]!r}")
    start, *lines = head.decode("utf-8", "surrogateescape").lstrip("\r\n").split("\r\n")
    headers, length = _read_headers(lines)
    if length is not None and length > len(rest):
        raise BadMessage(f"body is shorter than its Content-Length {length}, was {len(rest)}")
    body = rest if length is None else rest[:length]
    if match := re.fullmatch(r"SIP/2\.0 ([1-6]\d\d) ?(.*)", start, re.DOTALL):
        return Response(status=int(match[1]), reason=match[2], headers=headers, body=body)
    if match := re.fullmatch(r"([A-Za-z.!%*_+`'~-]+) (\S+) SIP/2\.0", start):
        return Request(method=match[1], uri=match[2], headers=headers, body=body)
    raise BadMessage(f"first line is neither a request nor a status, was {start[:60]!r}")


def _read_headers(lines: list[str]) -> tuple[Headers, int | None]:
    """Split header lines, joining folded ones; take Content-Length out."""
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1] += " " + line.strip(" \t")
        else:
            unfolded.append(line)
    headers: list[tuple[str, str]] = []
    length: int | None = None
    for line in unfolded:
        name, colon, value = line.partition(":")
        name, value = name.strip(" \t"), value.strip(" \t")
        if not colon or not name:
            raise BadMessage(f"header line has no name and colon, was {line[:60]!r}")
        name = _COMPACT.get(name.lower(), name)
        if name.lower() == "content-length":
            if not re.fullmatch(r"[0-9]{1,7}", value):
                raise BadMessage(f"Content-Length must be a number, was {value!r}")
            length = int(value)
        else:
            headers.append((name, value))
    return tuple(headers), length


def build(message: Message) -> bytes:
    """Write one datagram.  Raises ValueError if a header would break out of its line."""
    if isinstance(message, Request):
        start = f"{message.method} {message.uri} SIP/2.0"
    else:
        start = f"SIP/2.0 {message.status} {message.reason}"
    lines = [start, *(f"{name}: {value}" for name, value in message.headers)]
    for line in lines:
        if "\r" in line or "\n" in line:
            raise ValueError(f"a header may not hold a line break, was {line[:60]!r}")
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
    raw = b"\r\n" + message.raw.strip(b"\r\n") if message.raw else b""
    return b"%b%b\r\nContent-Length: %d\r\n\r\n%b" % (head, raw, len(message.body), message.body)


@dataclass(frozen=True, slots=True)
class Address:
    """A From, To or Contact value: ``"display" <uri>;tag=…``."""

    display: str
    uri: str
    tag: str | None

    @property
    def user(self) -> str:
        """The user part of the URI: a number or a name, "" if it has none."""
        user, at, _ = self.uri.partition(":")[2].partition("@")
        return user.partition(";")[0] if at else ""


_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)


def parse_address(value: str) -> Address:
    """Read a name-addr or addr-spec; raises `BadMessage` when there is no URI in it."""
    quoted = _QUOTED.match(value)
    rest = value[quoted.end() :] if quoted else value
    if "<" in rest:
        before, _, after = rest.partition("<")
        uri, closed, params = after.partition(">")
        if not closed:
            raise BadMessage(f"address has no closing bracket, was {value[:60]!r}")
    else:
        before, (uri, _, params) = "", rest.partition(";")
    uri = uri.strip()
    if ":" not in uri:
        raise BadMessage(f"address has no URI, was {value[:60]!r}")
    display = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else before.strip()
    tag = re.search(r"(?:^|;)\s*tag\s*=\s*([^;\s]+)", params, re.IGNORECASE)
    return Address(display=display, uri=uri, tag=tag[1] if tag else None)


def name_addr(display: str, uri: str) -> str:
    """Write ``"display" <uri>``, quoting what must be quoted."""
    if not display:
        return f"<{uri}>"
    quoted = display.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{uri}>'


@dataclass(frozen=True, slots=True)
class DialogId:
    """What tells one call from another: the Call-ID and our own tag."""

    call_id: str
    local_tag: str


def response_to(
    request: Request,
    status: int,
    *,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Response:
    """Answer a request as RFC 3261 §8.2.6 asks: same Via, From, To, Call-ID and CSeq."""
    to = request.header("To")
    if to_tag is not None and parse_address(to).tag is None:
        to = f"{to};tag={to_tag}"
    kept = [("Via", via) for via in request.all("Via")]
    kept += [("Record-Route", route) for route in request.all("Record-Route")]
    kept += [("From", request.header("From")), ("To", to)]
    kept += [("Call-ID", request.call_id), ("CSeq", request.header("CSeq"))]
    reason = REASONS.get(status, "Unknown")
    return Response(status=status, reason=reason, headers=(*kept, *headers), body=body)


def q850_cause(message: Message) -> int | None:
    """Return the Q.850 cause of a Reason header (RFC 3326), e.g. 16 for normal clearing."""
    for value in message.all("Reason"):
        match = re.search(r"Q\.850\s*;.*?cause\s*=\s*(\d{1,3})", value, re.IGNORECASE)
        if match:
            return int(match[1])
    return None
