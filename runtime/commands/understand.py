"""`./allo understand`: what a sentence means to us, one a line; how good that is; and how it gets better."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from core.errors import AlloError
from runtime.options import CONFIG, Config

if TYPE_CHECKING:
    from speech.engines.outside import Outside
    from speech.understand.entities import Entity, Finder
    from speech.understand.evaluate import Evaluation
    from speech.understand.lookout import Lookout
    from speech.understand.topics import Example
    from speech.understand.understand import Reading, Understander
    from speech.understand.urgency import Alarm

# A mail of fifty pages; a longer line is another kind of file.
LINE_BYTES: Final = 200_000
# Told of one file; who has more has another kind of file.
FAULTS_TOLD: Final = 20

app = typer.Typer(invoke_without_command=True, no_args_is_help=False, help="Comprend ce que disent les usagers.")


@app.callback()
def understand(
    context: typer.Context,
    evaluate: Annotated[
        Path | None, typer.Option("--evaluate", metavar="FICHIER.jsonl", help="Mesurer sur des phrases {text, label}.")
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option("--examples", metavar="FICHIER.jsonl", help="Apprendre de ces phrases {text, label} seulement."),
    ] = None,
    message: Annotated[
        list[Path] | None,
        typer.Option(
            "--message", metavar="FICHIER", help="Lire un message écrit (courriel .eml ou texte) ; - : l'entrée."
        ),
    ] = None,
    config: Config = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Un objet JSON par phrase.")] = False,
) -> None:
    """Lit une phrase par ligne sur l'entrée et dit de quoi il s'agit, et pourquoi."""
    if context.invoked_subcommand is not None:
        return
    try:
        if message:
            sys.exit(_read_messages(config, message, as_json=as_json))
        if evaluate is not None:
            sys.exit(_evaluate(config, evaluate, examples, as_json=as_json))
        sys.exit(_read_lines(config, examples, as_json=as_json))
    except AlloError as fault:
        for line in getattr(fault, "faults", None) or [str(fault)]:
            typer.echo(line, err=True)
        sys.exit(1)


def understander(config: Path) -> Understander:
    """That of the configuration; raises ConfigurationFault, or AlloError where it has no topics."""
    from runtime.places import Places, home
    from runtime.settings import load
    from runtime.settings.topics import load_examples
    from speech.understand.understand import Understander

    loaded = load(config)
    if not loaded.settings.topics:
        raise AlloError(f"Aucun thème dans {config} : copiez topics.yaml et examples/ du modèle.")
    kept = Places(run=home() / "run").understanding
    return Understander(loaded.settings.topics, load_examples(config, loaded.settings.topics), kept)


def lookout(config: Path) -> Lookout:
    """That of the configuration; raises ConfigurationFault."""
    from runtime.places import Places, home
    from runtime.settings import load
    from runtime.settings.dangers import load_sayings
    from speech.understand.lookout import Lookout

    settings = load(config).settings
    return Lookout(settings.urgencies, load_sayings(settings), Places(run=home() / "run").understanding)


@app.command()
def improve(
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FICHIER.jsonl", help="Écrire les propositions, à relire.")
    ] = None,
    read: Annotated[
        Path | None, typer.Option("--read", metavar="FICHIER.jsonl", help="Reprendre le fichier relu (« keep »).")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NOM", help="Qui approuve ; écrit à côté de chaque phrase.")] = "",
    config: Config = CONFIG,
) -> None:
    """Propose de nouveaux exemples d'après les corrections des agents ; rien n'est appris sans accord."""
    from runtime.commands.improve import run_improve

    sys.exit(run_improve(config, write=write, read=read, by=by))


def _read_lines(config: Path, examples: Path | None, *, as_json: bool) -> int:

    from runtime.settings.sectors import names_of
    from speech.understand.entities import Finder
    from speech.understand.lookout import Lookout
    from speech.understand.understand import Classifier
    from speech.understand.urgency import Urgencies

    if examples is not None:
        return _each_line(Classifier(load_cases(examples)).read, Lookout(Urgencies()), Finder({}), as_json=as_json)
    watch, finder = lookout(config), Finder(names_of(config))
    with _reader(config, watch) as read:
        return _each_line(read, watch, finder, as_json=as_json)


@contextmanager
def _reader(config: Path, watch: Lookout) -> Iterator[Callable[[str], Reading]]:
    """Reads texts, with the second opinion that the configuration allows."""
    import asyncio

    from speech.understand.urgency import GRAVE

    ours, outside = understander(config), _outside(config)
    if outside is None:
        yield ours.understand
        return
    with asyncio.Runner() as runner:
        runner.run(outside.start())

        def asked(text: str) -> Reading:
            danger = watch.read_written(text).level <= GRAVE
            return runner.run(outside.read(text, ours.understand(text), danger=danger))

        try:
            yield asked
        finally:
            runner.run(outside.stop())


def _read_messages(config: Path, files: list[Path], *, as_json: bool) -> int:
    """Each file as one message: the mail it answers left out, danger looked for in every sentence."""
    from runtime.settings.sectors import names_of
    from speech.understand.entities import Finder
    from speech.understand.message import read_message

    watch, finder, faults = lookout(config), Finder(names_of(config)), 0
    with _reader(config, watch) as read:
        for file in files:
            try:
                message = read_message(_bytes_of(file))
            except OSError as error:
                faults += 1
                typer.echo(f"{file}: illisible ({error.strerror}), vérifiez son nom et ses droits.", err=True)
                continue
            text = message.whole
            reading, alarm = read(text), watch.read_written(text)
            if as_json:
                told = shown(reading, alarm, finder.find(text, datetime.now().year))
                print(json.dumps({"message": str(file), **told}, ensure_ascii=False), flush=True)
            else:
                print(f"{file} : {_told(reading, alarm)}", flush=True)
    return 1 if faults else 0


def _bytes_of(file: Path) -> bytes:
    from speech.understand.message import MESSAGE_BYTES

    if str(file) == "-":
        return sys.stdin.buffer.read(MESSAGE_BYTES)
    with file.open("rb") as opened:
        return opened.read(MESSAGE_BYTES)


def _outside(config: Path) -> Outside | None:
    """The second opinion that the configuration allows; raises AlloError where its key is not set."""
    import os

    from runtime.settings import load
    from speech.engines.outside import Outside

    settings = load(config).settings
    engine = settings.outside_engine
    if engine is None:
        return None
    if engine.secret_env is not None and not os.environ.get(engine.secret_env):
        raise AlloError(
            f"La variable {engine.secret_env} (outside_engine.secret_env) n'est pas définie : définissez-la."
        )
    return Outside(engine, settings.topics, os.environ[engine.secret_env] if engine.secret_env else "")


def _each_line(read: Callable[[str], Reading], watch: Lookout, finder: Finder, *, as_json: bool) -> int:
    """Numbers of social security are hidden before anything reads the line."""
    from speech.understand.nir import masked

    faults, this_year = 0, datetime.now().year
    for number, raw in enumerate(lines_of(sys.stdin.buffer), 1):
        try:
            text = masked(text_of(raw))
        except ValueError as unfit:
            faults += 1
            typer.echo(f"entrée:{number}: {unfit}", err=True)
            if as_json:
                print(json.dumps({"error": str(unfit), "line": number}, ensure_ascii=False), flush=True)
            continue
        reading, alarm = read(text), watch.read_written(text)
        if as_json:
            entities = finder.find(text, this_year)
            print(json.dumps(shown(reading, alarm, entities), ensure_ascii=False), flush=True)
        else:
            print(_told(reading, alarm), flush=True)
    return 1 if faults else 0


def shown(reading: Reading, alarm: Alarm, entities: Iterable[Entity]) -> dict[str, object]:
    """A reading as one object; `urgency` from 1 (a life is in danger) to 4 (usual)."""
    return {
        "topic": reading.topic,
        "confidence": reading.confidence,
        "candidates": [{"topic": each.topic, "confidence": each.confidence} for each in reading.candidates],
        "in_scope": reading.in_scope,
        "scope": reading.scope,
        "urgency": alarm.level,
        "danger": alarm.danger,
        "vulnerability": list(alarm.vulnerable),
        "entities": [
            {"kind": one.kind, "value": one.value, "text": one.text, "confidence": one.confidence} for one in entities
        ],
        "why": [*alarm.why, *reading.why],
    }


def _told(reading: Reading, alarm: Alarm) -> str:
    danger = f"DANGER niveau {alarm.level} : {alarm.danger} {' '.join(alarm.why)}  " if alarm.danger else ""
    if not reading.topic:
        return danger + "rien à comprendre : aucun mot"
    others = ", ".join(f"{each.topic} {each.confidence:.0%}" for each in reading.candidates[1:])
    out = "" if reading.in_scope else "  hors périmètre"
    why = " ; ".join(reading.why) or "aucun mot décisif"
    return f"{danger}{reading.topic} {reading.confidence:.0%}{out}  ({why})  sinon : {others}"


def lines_of(file: BinaryIO) -> Iterator[bytes | None]:
    """The lines of `file`; None for one that is longer than any sentence, which is read over and not kept."""
    while raw := file.readline(LINE_BYTES + 1):
        if len(raw) <= LINE_BYTES:
            yield raw
            continue
        while raw and not raw.endswith(b"\n"):
            raw = file.readline(LINE_BYTES)
        yield None


def text_of(raw: bytes | None) -> str:
    """The text of a line; raises ValueError with what is wrong, in French."""
    if raw is None:
        raise ValueError(f"ligne de plus de {LINE_BYTES // 1000} ko, ce n'est pas une phrase : coupez-la")
    try:
        return raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise ValueError(f"colonne {error.start + 1} : n'est pas de l'UTF-8, enregistrez le texte en UTF-8") from None


def load_cases(file: Path) -> list[Example]:
    """The utterances of a file of objects with `text` and `label`; raises AlloError with every fault, file:line."""
    from core.errors import ConfigurationFault

    cases: list[Example] = []
    faults: list[str] = []
    try:
        with file.open("rb") as opened:
            for number, raw in enumerate(lines_of(opened), 1):
                try:
                    if (case := _case(raw)) is not None:
                        cases.append(case)
                except ValueError as unfit:
                    faults.append(f"{file}:{number}: {unfit}")
    except OSError as error:
        raise AlloError(f"{file} : illisible ({error.strerror}), vérifiez son nom et ses droits.") from None
    if not cases and not faults:
        faults.append(f'{file}:1: aucune phrase, écrivez un objet par ligne : {{"text": …, "label": …}}')
    if faults:
        more = len(faults) - FAULTS_TOLD
        raise ConfigurationFault([*faults[:FAULTS_TOLD], *([f"et {more} autres lignes fautives"] if more > 0 else [])])
    return cases


def _case(raw: bytes | None) -> Example | None:
    from speech.understand.topics import Example

    line = text_of(raw)
    if not line:
        return None
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        at = f"colonne {error.colno} : " if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"{at}n'est pas du JSON, attendu un objet par ligne") from None
    if not isinstance(found, dict):
        raise ValueError("doit être un objet {…}, pas une valeur seule")
    for field in ("text", "label"):
        if field not in found:
            raise ValueError(f"« {field} » manque, ajoutez-le")
        if not isinstance(found[field], str):
            raise ValueError(f"« {field} » doit être un texte entre guillemets")
    if not found["text"].strip():
        raise ValueError("« text » est vide, supprimez la ligne ou écrivez la phrase")
    if not found["label"].strip():
        raise ValueError("« label » est vide, écrivez le thème attendu")
    return Example(found["text"], found["label"].strip())


def _evaluate(config: Path, file: Path, examples: Path | None, *, as_json: bool) -> int:
    import msgspec

    from runtime.settings import load
    from speech.understand.evaluate import evaluate
    from speech.understand.understand import Classifier

    cases = load_cases(file)
    others: list[str] = []
    if examples is not None:
        taught = load_cases(examples)
        classifier = Classifier(taught)
        result = evaluate(classifier.read, cases, classifier.labels)
        known = set(classifier.labels)
    else:
        topics = load(config).settings.topics
        known, others = set(topics), [topic.name for topic in topics.values() if topic.outside]
        result = evaluate(understander(config).understand, cases, known, others)
    strange = sorted({case.label for case in cases} - known)
    if strange:
        typer.echo(f"Comptées hors périmètre, rien n'ayant été appris d'elles : {', '.join(strange[:12])}", err=True)
    if as_json:
        print(json.dumps(msgspec.to_builtins(result), ensure_ascii=False))
    else:
        _tell(result)
    return 0


def _tell(result: Evaluation) -> None:
    print(f"{result.utterances} phrases, {result.labels} thèmes")
    print(f"exactitude            {result.accuracy:.3f}   (le bon thème parmi les trois premiers : {result.top3:.3f})")
    print(f"macro-F1              {result.macro_f1:.3f}")
    for share, accuracy in result.coverage.items():
        print(f"  les {share:>3} % plus sûres  {accuracy:.3f}")
    if result.scope_auroc is None:
        print(
            "hors périmètre : rien à mesurer, le fichier n'a pas à la fois des phrases qui nous regardent et d'autres"
        )
    else:
        print(
            f"hors périmètre AUROC  {result.scope_auroc:.3f}   sur {result.outside} phrases ; reconnues "
            f"{result.known_out:.0%}, des nôtres perdues {result.lost:.0%}"
        )
    if result.confusions:
        print("pires confusions (attendu → compris)")
    for each in result.confusions:
        print(f"  {each.times:>4}  {each.meant} → {each.taken}")
