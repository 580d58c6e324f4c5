"""Who does a task: claimed by one agent of its tenant at a time, given back, closed."""

from __future__ import annotations

from casework.lists import closed
from casework.state import State
from casework.task import STANDING, Task
from core import events as e
from core.centre import Agent
from core.events.base import Event, because
from core.ids import TaskId
from core.mind import Decision


def on_asked(state: State, fact: e.TaskAsked, now_ms: int) -> Decision:
    """An agent's wish, answered in the same step.  A task of another tenant is one that nobody here has heard of."""
    agent = state.configurations.now.agents.get(fact.agent)
    row = state.tasks.get(fact.task)
    if agent is None:
        reason = "agent_unknown"
    elif row is None or row.state not in STANDING or row.tenant not in agent.tenants:
        reason = "task_unknown"
    else:
        reason = _refused(agent, row, fact)
        if not reason:
            yield _granted(state, fact, now_ms)
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not reason, reason=reason)


def on_heard(state: State, fact: e.MessageHeard, _now_ms: int) -> Decision:
    """Whoever has taken a message listens to it; so do those who watch over its organisation."""
    agent = state.configurations.now.agents.get(fact.agent)
    row = state.tasks.get(fact.task)
    if agent is None:
        reason = "agent_unknown"
    elif row is None or not row.message or row.state not in STANDING or row.tenant not in agent.tenants:
        reason = "task_unknown"
    elif agent.role == "agent" and not (row.state == "claimed" and row.agent == fact.agent):
        reason = "task_not_yours"
    else:
        reason = ""
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not reason, reason=reason)


def _refused(agent: Agent, row: Task, fact: e.TaskAsked) -> str:
    """Why not: it is another's, or nobody's yet.  A supervisor may take any task from whoever has it."""
    mine = row.state == "claimed" and row.agent == fact.agent
    if fact.wish == "claim":
        return "" if mine or row.state == "open" else "task_taken"
    if fact.wish == "call_off":
        if row.kind != "callback":
            return "task_not_yours"
        return "" if mine or row.state == "open" or agent.role != "agent" else "task_taken"
    watches = agent.role != "agent" and (row.state == "claimed" or fact.wish == "close")
    return "" if mine or watches else "task_not_yours"


def _granted(state: State, fact: e.TaskAsked, now_ms: int) -> Event:
    if fact.wish == "claim":
        return claimed(state, fact.task, fact.agent, fact, now_ms)
    if fact.wish == "release":
        return e.TaskReleased(cause=because(fact), task=fact.task, agent=state.tasks[fact.task].agent)
    return closed(fact, fact.task, "called_off" if fact.wish == "call_off" else "done", fact.agent)


def on_taken(state: State, fact: e.WorkTaken, now_ms: int) -> Decision:
    """Brought to the agent by distribution, and theirs as if they had claimed it."""
    row = state.tasks.get(fact.task)
    if row is not None and row.state == "open":
        yield claimed(state, fact.task, fact.agent, fact, now_ms)


def on_pulled_back(state: State, fact: e.WorkPulledBack, _now_ms: int) -> Decision:
    row = state.tasks.get(fact.task)
    if row is not None and row.state == "claimed" and row.agent == fact.agent:
        yield e.TaskReleased(cause=because(fact), task=fact.task, agent=fact.agent)


def on_drafted(state: State, fact: e.WorkDrafted, _now_ms: int) -> Decision:
    row = state.tasks.get(fact.task)
    mine = row is not None and row.state == "claimed" and row.agent == fact.agent
    reason = "" if mine else "task_not_yours"
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=mine, reason=reason)


def claimed(state: State, task: TaskId, agent: str, event: Event, now_ms: int) -> e.TaskClaimed:
    until_at_ms = now_ms + state.configurations.now.tasks.claim_ms
    return e.TaskClaimed(cause=because(event), task=task, agent=agent, until_at_ms=until_at_ms)


def on_placed(state: State, fact: e.CallPlaced, now_ms: int) -> Decision:
    """Whoever calls has the task."""
    row = state.tasks.get(fact.task)
    if row is not None and (row.state == "open" or (row.state == "claimed" and row.agent == fact.agent)):
        yield claimed(state, fact.task, fact.agent, fact, now_ms)


def on_time_over(state: State, fact: e.DeadlineReached, row: Task, now_ms: int) -> Decision:
    """Forgotten in a drawer: somebody else may.  Not while the person is being called."""
    if any(calling.task == fact.key for calling in state.calling.values()):
        yield claimed(state, fact.key, row.agent, fact, now_ms)
    else:
        yield e.TaskReleased(cause=because(fact), task=fact.key, agent=row.agent)
