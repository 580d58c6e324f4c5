"""The machine's own pip settings (pip.conf, PIP_*), said again in uv's words: uv does not read them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

# pip's option → uv's variable, and the separator between several values.
VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "proxy": ("ALL_PROXY", " "),
}
NO = {"", "0", "false", "no", "off"}


def parse(listing: str) -> dict[str, str]:
    """Options out of `pip config list` (`global.index-url='…'`); the environment's win, as they do for pip."""
    options: dict[str, str] = {}
    rank: dict[str, int] = {}
    for line in listing.splitlines():
        found = re.match(r"(:env:|global|install)\.([\w-]+)=(.*)$", line)
        if not found:
            continue
        section, name = found[1], found[2].replace("_", "-")
        priority = ("global", "install", ":env:").index(section)
        if priority < rank.get(name, 0):
            continue
        try:
            value = ast.literal_eval(found[3])
        except (SyntaxError, ValueError):
            value = found[3]
        options[name], rank[name] = str(value), priority
    return options


def for_uv(options: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that make uv read where pip reads.  Those that the user set for uv stay as they are."""
    said: dict[str, str] = {}
    for option, (variable, separator) in VARIABLES.items():
        words = options.get(option, "").split()
        if words:
            said[variable] = separator.join(words)
    if "UV_INDEX" in said:
        # pip takes the best file of all its indexes; every file is checked against our hashes anyway.
        said["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {name: value for name, value in said.items() if name not in environment}


def flags_for_uv(options: Mapping[str, str]) -> list[str]:
    """The one setting that uv reads from its command line only."""
    return [] if options.get("no-index", "").lower() in NO else ["--no-index"]
