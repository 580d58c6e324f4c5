"""What pages send and are answered, as FastAPI checks it: whatever is not described here is refused."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core import events as e
from core import limits
from core.centre import AgentWish
from core.events.outgoing import ConsultWish, HelpWish, TransferInto

NOTE_CHARACTERS: Final = 4_000

Name = Annotated[str, StringConstraints(max_length=80)]
Id = Annotated[str, StringConstraints(max_length=80)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class LogIn(Body):
    name: Name
    password: Annotated[str, StringConstraints(max_length=200)]


class StateWish(Body):
    wish: AgentWish
    reason: Name = ""


class Painted(Body):
    interaction: Id
    offer: Id


class WrapUp(Body):
    interaction: Id
    code: Name
    note: Annotated[str, StringConstraints(max_length=NOTE_CHARACTERS)] = ""


class Corrected(Body):
    """What the caller really wanted; `details` by kind, those that are left out are wrong."""

    interaction: Id
    topic: Name = ""
    urgency: Literal[1, 2, 3, 4] = 4
    details: Annotated[dict[Name, Annotated[str, StringConstraints(max_length=200)]], Field(max_length=20)] = {}


class TaskWish(Body):
    task: Id
    wish: Literal["claim", "release", "close", "call_off"]


class CallBack(Body):
    """Whom to call back on `day` (year-month-day) between `after` and `before` (hours of Paris, 09:30): whoever speaks
    in `interaction`, somebody of the list (`task`, whose hour this changes), or a `number` as typed for a `service`,
    by people of `queue` (that which is for nothing else, if empty)."""

    day: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    after: Annotated[str, StringConstraints(pattern=r"^\d{2}:\d{2}$")]
    before: Annotated[str, StringConstraints(pattern=r"^\d{2}:\d{2}$")]
    interaction: Id = ""
    task: Id = ""
    service: Name = ""
    queue: Name = ""
    topic: Name = ""
    number: Annotated[str, StringConstraints(max_length=30)] = ""


class WorkAnswer(Body):
    """A task that was brought to the agent: taken, or given back with a reason."""

    task: Id
    take: bool
    reason: Literal["", "competence", "connu", "indisponible", "autre"] = ""


class Draft(Body):
    task: Id
    draft: Annotated[str, StringConstraints(max_length=NOTE_CHARACTERS)]


class Writing(Body):
    """What somebody wrote, as another system brings it: `id` is what that system calls it, `sender` an address or a
    number, `automatic` that a machine wrote it (Auto-Submitted, Precedence: bulk, a bounce)."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    channel: e.WritingChannel
    service: Name
    text: Annotated[str, StringConstraints(min_length=1, max_length=limits.WRITING_CHARACTERS)]
    subject: Annotated[str, StringConstraints(max_length=limits.SUBJECT_CHARACTERS)] = ""
    sender: Annotated[str, StringConstraints(max_length=limits.SENDER_CHARACTERS)] = ""
    language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2})?$")] = ""
    automatic: bool = False


class Accepted(BaseModel):
    """The name of what was accepted: it is in the journal.  The same `id` again has the same name."""

    interaction: str


class Fate(BaseModel):
    """What has become of a writing: `waits`, is read by an agent (`taken`), or is `done`; then `code` says how, and
    `reply` is what its writer is to be sent (empty: nothing)."""

    state: Literal["waits", "taken", "done"]
    code: str = ""
    reply: str = ""


class WritingDone(Body):
    """How the agent has dealt with a writing of theirs, and what is sent to whoever wrote it."""

    task: Id
    code: Name = ""
    reply: Annotated[str, StringConstraints(max_length=NOTE_CHARACTERS)] = ""


class Dial(Body):
    """`number` as typed; with a `task` of one's own, service and number are the task's."""

    service: Name = ""
    number: Annotated[str, StringConstraints(max_length=30)] = ""
    task: Id = ""


class Transfer(Body):
    """`to` is a name as the directory gave it (`Reachable`), or `number` as typed; `consult`: a word first."""

    interaction: Id
    to: Id = ""
    into: TransferInto
    number: Annotated[str, StringConstraints(max_length=30)] = ""
    consult: bool = False


class Consult(Body):
    """How a word with somebody else ends: the two are joined, or the citizen is taken back."""

    interaction: Id
    wish: ConsultWish


class Help(Body):
    """An emergency service: `to` is its name as the directory gave it, to `bring` it."""

    interaction: Id
    to: Id = ""
    wish: HelpWish


