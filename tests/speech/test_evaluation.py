"""What is understood of utterances that are no examples: spoken style with a recogniser's errors, titles as
administrations write them, and what has nothing to do with us.  The floors are a little under what was measured
(docs/understanding.md); they were written by the author of the examples, so that strangers' words fare worse.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.commands.understand import load_cases
from runtime.settings import load
from runtime.settings.topics import load_examples
from speech.understand.evaluate import evaluate
from speech.understand.understand import Understander

HERE = Path(__file__).resolve().parent / "evaluation"
CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(scope="module")
def understander() -> Understander:
    topics = load(CONFIG).settings.topics
    return Understander(topics, load_examples(CONFIG, topics))


@pytest.mark.parametrize(
    ("name", "least"), [("topics_spoken", 0.87), ("topics_formal", 0.91), ("topics_written", 0.86)]
)
def test_topics_and_what_is_none_of_ours(understander: Understander, name: str, least: float) -> None:
    topics = load(CONFIG).settings.topics
    cases = load_cases(HERE / f"{name}.jsonl")
    told = evaluate(understander.understand, cases, topics)
    assert told.accuracy >= least
    assert told.top3 >= 0.95
    both = [*cases, *load_cases(HERE / "out_of_scope.jsonl")]
    outside = [topic.name for topic in topics.values() if topic.outside]
    scope = evaluate(understander.understand, both, topics, outside).scope_auroc
    assert scope is not None
    assert scope >= 0.90


def test_every_topic_is_evaluated_and_no_case_is_an_example() -> None:
    topics = load(CONFIG).settings.topics
    examples = {example.text.casefold() for example in load_examples(CONFIG, topics)}
    cases = [
        case
        for file in ("topics_spoken", "topics_formal", "topics_written", "out_of_scope")
        for case in load_cases(HERE / f"{file}.jsonl")
    ]
    assert {case.label for case in cases} == set(topics)
    assert [case.text for case in cases if case.text.casefold() in examples] == []
