"""`./allo prompts`: which texts a person has recorded, whether the recordings are good; all of them to listen to."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from runtime.options import CONFIG, Config, Json

if TYPE_CHECKING:
    from core.centre import Centre
    from runtime.settings import Loaded

app = typer.Typer(help="Les textes dits au téléphone : enregistrés ou en voix de synthèse.", no_args_is_help=True)

Language = Annotated[str, typer.Option("--language", metavar="LANGUE", help="Une seule langue ; sinon toutes.")]
Service = Annotated[str, typer.Option("--service", metavar="NOM", help="Ce que dit ce service ; sinon tout.")]

EVERY_SERVICE = "tous les services"


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """A text in one language; `recorded` is its file, `places`: a call fills something in; `services` say it."""

    language: str
    key: str
    words: str
    services: tuple[str, ...]
    recorded: Path | None = None
    places: bool = False

    @property
    def state(self) -> str:
        if self.recorded is not None:
            return "enregistré"
        return "toujours en synthèse : une place à remplir" if self.places else "voix de synthèse"


@app.command("list")
def list_(
    language: Language = "",
    service: Service = "",
    missing: Annotated[bool, typer.Option("--missing", help="Ceux qui restent à enregistrer.")] = False,
    config: Config = CONFIG,
    as_json: Json = False,
) -> None:
    """Liste les textes : qui les dit, lesquels sont enregistrés, lesquels restent en voix de synthèse."""
    found = _asked(config, language, service)
    shown = [one for one in found if not missing or (one.recorded is None and not one.places)]
    if as_json:
        print(json.dumps([_as_json(one) for one in shown], ensure_ascii=False))
        return
    for one in shown:
        mark = "✓" if one.recorded is not None else "·"
        print(f"{mark} {one.language}/{one.key} : {one.state} ({', '.join(one.services) or 'rien ne le dit'})")
        if missing:
            print(f"    {one.words}")
    recorded = sum(one.recorded is not None for one in found)
    fillable = sum(one.places for one in found)
    print(
        f"{recorded} enregistré(s), {len(found) - recorded - fillable} à enregistrer, "
        f"{fillable} avec une place à remplir."
    )


@app.command()
def check(language: Language = "", service: Service = "", config: Config = CONFIG, as_json: Json = False) -> None:
    """Écoute chaque enregistrement : illisible, trop fort, saturé, bruyant, trop de silence, autre texte."""
    from speech.recordings import examine
    from speech.wav import BadAudio

    lines: list[dict[str, Any]] = []
    examined = 0
    for one in _asked(config, language, service):
        if one.recorded is None:
            continue
        examined += 1
        try:
            found = examine(one.recorded.read_bytes(), one.words)
        except BadAudio as bad:
            lines.append({"file": str(one.recorded), "key": one.key, "unusable": True, "remarks": [str(bad)]})
        except OSError as error:
            why = f"illisible ({error.strerror}), vérifiez ses droits"
            lines.append({"file": str(one.recorded), "key": one.key, "unusable": True, "remarks": [why]})
        else:
            lines.append({"file": str(one.recorded), "key": one.key, "unusable": False, **msgspec.to_builtins(found)})
    wrong = [line for line in lines if line["remarks"]]
    if as_json:
        print(json.dumps(lines, ensure_ascii=False))
    else:
        for line in wrong:
            for remark in line["remarks"]:
                print(f"{'✗' if line['unusable'] else '!'} {line['file']} : {remark}")
        print(f"{examined} enregistrement(s), {len(wrong)} à revoir." if examined else _NOTHING_RECORDED)
    sys.exit(1 if wrong else 0)


_NOTHING_RECORDED = (
    "Aucun texte n'est enregistré : tout est en voix de synthèse. ./allo prompts list --missing dit quoi lire."
)


@app.command()
def render(
    directory: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Où écrire les fichiers WAV.")],
    language: Language = "",
    service: Service = "",
    config: Config = CONFIG,
) -> None:
    """Écrit chaque texte comme on l'entend au téléphone, enregistré ou en synthèse, pour l'écouter."""
    from speech.speak import SpeechFault

    found = _asked(config, language, service)
    try:
        made = asyncio.run(_render(_loaded(config), found, directory))
    except SpeechFault as fault:
        print(fault, file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"{directory} : écriture impossible ({error.strerror}), choisissez un autre dossier", file=sys.stderr)
        sys.exit(1)
    print(f"{made} fichier(s) sous {directory}, à 8 kHz comme au téléphone.")


async def _render(loaded: Loaded, prompts: list[Prompt], directory: Path) -> int:
    import tempfile

    from core.text import say
    from runtime import tools
    from speech.prompts import Prompts
    from speech.sound import RATE, from_alaw
    from speech.wav import write_wav

    with tempfile.TemporaryDirectory() as cache:
        maker = Prompts(
            cache=Path(cache),
            recordings=loaded.settings.recordings,
            voices=loaded.settings.voices,
            command=tools.command("espeak"),
        )
        for one in prompts:
            prepared = await maker.prepare(say(one.key), one.words, one.language)
            if prepared.fault:
                print(f"enregistrement inutilisable, voix de synthèse à la place : {prepared.fault}", file=sys.stderr)
            target = directory / one.language / f"{one.key}.wav"
            target.parent.mkdir(parents=True, exist_ok=True)
            samples = from_alaw(prepared.path.with_name(f"{prepared.path.name}.alaw").read_bytes())
            target.write_bytes(write_wav(samples, RATE))
    return len(prompts)


def _loaded(config: Path) -> Loaded:
    """Leaves with every fault of the configuration, recordings of no text among them."""
    from core.errors import ConfigurationFault
    from runtime.settings import load

    try:
        return load(config)
    except ConfigurationFault as fault:
        print("\n".join(fault.faults), file=sys.stderr)
        sys.exit(1)


def _asked(config: Path, language: str, service: str) -> list[Prompt]:
    from runtime.settings.faults import meant

    loaded = _loaded(config)
    for option, wanted, known in (
        ("--language", language, list(loaded.centre.texts)),
        ("--service", service, list(loaded.centre.services)),
    ):
        if wanted and wanted not in known:
            print(f"{option} : « {wanted} » n'existe pas, {meant(wanted, known)}", file=sys.stderr)
            sys.exit(1)
    return [
        one
        for one in prompts_of(loaded)
        if (not language or one.language == language) and (not service or {service, EVERY_SERVICE} & {*one.services})
    ]


def prompts_of(loaded: Loaded) -> Iterator[Prompt]:
    """Every text in every language, in the order of its file."""
    said = said_by(loaded.centre)
    for language, texts in loaded.centre.texts.items():
        recorded = loaded.recorded.get(language, ())
        for key, words in texts.items():
            yield Prompt(
                language=language,
                key=key,
                words=words,
                services=said.get(key, ()),
                recorded=loaded.settings.recordings / language / f"{key}.wav" if key in recorded else None,
                places="{" in words,
            )


def said_by(centre: Centre) -> dict[str, tuple[str, ...]]:
    """The services that say each text; what is said while waiting, whoever was called, is of every service."""
    from core.text import URGENT
    from ivr.script import texts_of
    from runtime.settings.catalogue import SAID_BY_MINDS

    said: dict[str, dict[str, None]] = {}
    by_queues = {rule.script for queue in centre.queues.values() for rule in queue.overflow}
    by_queues |= {queue.callback.script for queue in centre.queues.values() if queue.callback is not None}
    scripts = [(name, script) for name, one in centre.services.items() for script in (one.script, one.closed_script)]
    for name, script in [*scripts, *((EVERY_SERVICE, script) for script in sorted(by_queues))]:
        for step in centre.scripts[script].steps.values() if script in centre.scripts else ():
            for _, key in texts_of(step):
                said.setdefault(key, {})[name] = None
    for name, one in centre.services.items():
        if one.emergency_text:
            said.setdefault(one.emergency_text, {})[name] = None
    urgent = {key for texts in centre.texts.values() for key in texts if key.startswith(URGENT)}
    return {key: tuple(names) for key, names in said.items()} | dict.fromkeys(
        {*SAID_BY_MINDS, *urgent}, (EVERY_SERVICE,)
    )


def _as_json(one: Prompt) -> dict[str, Any]:
    return {
        "language": one.language,
        "key": one.key,
        "words": one.words,
        "services": list(one.services),
        "recorded": str(one.recorded) if one.recorded is not None else None,
        "places": one.places,
    }
