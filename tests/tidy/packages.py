"""Where the product's own code is."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = (
    "core",
    "ivr",
    "acd",
    "calls",
    "casework",
    "telephony",
    "speech",
    "journal",
    "crm_bridge",
    "softphone_ui",
    "runtime",
    "traffic",
)

INSTALLED = (*PACKAGES, "install")
"""And what installs it."""
