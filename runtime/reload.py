"""`./allo reload`: another configuration for the running centre, whole or not at all.

It is read and compiled in a process of its own, so that no call waits for it.  Then the telephones and trunks that
Asterisk has to know are written, and one kept fact makes it hold: dialogues go on with the script they began with,
queues that are gone drain, agents who are gone finish what they are at (ivr/, acd/).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import logging
import multiprocessing
import sys
from pathlib import Path

from core import events as e
from core.errors import AlloError, ConfigurationFault
from runtime import differences
from runtime.edges import own_settings
from runtime.places import Places, home
from runtime.platform import Platform
from runtime.settings import Loaded, load
from runtime.telling import counter
from runtime.telling.counter import Answer, Wish
from softphone_ui.perform import Pages
from telephony.nodes import OwnNode
from telephony.perform import Telephony

log = logging.getLogger("allo.reload")


class Reload:
    """What a running platform does with the wish for another configuration, one at a time."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._at_work = asyncio.Lock()

    async def __call__(self, by: str, *, apply: bool) -> Answer:
        """The differences; applied if so asked and nothing is wrong."""
        async with self._at_work:
            try:
                new = await compiled(self._platform.loaded.settings.root)
            except ConfigurationFault as fault:
                return Answer(done=False, reason="configuration", faults=tuple(map(str, fault.faults)))
            old = self._platform.loaded
            found = tuple(differences.changes(old, new)), tuple(differences.later(old, new))
            if apply and (old.centre.digest != new.centre.digest or any(found)):
                try:
                    await self._apply(new, by)
                except AlloError as fault:
                    return Answer(done=False, reason="refused", faults=(str(fault),))
            return Answer(done=True, changes=found[0], later=found[1])

    async def _apply(self, new: Loaded, by: str) -> None:
        """Telephones first: an agent whom nobody can ring must not be offered to."""
        platform = self._platform
        if isinstance(platform.node, OwnNode):
            await platform.node.change(own_settings(new, platform.places, platform.secrets))
        if isinstance(platform.edges.telephony, Telephony):
            platform.edges.telephony.use(new.centre)
        platform.memory.log.keep_configuration(new.centre.digest, new.content)
        platform.loop.kernel.configurations.add(new.centre)
        platform.loop.submit(e.ConfigurationApplied(cause="reload", digest=new.centre.digest, by=by))
        if isinstance(platform.edges.pages, Pages):  # in a process of their own they take it from the journal
            platform.edges.pages.picture.centre = new.centre
        platform.loaded = new
        log.info("configuration %s appliquée", new.centre.digest[:12])


async def compiled(root: Path) -> Loaded:
    """The configuration of `root`, read by another process.  Raises ConfigurationFault with all its faults."""
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        found = await asyncio.get_running_loop().run_in_executor(pool, _load, root)
    if isinstance(found, Loaded):
        return found
    raise ConfigurationFault(found)


def _load(root: Path) -> Loaded | list[str]:
    """A fault travels as its words: exceptions do not always survive the way between processes."""
    try:
        return load(root)
    except ConfigurationFault as fault:
        return list(map(str, fault.faults))


# -- the command --------------------------------------------------------------------------------------------------


def run_reload(*, check: bool, as_json: bool) -> int:
    """Asks the running centre; 0 once it holds (or would, with `check`), 1 with every fault."""
    try:
        places = Places(run=home() / "run")
        answer = asyncio.run(counter.ask(places, Wish(reload="check" if check else "apply")))
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    if as_json:
        told = {"done": answer.done, "changes": answer.changes, "later": answer.later, "faults": answer.faults}
        print(json.dumps(told, ensure_ascii=False))
        return 0 if answer.done else 1
    if not answer.done:
        print("\n".join((*answer.faults, f"{len(answer.faults)} faute(s) : rien n'a changé.")), file=sys.stderr)
        return 1
    print(_text(answer, check=check))
    return 0


def _text(answer: Answer, *, check: bool) -> str:
    lines = list(answer.changes)
    lines += [f"! {title} : au prochain démarrage seulement" for title in answer.later]
    if not lines:
        return "Rien n'a changé."
    lines.append("Rien n'est appliqué encore : ./allo reload l'appliquera." if check else "Appliqué.")
    return "\n".join(lines)
