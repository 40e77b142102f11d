"""Whatever people write, a card stays valid, small, whole in its words, and free of accidental formatting."""

import json
from dataclasses import replace
from typing import Any

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.teams.activities import message_with
from shared.adapters.teams.cards import posting_id_in, render
from shared.domain.cards import AnsweredBefore, Ask, Card, Helpers, Notice, Recall, Review
from shared.domain.identity import Person, ThreadId
from shared.domain.postings import Suggested
from shared.domain.snippets import Imported, Snippet, Trust
from tests.adapters.teams import samples
from tests.adapters.teams.conftest import CardSchema, objects, of_type, read_out
from tests.adapters.teams.samples import CARDS, NOON, POSTING, approach, snippet

_LIMIT = 28 * 1024

_AWKWARD = [
    "[click](https://evil.example) **bold** _italic_ `code` # title",
    "1. first\n2. second\n- third\n* fourth\n> quoted",
    "<script>alert('x')</script><img src=x onerror=alert(1)><b>hi</b> &lt;i&gt; <at>Dana Whitfield</at>",
    "{{DATE(2026-03-03T12:00:00Z, SHORT)}} ${question} {{ DATE }}",
    "שלום עולם, מה שלומך? (VPN)\nمرحبا بالعالم",
    "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪 e\u0301 नमस्ते ก็",
    "\u202eevil\u202c \u2066x \x00\x07\ud83d lone \ufeff",
    "```\n    indented\n\ttab\nunclosed",
    "```python\nprint('x')\n```\n\n\n\n\nafter",
    "",
    "   \n\t ",
]
_REPEATED = [
    "a",
    "words and more ",
    "会議室の予約方法を教えてください。",
    "👩‍👩‍👧‍👦",
    "e\u0301\u0301",
    "line\n",
    '"\\',
    "\n \n",
    "\x01",
]
_LONG = [(part * 100_000)[:100_000] for part in _REPEATED]

any_text = st.one_of(
    st.sampled_from(_AWKWARD),
    st.text(st.characters(), max_size=100),
    st.builds(str.__mul__, st.sampled_from(_REPEATED) | st.text(st.characters(), max_size=20), st.integers(1, 400)),
)
any_person = st.builds(lambda name: Person(key=samples.DANA.key, name=name), any_text)


any_import = st.builds(Imported, file=any_text, row=st.just(7), at=st.just(NOON), by=any_text, stated=any_text)


@st.composite
def any_snippet(draw: st.DrawFn) -> Snippet:
    ways = [
        approach(
            draw(any_text),
            draw(any_person),
            number=number,
            conditions=draw(any_text),
            disputed_by=tuple(draw(st.lists(any_person, max_size=5))),
            edited_by=draw(st.none() | any_person),
            helped=samples.keys(draw(st.integers(0, 4))),
            imported=draw(st.none() | any_import),
        )
        for number in range(draw(st.integers(1, 7)))
    ]
    made = snippet(*ways, question=draw(any_text))
    trust = draw(st.sampled_from(Trust))
    return replace(
        made,
        trust=trust,
        trust_reason=draw(any_text),
        redactions=draw(st.integers(0, 9)),
        wordings=tuple(draw(st.lists(any_text, max_size=3))),
        thread_id=draw(st.sampled_from([made.thread_id, ThreadId("")])),
    )


any_card: st.SearchStrategy[Card] = st.one_of(
    st.builds(
        AnsweredBefore,
        posting_id=st.just(POSTING),
        snippet=any_snippet(),
        space_label=any_text,
        private=st.booleans(),
    ),
    st.builds(
        Review,
        posting_id=st.just(POSTING),
        snippet=any_snippet(),
        space_label=any_text,
        similar=st.lists(any_snippet(), max_size=5).map(tuple),
    ),
    st.builds(
        Helpers,
        posting_id=st.just(POSTING),
        asker=any_person,
        question=any_text,
        suggested=st.lists(
            st.builds(Suggested, person=any_person, reasons=st.lists(any_text, max_size=6).map(tuple)),
            min_size=1,
            max_size=7,
        ).map(tuple),
        asked=st.sampled_from([frozenset(), frozenset({samples.DANA.key})]),
    ),
    st.builds(
        Ask,
        posting_id=st.just(POSTING),
        mentor=any_person,
        asker=any_person,
        question=any_text,
        reasons=st.lists(any_text, max_size=6).map(tuple),
    ),
    st.builds(Notice, posting_id=st.just(POSTING), text=any_text),
    st.builds(
        Recall,
        posting_id=st.just(POSTING),
        question=any_text,
        reason=any_text,
        at=st.just(NOON),
        replacement=st.none() | any_snippet(),
    ),
)

