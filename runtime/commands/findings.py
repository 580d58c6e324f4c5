"""What the doctor says: findings, each with its remedy where something is not well."""

from __future__ import annotations

import json

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at; `remedy` is empty when it is well."""

    what: str
    said: str
    remedy: str = ""


def tell(found: list[Finding], *, as_json: bool) -> int:
    """Prints them; 1 if any has a remedy."""
    ill = [finding for finding in found if finding.remedy]
    if as_json:
        print(json.dumps([msgspec.to_builtins(finding) for finding in found], ensure_ascii=False))
    else:
        for finding in found:
            print(f"{'✗' if finding.remedy else '✓'} {finding.what:<14} {finding.said}")
            if finding.remedy:
                print(f"  → {finding.remedy}")
        print("Tout est prêt." if not ill else f"{len(ill)} point(s) à corriger.")
    return 1 if ill else 0
