"""What may stand in Asterisk's configuration files.  Each check gives the value back or raises UnsafeValue.

In these files a line break starts another setting, `;` a comment, `[` a section, `=>` a dialplan line, `,` a further
argument.  Messages name the field and never show the value: it may be a secret.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final

from core.errors import UnsafeValue

_BREAKING: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029;\[\]<>"\\]')
_SECRET: Final = re.compile(r"^[!#-+\--:=?-Z^_`a-~]{1,128}$")
_PATH: Final = re.compile(r"^/[A-Za-z0-9_./@+~ -]*$")


def safe(value: str, form: str, name: str) -> str:
    """`value` if the whole of it has the `form` (a regular expression)."""
    if not re.fullmatch(form, value):
        raise UnsafeValue(f"{name} : valeur refusée, caractères interdits ou longueur (attendu : {form})")
    return value


def text(value: str, name: str) -> str:
    """Words to be shown: any letters of any language, nothing that could break a line or a quote."""
    if _BREAKING.search(value) or len(value) > 80 or value != value.strip():
        raise UnsafeValue(f"{name} : texte refusé (guillemet, crochet, point-virgule, commande ou plus de 80)")
    return value


def secret(value: str, name: str) -> str:
    """A password: 1 to 128 printable ASCII characters, no space, quotes, brackets, semicolon, comma or backslash."""
    if not _SECRET.match(value) or _BREAKING.search(value) or "=>" in value:
        raise UnsafeValue(f'{name} : mot de passe refusé (1 à 128 caractères ASCII sans espace ni ; , [ ] < > " \\)')
    return value


def path(value: Path, name: str) -> Path:
    """An absolute path of plain characters."""
    if not _PATH.match(str(value)):
        raise UnsafeValue(f"{name} : chemin refusé (absolu, lettres sans accent, chiffres et _ . / @ + ~ -)")
    return value


def address(value: str, name: str) -> str:
    """An IPv4 address."""
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError as error:
        raise UnsafeValue(f"{name} : adresse IPv4 attendue") from error


def network(value: str, name: str) -> str:
    """An IPv4 address or network (`192.0.2.0/24`)."""
    try:
        return str(ipaddress.IPv4Network(value)) if "/" in value else str(ipaddress.IPv4Address(value))
    except ValueError as error:
        raise UnsafeValue(f"{name} : adresse ou réseau IPv4 attendu") from error