few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def _holds(card: dict[str, Any], schema: CardSchema | None) -> None:
    if schema is not None:
        assert schema.faults(card) == []
    assert card["version"] == "1.5"
    assert card["fallbackText"].strip()
    assert posting_id_in(card) == POSTING
    assert card["body"][0]["style"] == "heading"
    assert all(len(actions["actions"]) <= 6 for actions in of_type(card, "ActionSet"))
    assert len(card.get("actions", [])) <= 6


@given(any_card)
@few
def test_a_card_is_always_valid_and_marked(schema: CardSchema, card: Card) -> None:
    _holds(render(card), schema)


@given(any_card)
@settings(few, max_examples=50)
def test_an_activity_is_always_below_teams_limit(card: Card) -> None:
    message = json.dumps(message_with(card), ensure_ascii=False)
    assert len(message.encode()) < _LIMIT
    assert len(message.encode("utf-16-le")) < 40_000


@pytest.mark.parametrize("words", [*_AWKWARD, *_LONG], ids=lambda words: ascii(words[:20]))
def test_awkward_words_do_no_harm_anywhere(schema: CardSchema, words: str) -> None:
    who = Person(key=samples.DANA.key, name=words)
    shown = snippet(
        *(approach(words, who, number=n, conditions=words, disputed_by=(who,)) for n in range(4)), question=words
    )
    for card in (
        samples.answered(shown, label=words),
        samples.review(shown, replace(samples.OTHER, question=words)),
        Notice(posting_id=POSTING, text=words),
        Ask(posting_id=POSTING, mentor=who, asker=who, question=words, reasons=(words,)),
    ):
        rendered = render(card)
        _holds(rendered, schema)
        assert len(json.dumps(message_with(card), ensure_ascii=False).encode()) < _LIMIT


def test_plain_letters_are_counted_as_teams_counts_them() -> None:
    ways = [approach("plain letters " * 105, number=number) for number in range(5)]
    message = json.dumps(message_with(samples.review(snippet(*ways))))
    assert 30_000 < len(message.encode("utf-16-le")) < 40_000


@given(any_card)
@settings(few, max_examples=50)
def test_markdown_is_read_in_our_own_words_alone(card: Card) -> None:
    for block in of_type(render(card), "TextBlock"):
        words = block["text"].replace("<at>", "").replace("</at>", "")
        assert not regex.search(r"[*_`<>\[\]#~\\]", words)
        assert not regex.match(r"\s*(?:[-+>]|\d+[.)])\s", words)


@given(any_card)
@settings(few, max_examples=50)
def test_no_macro_and_no_turn_of_direction_gets_through(card: Card) -> None:
    rendered = render(card)
    for text in (read_out(rendered), rendered["fallbackText"]):
        assert not regex.search(r"\{\{(DATE|TIME)\(", text)
        assert not regex.search(r"[\u202a-\u202e\x00-\x08]", text)


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS.keys())
def test_every_kind_is_valid(schema: CardSchema, card: Card) -> None:
    _holds(render(card), schema)


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS.keys())
def test_only_a_mention_needs_teams_own_extension(card: Card) -> None:
    assert ("msteams" in render(card)) == isinstance(card, Ask)


def test_the_schema_finds_faults(schema: CardSchema) -> None:
    card = render(samples.answered())
    card["body"].append({"type": "CodeBlock", "text": "x"})
    assert schema.faults(card)


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS.keys())
def test_fallback_says_the_same_in_plain_words(card: Card) -> None:
    rendered = render(card)
    fallback = rendered["fallbackText"]
    for line in read_out(rendered["body"]).splitlines():
        plain = line.replace("<at>", "").replace("</at>", "").replace("\u00a0", " ")
        assert plain in fallback
    assert "<at>" not in fallback
    assert POSTING not in fallback


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS.keys())
def test_no_id_is_shown(card: Card) -> None:
    rendered = render(card)
    shown = read_out(rendered) + str([one.get("title") for one in objects(rendered)])
    assert not regex.search(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}", shown)


def test_a_long_answer_is_cut_between_words_and_leads_to_the_rest() -> None:
    sentence = "Restart the extraordinarily long-winded synchronisation agent beforehand. "
    card = render(samples.answered(snippet(approach(sentence * 300))))
    shown = next(text for text in read_out(card).splitlines() if text.startswith("Restart"))
    assert shown.endswith(" …")
    assert set(shown.removesuffix(" …").split()) <= set(sentence.split())
    assert "Read all of it in the thread" in str(card)


def test_a_short_answer_is_shown_whole() -> None:
    card = render(samples.answered())
    assert samples.SHORT_ANSWER in read_out(card)
    assert "Read all of it" not in str(card)
