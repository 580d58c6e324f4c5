"""`./allo understand improve`: what agents put right becomes examples, once a person agreed to each sentence.

Asked one by one at the keyboard, or in a file: `--write` it, set `keep` to true where it may be learnt (the text may
be changed), then `--read` it with one's name.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import typer

from core.errors import AlloError, ConfigurationFault
from runtime.commands.understand import lines_of, text_of, understander
from runtime.places import Places, home
from runtime.settings import load
from runtime.settings.learnt import LEARNT, Learnt, add_learnt
from runtime.settings.reading import LABEL_CHARACTERS
from runtime.settings.topics import EXAMPLE_CHARACTERS, load_examples
from speech.understand.improve import Corrections, Proposal, anonymous
from speech.understand.normalise import words
from speech.understand.topics import Topic, lessons


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with what was decided (None: nothing yet); `said` is the text as it was proposed."""

    text: str
    topic: str
    keep: bool | None = None
    said: str = ""
    times: int = 1
    taken: str = ""


def run_improve(config: Path, *, write: Path | None, read: Path | None, by: str) -> int:
    """The command; 0 if all went well."""
    try:
        topics = load(config).settings.topics
        kept = Corrections(Places(run=home() / "run").corrections, topics)
        now_ms = time.time_ns() // 1_000_000
        known = {word for example in lessons(topics, load_examples(config, topics)) for word in words(example.text)}
        if read is not None:
            return _learn(config, topics, kept, known, _judged(read, topics), by, now_ms)
        proposals = kept.proposals(understander(config).understand, known, now_ms)
        if not proposals:
            typer.echo("Rien à proposer : aucune correction d'agent qui apprenne quelque chose.")
            return 0
        if write is not None:
            _write(write, proposals)
            return 0
        if not sys.stdin.isatty():
            raise AlloError("Pas de clavier ici : écrivez les propositions dans un fichier avec --write FICHIER.jsonl.")
        name = by or typer.prompt("Votre nom, qui sera écrit à côté de chaque phrase apprise")
        return _learn(config, topics, kept, known, list(_asked(proposals, topics)), name, now_ms)
    except AlloError as fault:
        for line in getattr(fault, "faults", None) or [str(fault)]:
            typer.echo(line, err=True)
        return 1


def _write(file: Path, proposals: list[Proposal]) -> None:
    try:
        with file.open("wb") as out:
            for one in proposals:
                judged = Judged(text=one.text, topic=one.topic, said=one.text, times=one.times, taken=one.taken)
                out.write(msgspec.json.encode(judged) + b"\n")
    except OSError as error:
        raise AlloError(f"{file} : ne peut pas être écrit ({error.strerror}).") from None
    typer.echo(f"{len(proposals)} phrase(s) dans {file}. Relisez : « keep » à true pour apprendre, à false sinon ;")
    typer.echo(f"puis ./allo understand improve --read {file} --by VOTRE_NOM")


def _judged(file: Path, topics: dict[str, Topic]) -> list[Judged]:
    """The decisions of a file; raises ConfigurationFault with every fault, file:line."""
    found: list[Judged] = []
    faults: list[str] = []
    try:
        with file.open("rb") as opened:
            for number, raw in enumerate(lines_of(opened), 1):
                try:
                    if line := text_of(raw):
                        found.append(_decided(line, topics))
                except ValueError as unfit:
                    faults.append(f"{file}:{number}: {unfit}")
    except OSError as error:
        raise AlloError(f"{file} : illisible ({error.strerror}), vérifiez son nom et ses droits.") from None
    if faults:
        raise ConfigurationFault(faults[:20])
    return found


def _decided(line: str, topics: dict[str, Topic]) -> Judged:
    try:
        judged = msgspec.json.decode(line, type=Judged)
    except msgspec.MsgspecError:
        raise ValueError('attendu : {"text": …, "topic": …, "keep": true ou false}') from None
    topic = topics.get(judged.topic)
    if topic is None:
        raise ValueError(f"le thème « {judged.topic[:40]} » n'existe pas")
    if topic.protected and judged.keep:
        raise ValueError(f"« {judged.topic} » est un thème protégé : rien ne s'apprend des appels, mettez keep à false")
    if not any(letter.isalnum() for letter in judged.text) or len(judged.text) > EXAMPLE_CHARACTERS:
        raise ValueError(f"« text » doit être une phrase de {EXAMPLE_CHARACTERS} caractères au plus")
    if judged.keep and anonymous(judged.text).count("…"):
        raise ValueError("« text » contient un nom, un numéro ou une adresse : retirez-le, ou mettez keep à false")
    return judged


def _asked(proposals: list[Proposal], topics: dict[str, Topic]) -> Iterator[Judged]:
    """Each proposal with the answer of who sits at the keyboard; ends when they have enough."""
    for number, one in enumerate(proposals, 1):
        typer.echo(
            f"\n{number}/{len(proposals)}  « {one.text} »  ({one.times} fois, comprise aujourd'hui : {one.taken})"
        )
        answer = typer.prompt(f"Un exemple de « {topics[one.topic].title} » ? [o]ui, [n]on, [q]uitter", default="n")
        if answer.strip().lower().startswith("q"):
            return
        keep = answer.strip().lower().startswith("o")
        yield Judged(text=one.text, topic=one.topic, keep=keep, times=one.times, taken=one.taken)


def _learn(
    config: Path,
    topics: dict[str, Topic],
    kept: Corrections,
    known: set[str],
    judged: list[Judged],
    by: str,
    now_ms: int,
) -> int:
    agreed = [one for one in judged if one.keep]
    if agreed and not (0 < len(by.strip()) <= LABEL_CHARACTERS and by.isprintable()):
        raise AlloError("Dites qui approuve : --by 'Prénom Nom'.")
    on = datetime.fromtimestamp(now_ms / 1000, ZoneInfo("Europe/Paris")).date().isoformat()
    added = [Learnt(text=" ".join(one.text.split()), topic=one.topic, by=by.strip(), on=on) for one in agreed]
    count = add_learnt(config, added, topics)
    kept.settle({(one.said or one.text, one.topic) for one in judged if one.keep is not None}, known, now_ms)
    typer.echo(f"{count} phrase(s) apprise(s), dans {LEARNT} ; ./allo reload les fait entendre.")
    return 0
