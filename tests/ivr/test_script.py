"""Scripts checked as graphs: what is told, and two laws against plain oracles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.script import Ask, Branch, Choice, HandOver, HangUp, Say, Script, Step
from ivr.script import Trouble, arrows, check, silent_arrows, subjects, texts_of


def script(start: str = "a", **steps: Step) -> Script:
    return Script(name="essai", start=start, steps=steps)


def ask(otherwise: str, **keys: str) -> Ask:
    return Ask(
        texts=("question",),
        keys={key.removeprefix("k"): Choice(name=to, then=to) for key, to in keys.items()},
        otherwise=otherwise,
    )


AGENT = HandOver(queue="generaliste")


def kinds(found: list[Trouble]) -> list[tuple[str, str]]:
    return [(trouble.kind, trouble.step) for trouble in found]


def test_a_plain_script_has_no_trouble() -> None:
    good = script(a=Say(texts=("x",), then="b"), b=ask("c", k1="c", k9="b"), c=AGENT)
    assert check(good, ["solidarites"]) == []


def test_a_step_that_nothing_reaches() -> None:
    assert kinds(check(script(a=AGENT, b=AGENT), [])) == [("unreachable", "b")]


def test_a_start_that_is_no_step_is_told_alone() -> None:
    assert check(script(start="x", a=AGENT), []) == [Trouble("unknown_step", "", "start", "x")]


def test_every_arrow_to_nowhere_is_told_with_its_field() -> None:
    lost = script(a=ask("x", k1="y"), b=Branch(on="withheld", cases={"oui": "z"}, otherwise="a"))
    told = [
        (trouble.step, trouble.field, trouble.about) for trouble in check(lost, []) if trouble.kind == "unknown_step"
    ]
    assert told == [("a", "keys.1.then", "y"), ("a", "otherwise", "x"), ("b", "cases.oui", "z")]


def test_words_that_lead_to_themselves_never_end() -> None:
    found = check(script(a=Say(texts=("x",), then="b"), b=Say(texts=("x",), then="a")), [])
    assert found == [Trouble("loop", "a", "", "a", ("a", "b"))]


def test_a_question_whose_silence_leads_back_to_it_holds_the_caller() -> None:
    found = check(script(a=ask("b", k1="c"), b=Say(texts=("x",), then="a"), c=AGENT), [])
    assert found == [Trouble("no_way_out", "a", "otherwise", "a", ("a", "b"))]


def test_repeating_a_question_by_a_key_is_no_loop() -> None:
    assert check(script(a=ask("c", k9="a"), c=AGENT), []) == []


def test_whoever_stays_silent_is_never_hung_up() -> None:
    found = check(script(a=ask("b", k1="c"), b=HangUp(texts=("bye",)), c=AGENT), [])
    assert kinds(found) == [("silent_hung_up", "b")]


def test_a_caller_who_chose_may_be_hung_up_after_the_answer() -> None:
    assert check(script(a=ask("c", k1="b"), b=HangUp(), c=AGENT), []) == []


def test_words_without_a_question_may_end_the_call() -> None:
    assert check(script(a=Say(texts=("ferme",), then="b"), b=HangUp()), []) == []


def test_a_branch_compares_what_exists() -> None:
    steps: dict[str, Step] = {"q": ask("b", k1="b"), "c": AGENT}
    for on, cases, expected in (
        ("withheld", {"oui": "c", "peut-être": "c"}, [("unknown_case", "b")]),
        ("service", {"solidarites": "c", "autre": "c"}, [("unknown_case", "b")]),
        ("q", {"b": "c", "d": "c"}, [("unknown_case", "b")]),
        ("c", {}, [("unknown_subject", "b")]),
        ("rien", {}, [("unknown_subject", "b")]),
    ):
        tried = script(start="q", **steps, b=Branch(on=on, cases=cases, otherwise="c"))
        assert kinds(check(tried, ["solidarites"])) == expected
        assert subjects(tried) == ["withheld", "known", "service", "hours", "q"]


def test_one_choice_leads_to_one_place() -> None:
    keys = {"1": Choice(name="rsa", then="b"), "2": Choice(name="rsa", then="c"), "3": Choice(name="rsa", then="b")}
    found = check(script(a=Ask(texts=("x",), keys=keys, otherwise="b"), b=AGENT, c=AGENT), [])
    assert found == [Trouble("double_choice", "a", "keys.2.name", "rsa")]


def test_a_question_without_keys_is_told() -> None:
    found = check(script(a=Ask(texts=("x",), keys={}, otherwise="b"), b=AGENT), [])
    assert kinds(found) == [("no_key", "a")]


def test_texts_come_with_their_fields() -> None:
    assert texts_of(ask("b", k1="b")) == (
        ("texts[0]", "question"),
        ("silence_text", "dialogue.silence"),
        ("wrong_key_text", "dialogue.touche_inconnue"),
    )
    assert texts_of(AGENT) == ()


def test_a_script_of_ten_thousand_steps_is_checked_without_recursion() -> None:
    steps: dict[str, Step] = {f"s{n}": Say(texts=("x",), then=f"s{n + 1}") for n in range(10_000)}
    steps["s10000"] = Say(texts=("x",), then="s0")
    found = check(script(start="s0", **steps), [])
    assert [trouble.kind for trouble in found] == ["loop"]
    assert len(found[0].path) == 10_001


NAMES = ("a", "b", "c", "d", "e", "f")
names = st.sampled_from(NAMES)
steps = st.one_of(
    st.builds(lambda to: Say(texts=("x",), then=to), names),
    st.builds(
        lambda keys, to: ask(to, **{f"k{n}": key for n, key in enumerate(keys)}), st.lists(names, min_size=1), to=names
    ),
    st.builds(
        lambda yes, no, to: Branch(on="withheld", cases={"oui": yes, "non": no}, otherwise=to), names, names, names
    ),
    st.just(AGENT),
    st.just(HangUp()),
)
scripts = st.builds(lambda *six: script(**dict(zip(NAMES, six, strict=True))), *[steps] * len(NAMES))


@given(scripts)
def test_law_unreachable_is_what_no_chain_of_arrows_reaches(drawn: Script) -> None:
    reached = {drawn.start}
    for _ in NAMES:
        reached |= {arrow.to for name in reached for arrow in arrows(drawn.steps[name])}
    told = {trouble.step for trouble in check(drawn, []) if trouble.kind == "unreachable"}
    assert told == set(NAMES) - reached


@given(scripts)
def test_law_no_loop_told_means_that_silence_always_ends(drawn: Script) -> None:
    """Oracle: take away, again and again, every step all of whose silent ways end; what stays can go round."""
    ends: set[str] = set()
    for _ in NAMES:
        ends |= {name for name in NAMES if all(arrow.to in ends for arrow in silent_arrows(drawn.steps[name]))}
    loops = [trouble for trouble in check(drawn, []) if trouble.kind in ("loop", "no_way_out")]
    assert bool(loops) == (ends != set(NAMES))
    for trouble in loops:
        asks = [name for name in trouble.path if isinstance(drawn.steps[name], Ask)]
        assert (trouble.kind == "no_way_out") == bool(asks)
        for here, there in zip(trouble.path, (*trouble.path[1:], trouble.path[0]), strict=True):
            assert there in {arrow.to for arrow in silent_arrows(drawn.steps[here])}


@given(scripts)
def test_law_whoever_is_asked_and_stays_silent_is_not_hung_up(drawn: Script) -> None:
    """Oracle: every silent walk from the start, question seen or not; told exactly if one ends with us hanging up."""
    seen: set[tuple[str, bool]] = set()
    ahead = [(drawn.start, False)]
    while ahead:
        name, asked = ahead.pop()
        asked = asked or isinstance(drawn.steps[name], Ask)
        if (name, asked) not in seen:
            seen.add((name, asked))
            ahead += [(arrow.to, asked) for arrow in silent_arrows(drawn.steps[name])]
    hung = {name for name, asked in seen if asked and isinstance(drawn.steps[name], HangUp)}
    assert {trouble.step for trouble in check(drawn, []) if trouble.kind == "silent_hung_up"} == hung