class Reachable(BaseModel):
    """Whom a conversation may be handed on to, or an emergency service that may be called into it (`help`).

    `free` agents of a queue; `number` and `deputy` of an entry, whether it is `there` at this hour, and `words` that
    find it; `state` of a colleague.
    """

    into: TransferInto | Literal["help"]
    to: str
    title: str
    number: str = ""
    deputy: str = ""
    free: int = 0
    state: str = ""
    there: bool = True
    words: list[str] = []


class ServiceWish(Body):
    """For `services`, all of one's own if empty: a message of the moment (a `text` of the catalogue, or typed `words`)
    or an early closing, for `minutes`."""

    wish: Literal["announce", "withdraw", "shut", "reopen"]
    services: Annotated[list[Name], Field(max_length=100)] = []
    text: Annotated[str, StringConstraints(max_length=100)] = ""
    words: Annotated[str, StringConstraints(max_length=limits.NOTICE_CHARACTERS)] = ""
    minutes: Annotated[int, Field(ge=0, le=limits.NOTICE_LONGEST_MS // 60_000)] = 0
    reason: Annotated[str, StringConstraints(max_length=200)] = ""


class Move(Body):
    """Somebody who waits waits in `queue` from now, with the place of their arrival."""

    do: Literal["move"]
    interaction: Id
    queue: Name


class Rank(Body):
    """Somebody who waits goes before or behind others: 1 the soonest, 9 the latest."""

    do: Literal["rank"]
    interaction: Id
    priority: Annotated[int, Field(ge=1, le=9)]


class Give(Body):
    """Somebody who waits is for this agent; for oneself without a name."""

    do: Literal["give"]
    interaction: Id
    agent: Name = ""


class Force(Body):
    """An agent's state, now or after the conversation."""

    do: Literal["force"]
    agent: Name
    wish: Literal["ready", "pause", "log_out"]


class Shut(Body):
    """Nobody new enters the queue for `minutes`; those who wait are served there, or go where it overflows to."""

    do: Literal["shut"]
    queue: Name
    minutes: Annotated[int, Field(ge=1, le=limits.NOTICE_LONGEST_MS // 60_000)]
    waiting: e.WaitingThere = "keep"


class Reopen(Body):
    do: Literal["reopen"]
    queue: Name


class Instruct(Body):
    """What a supervisor orders, and why.  What needs a second thought is refused once; `anyway`: it had one."""

    order: Annotated[Move | Rank | Give | Force | Shut | Reopen, Field(discriminator="do")]
    reason: Annotated[str, StringConstraints(max_length=limits.REASON_CHARACTERS)]
    anyway: bool = False


class Search(Body):
    """Who the person of this interaction says they are; `birth_date` is year-month-day."""

    interaction: Id
    name: Name
    birth_date: Annotated[str, StringConstraints(max_length=10)]


class Open(Body):
    """`found` is the name that a search gave."""

    interaction: Id
    found: Id


class NameThem(Body):
    """This is the person who speaks; `confirmed`: they said that the number they call from is theirs."""

    interaction: Id
    found: Id
    confirmed: bool = False


class Person(BaseModel):
    """One who was found: as much as tells namesakes apart.  `found` names them until the next search."""

    found: str
    civility: str
    first_name: str
    last_name: str
    birth_name: str
    commune: str


class Card(BaseModel):
    """What an agent may see of a record, as their page shows it (cards.py)."""

    card: dict[str, Any]


class Explained(BaseModel):
    """Why somebody still waits (null: they do not), and every choice and order so far; `lines` are for people."""

    waiting: dict[str, Any] | None
    history: dict[str, Any]


class Audited(BaseModel):
    """One order, listening or alert: `what` was done by `agent` because of `reason`, or `refused` in words."""

    at_ms: int
    agent: str
    why: str
    interaction: str | None
    what: str
    reason: str
    refused: str


class Answer(BaseModel):
    """`done` is None while the answer is under way; `reason` is a key of the pages' texts."""

    done: bool | None
    reason: str = ""


class Refusal(BaseModel):
    reason: str


class Code(BaseModel):
    name: str
    title: str
    under: str


class Named(BaseModel):
    name: str
    title: str


class PauseChoice(BaseModel):
    """A pause that one may ask for; without a `title` the page has one for its name."""

    name: str
    title: str
    longest_ms: int | None
    at_once: int | None
    difficult: bool


class Me(BaseModel):
    """Who is logged in, and what their pages need once."""

    name: str
    display: str
    role: Literal["agent", "supervisor", "administrator"]
    centre: str
    tenants: list[str]
    token: str
    pauses: list[PauseChoice]
    codes: list[Code]
    topics: list[Named]
    services: list[Named]
    notices: list[Named]
