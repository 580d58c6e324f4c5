"""What can go wrong, by who is at fault and what follows.

    AlloError
    ├── ConfigurationFault   somebody wrote something wrong in config/: nothing starts, every fault is listed
    ├── UnsafeValue          a value that must not go out (CR, LF, NUL towards Asterisk): the order is refused
    ├── LinkDown             a peer is away: the order failed and may be tried again
    ├── JournalFault         the journal cannot be read or written: alarm, safe path
    ├── ImpossibleTransition one of our own decisions does not fit the table: a bug
    └── InvariantBroken      something that must hold does not: a bug

A person's "no" is none of these: it is an event (`OfferDeclined`).
"""

from __future__ import annotations


class AlloError(Exception):
    """Every error that Allo raises on purpose."""


class ConfigurationFault(AlloError):
    """All the faults found in a configuration, one a line: `file:line:column: field: what, remedy`."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class UnsafeValue(AlloError):
    """A field towards a peer holds a character that could be read as another command."""


class LinkDown(AlloError):
    """The peer is not there now; nothing was sent."""


class JournalFault(AlloError):
    """The journal refuses to be read or written; the message says the remedy."""


class ImpossibleTransition(AlloError):
    """A decision of ours asks a thing to go where its table does not lead."""


class InvariantBroken(AlloError):
    """A statement that holds after every step does not hold."""
