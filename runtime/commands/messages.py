"""`./allo message`: one writing brought to the running centre, as a site or a mail server does."""

from __future__ import annotations

import json
import secrets
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from core.errors import AlloError
from runtime.settings import load

ANSWER_S: Final = 10.0
REASONS: Final = {
    "api_token": "ce jeton n'ouvre rien : ./allo token add NOM en crée un",
    "unknown_service": "ce service n'existe pas, ou n'est pas de l'organisation du jeton",
    "malformed": "il manque quelque chose, ou c'est trop long",
    "controls": "le texte contient des caractères qui ne s'écrivent pas",
    "empty": "il n'y a rien à lire",
    "wait": "trop de messages d'un coup : réessayez dans un instant",
    "full": "trop de messages attendent déjà : réessayez plus tard",
    "busy": "le centre est occupé par les appels : réessayez dans un instant",
}


def run_message(config: Path, token: str, text: str, sent: dict[str, str]) -> int:
    """0 once the centre has it; 1 with a message if not."""
    try:
        where = load(config).settings.pages
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    if where is None:
        print("Ce centre n'a pas de pages : ajoutez le bloc pages à centre.yaml.", file=sys.stderr)
        return 1
    body = {**sent, "text": sys.stdin.read() if text == "-" else text, "id": secrets.token_hex(16)}
    status, answer = post(f"{min(where.origins)}/api/messages", token, body)
    if status == 202:
        print(f"Reçu : ./allo trace {answer.get('interaction', '')}")
        return 0
    reason = str(answer.get("reason", ""))
    print(f"Refusé : {REASONS.get(reason, reason or 'le centre tourne-t-il ? ./allo up')}.", file=sys.stderr)
    return 1


def post(address: str, token: str, body: dict[str, str]) -> tuple[int, dict[str, object]]:
    """Status and answer; 0 where nobody answers."""
    request = urllib.request.Request(
        address,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    known = ssl.create_default_context()
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S, context=known) as answered:
            return answered.status, json.load(answered)
    except urllib.error.HTTPError as error:
        try:
            return error.code, json.load(error)
        except ValueError:
            return error.code, {}
    except OSError:
        return 0, {}
