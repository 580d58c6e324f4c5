"""How fast and how well utterances are understood, beside the nearest example by rapidfuzz alone.

    ./allo bench understand [FILE.jsonl] [--json]

Both are taught the shipped examples; a fifth of them, evenly taken, is kept apart for measuring (or the utterances of
FILE.jsonl are read, objects with `text` and `label`).  The baseline is what one would write in an afternoon: the label
of the example that rapidfuzz finds nearest.  `danger` is what watching for it costs, by rules and by what was learnt.
Times are of one thread, one utterance after the other.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process, utils
from rich.console import Console
from rich.table import Table

from runtime.commands.understand import load_cases
from runtime.settings import load
from runtime.settings.dangers import load_sayings
from runtime.settings.topics import load_examples
from speech.understand.evaluate import evaluate
from speech.understand.lookout import Lookout
from speech.understand.topics import Example, lessons
from speech.understand.understand import Candidate, Classifier, Reading

CONFIG = Path(__file__).resolve().parent.parent / "config"
APART = 5
TIMED = 1_000


def nearest(examples: Sequence[Example]) -> Callable[[str], Reading]:
    """Reads an utterance as the example that is nearest to it."""
    texts = [utils.default_process(example.text) for example in examples]

    def read(text: str) -> Reading:
        found = process.extractOne(utils.default_process(text), texts, scorer=fuzz.token_set_ratio)
        label, score = (examples[found[2]].label, found[1] / 100) if found else ("", 0.0)
        return Reading(topic=label, confidence=score, candidates=(Candidate(label, score),), scope=score)

    return read


def times_us(read: Callable[[str], Reading], texts: Sequence[str]) -> tuple[float, float]:
    """Median and 99th percentile of microseconds an utterance."""
    taken = []
    for text in texts:
        began = time.perf_counter()
        read(text)
        taken.append((time.perf_counter() - began) * 1e6)
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 99))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file", nargs="?", type=Path, help="utterances {text, label}; a fifth of the examples without")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    settings = load(CONFIG).settings
    topics = settings.topics
    examples = load_examples(CONFIG, topics)
    if asked.file is None:
        apart = examples[::APART]
        taught = lessons(topics, tuple(example for at, example in enumerate(examples) if at % APART))
    else:
        apart, taught = tuple(load_cases(asked.file)), lessons(topics, examples)
    began = time.perf_counter()
    ours = Classifier(taught, [acronym for topic in topics.values() for acronym in topic.acronyms]).read
    learnt_s = time.perf_counter() - began
    outside = [topic.name for topic in topics.values() if topic.outside]
    result: dict[str, object] = {"utterances": len(apart), "examples": len(taught), "learn_s": round(learnt_s, 2)}
    table = Table("", "µs p50", "µs p99", "accuracy", "macro-F1", title=f"{len(apart)} utterances kept apart")
    texts = [example.text for example in apart][:TIMED]
    for name, read in (("allo", ours), ("rapidfuzz", nearest(taught))):
        times_us(read, texts[:50])  # warm
        middle, slow = times_us(read, texts)
        told = evaluate(read, apart, set(topics), outside)
        prefix = "" if name == "allo" else "baseline_"
        result |= {
            f"{prefix}utterance_us_p50": round(middle, 1),
            f"{prefix}utterance_us_p99": round(slow, 1),
            f"{prefix}accuracy": told.accuracy,
            f"{prefix}macro_f1": told.macro_f1,
        }
        table.add_row(name, f"{middle:.0f}", f"{slow:.0f}", f"{told.accuracy:.3f}", f"{told.macro_f1:.3f}")
    watching = Lookout(settings.urgencies, load_sayings(settings)).read
    times_us(watching, texts[:50])
    middle, slow = times_us(watching, texts)
    result |= {"danger_us_p50": round(middle, 1), "danger_us_p99": round(slow, 1)}
    table.add_row("danger", f"{middle:.0f}", f"{slow:.0f}", "", "")
    if asked.json:
        print(json.dumps(result))
    else:
        Console().print(table)


if __name__ == "__main__":
    main()
