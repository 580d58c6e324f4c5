"""Records this release's journals, for every later release to fold: `python -m tests.replay.record`.

Each is a scenario played once: a line for its configuration, a line a step as the journal keeps it, and a last line
with the state in the end.  Personal data is sealed, and the key thrown away: folding must do without.
Recorded once when a release is made; later releases only add theirs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from core.ids import InteractionId
from core.personal import Purpose
from core.wire import Wire
from runtime.kernel import Kernel
from runtime.platform import release
from runtime.settings.content import seal
from tests.scenarios.runner import staged

HERE: Final = Path(__file__).resolve().parent
TABLES: Final = HERE.parent / "scenarios" / "tables"
SCENARIOS: Final = (
    "01_appel_simple",
    "03_touche_inconnue",
    "11_raccroche_pendant_l_annonce",
    "14_agent_ne_repond_pas",
    "15_agent_ne_repond_jamais",
    "22_debordement",
    "23_tout_est_plein_rappel",
    "26_pause_demandee_en_parlant",
    "36_liaison_perdue_en_attente",
    "46_tue_en_conversation",
    "47_defaut_pendant_l_accueil",
)


class LostKeys:
    """A Sealer whose keys are gone: what it sealed nobody opens, and it seals always alike."""

    def seal(self, of: InteractionId, purpose: Purpose, text: str) -> bytes:
        del of, purpose, text
        return b"sealed"

    def open(self, of: InteractionId, purpose: Purpose, sealed: bytes) -> str | None:
        del of, purpose, sealed
        return None


WIRE: Final = Wire(LostKeys())


def state(kernel: Kernel) -> dict[str, Any]:
    """Every row of every table, as plain data; personal texts are not there."""
    rows = {
        name: _emptied(json.loads(WIRE.encode_rows(dict(table.items())))["record"])
        for name, (table, _) in kernel.tables().items()
    }
    return {"seq": kernel.seq, "now_ms": kernel.now_ms, "tables": rows}


def _emptied(value: Any) -> Any:
    """Without what was sealed: whoever folds a journal without its keys has boxes with nothing in them."""
    if isinstance(value, dict):
        return {key: None if key == "sealed" else _emptied(item) for key, item in value.items()}
    return [_emptied(item) for item in value] if isinstance(value, list) else value


def record(name: str) -> list[str]:
    """The lines of one journal."""
    stage = staged((TABLES / f"{name}.txt").read_text(encoding="utf-8"))
    _, content = seal(stage.kernel.configurations.now)
    lines = [json.dumps({"digest": stage.kernel.configurations.now.digest, "content": content.decode()})]
    lines += [WIRE.encode(step).decode() for step in stage.steps]
    return [*lines, json.dumps(state(stage.kernel), ensure_ascii=False, sort_keys=True)]


def main() -> None:
    folder = HERE / "journals" / release()
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCENARIOS:
        (folder / f"{name}.jsonl").write_text("\n".join(record(name)) + "\n", encoding="utf-8")
    print(f"{len(SCENARIOS)} journals in {folder.name}/, {msgspec.__name__} {msgspec.__version__}")


if __name__ == "__main__":
    main()
