"""A centre that asks its callers for details, made of one that hears them; and what both say."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec

from core.centre import Centre, Commune
from core.script import BY_COMMUNE, Askable, Details, HandOver, Listen, Slot, Step
from ivr import read_back

SPEECH_TEXTS: Final = {
    "parole.question": "Dites-moi ce qui vous amène.",
    "parole.danger": "Raccrochez et composez le 17.",
    "dialogue.silence_parole": "Je ne vous ai pas entendu.",
    "dialogue.pas_compris": "Je n'ai pas compris.",
    "dialogue.confirmer": "C'est pour {sujet} ?",
    "dialogue.lequel": "Pour {premier}, ou pour {second} ?",
}
DETAIL_TEXTS: Final = {
    **{f"chiffre.{n}": f"chiffre {n}" for n in range(10)},
    **{key: key for key in read_back.KEYS},
    read_back.NUMBER: "{nombre}",
    read_back.COMMUNE: "{commune}",
    **{f"renseignement.{kind}{keyed}": f"{kind}{keyed} ?" for kind in get_args(Askable) for keyed in ("", "_touches")},
    "renseignement.faux": "Faux.",
    "renseignement.tant_pis": "Tant pis.",
}
GAZETTEER: Final = {
    "78646": Commune(name="Versailles", postcodes=("78000",)),
    "78361": Commune(name="Mantes-la-Jolie", postcodes=("78200",)),
    "78362": Commune(name="Mantes-la-Ville", postcodes=("78711",)),
    "78621": Commune(name="Trappes", postcodes=("78190",)),
    **{f"789{n:02}": Commune(name=f"Bourg-{n}", postcodes=("78999",)) for n in range(12)},
}


def slot(detail: Askable, **changes: Any) -> Slot:
    texts = {"text": f"renseignement.{detail}", "keys_text": f"renseignement.{detail}_touches"}
    return Slot(detail=detail, **{**texts, **changes})


def inquire(centre: Centre) -> Centre:
    """`centre`, whose callers speak, with a step that asks those who call about the RSA for details."""
    script = centre.scripts["accueil"]
    opened = script.steps["ouverte"]
    assert isinstance(opened, Listen)
    asked = Details(
        slots=(
            slot("commune", sure=90),
            slot("telephone", shown=True),
            slot("birth_date"),
            slot("file_number"),
        ),
        then="rsa",
        keys=opened.keys,
        dangers=opened.dangers,
    )
    steps: dict[str, Step] = {
        **script.steps,
        "ouverte": msgspec.structs.replace(opened, topics={**opened.topics, "rsa": "precisions"}),
        "precisions": asked,
        "rsa": HandOver(queue="rsa", topic="rsa", sector=BY_COMMUNE),
    }
    return msgspec.structs.replace(
        centre,
        digest="renseigné",
        scripts={"accueil": msgspec.structs.replace(script, steps=steps)},
        texts={"fr": {**centre.texts["fr"], **DETAIL_TEXTS}},
        sectors={"sud": "Sud"},
        communes={"versailles": "sud", "78646": "sud"},
        gazetteer=GAZETTEER,
    )


def beginning_with_details(centre: Centre) -> Centre:
    """`centre`, which asks for them before anything else: whatever happens, happens there."""
    script = centre.scripts["accueil"]
    asked, opened = script.steps["precisions"], script.steps["ouverte"]
    assert isinstance(asked, Details)
    assert isinstance(opened, Listen)
    steps = {
        **script.steps,
        "precisions": msgspec.structs.replace(asked, then="ouverte"),
        "ouverte": msgspec.structs.replace(opened, topics={**opened.topics, "rsa": "rsa"}),
    }
    scripts = {"accueil": msgspec.structs.replace(script, start="precisions", steps=steps)}
    return msgspec.structs.replace(centre, digest="curieux", scripts=scripts)
