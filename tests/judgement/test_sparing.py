"""What is not embedded, because it could not change what is done, and what is."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.embedding.minilm import TEXTS_AT_ONCE, runs
from shared.domain.messages import Message
from shared.judgement.answers import assess, texts_to_embed
from shared.judgement.chances import LONG, OPEN_FROM, OPEN_TO
from shared.judgement.meaning import Meaning, Meanings
from shared.judgement.similar import may_be_same, rank
from shared.judgement.similar import texts_to_embed as texts_to_compare
from shared.judgement.verdicts import Candidate, Verdict
from tests.judgement.talk import say

QUESTION = "How do I reset the VPN certificate?"
ANSWER = "Open the client, go to Settings, and press Renew certificate; it asks for your badge number."
_OPEN = (
    "Sometimes the old certificate is still in the store.",
    "Maybe it is about the profile that the installer brought.",
    "The one from last year had a button for that somewhere.",
)
_SETTLED = ("lol", "thanks!", "ok", "which version do you use?", "😀")
_QUESTIONS = (
    QUESTION,
    "vpn cert expired again, where do I renew it",
    "How do I create a purchase order?",
    "How do I cancel a purchase order?",
    "Where is the travel policy?",
    "I get error 0x80070005 when installing the client",
    "I get error 0x80070643 when installing the client",
    "The printer on floor 3 prints blank pages",
    "pages come out blank on the printer of floor 3",
    "",
    "?",
)


def long_thread() -> tuple[list[Message], list[Message]]:
    """A thread longer than `LONG`, most of which its words settle, and in which the asker speaks too."""
    said = [text for _ in range(3) for text in (*_SETTLED, "I have tried the old profile before")]
    lines = [("ann" if text.startswith("I have") else f"p{at}", text) for at, text in enumerate(said)]
    lines += [("bob", ANSWER), *((f"q{at}", text) for at, text in enumerate(_OPEN))]
    return [say("ann", QUESTION, 0)], [say(who, text, at) for at, (who, text) in enumerate(lines, 1)]


def direction(seed: int) -> Meaning:
    row = np.random.default_rng(seed).normal(size=384).astype(np.float32)
    return np.asarray(row / np.linalg.norm(row), np.float32)


def meanings(texts: Sequence[str], seed: int = 0) -> Meanings:
    return {text: direction(seed + at) for at, text in enumerate(texts)}


def test_of_a_long_thread_only_open_lines_are_embedded() -> None:
    question, replies = long_thread()
    assert len(replies) > LONG
    texts = texts_to_embed(question, replies)
    assert texts[0] == QUESTION
    assert len(texts) > 1
    assert "I have tried the old profile before" not in texts
    by_words = {v.message_id: v.probability for v in assess(question, replies).replies}
    clear = {m.text for m in replies if not OPEN_FROM < by_words[m.id] < OPEN_TO}
    assert clear
    assert not clear & set(texts)


def test_a_short_thread_is_embedded_whole() -> None:
    replies = [say(f"p{at}", text, at) for at, text in enumerate((*_SETTLED, *_OPEN), 1)]
    assert len(texts_to_embed([say("ann", QUESTION, 0)], replies)) == 1 + len(replies)


def test_what_words_settle_in_a_long_thread_stays_as_it_was() -> None:
    question, replies = long_thread()
    texts = texts_to_embed(question, replies)
    words, meant = assess(question, replies), assess(question, replies, meanings(texts))
    settled = [m.id for m in replies if m.text not in texts]
    by_words = {v.message_id: v for v in words.replies}
    assert settled
    assert all(v == by_words[v.message_id] for v in meant.replies if v.message_id in settled)


def test_what_words_leave_open_in_a_long_thread_is_judged_by_meaning() -> None:
    question, replies = long_thread()
    texts = texts_to_embed(question, replies)
    alike = dict.fromkeys(texts, direction(1))
    words, meant = assess(question, replies), assess(question, replies, alike)
    still_open = {m.id for m in replies if m.text in texts}
    before = {v.message_id: v.probability for v in words.replies}
    assert any(v.probability != before[v.message_id] for v in meant.replies if v.message_id in still_open)


def test_a_long_thread_without_its_meanings_goes_by_words() -> None:
    question, replies = long_thread()
    assert assess(question, replies, meanings([QUESTION])) == assess(question, replies)


@settings(max_examples=60, deadline=None)
@given(question=st.sampled_from(_QUESTIONS), seed=st.integers(0, 10_000), near=st.booleans(), known=st.booleans())
def test_what_may_not_be_the_same_is_not_whatever_it_means(question: str, seed: int, near: bool, known: bool) -> None:
    candidates = [Candidate(id=str(at), question=text, answers=ANSWER) for at, text in enumerate(_QUESTIONS)]
    texts = texts_to_compare(question, candidates)
    meant = (dict.fromkeys(texts, direction(seed)) if near else meanings(texts, seed)) if known else {}
    kept = {candidate.id for candidate in may_be_same(question, candidates)}
    matches = rank(question, candidates, meant)
    assert {match.id for match in matches if match.same is Verdict.YES} <= kept


def test_nothing_is_embedded_for_a_question_that_shares_only_its_topic() -> None:
    known = [Candidate(id="1", question="How do I cancel a purchase order?", answers="")]
    assert not may_be_same("How do I create a purchase order?", known)
    assert texts_to_compare("How do I create a purchase order?", []) == []


@given(lengths=st.lists(st.integers(2, 256), max_size=70).map(sorted))
def test_every_text_runs_once_and_never_too_many_together(lengths: list[int]) -> None:
    found = runs(lengths)
    assert [at for start, end in found for at in range(start, end)] == list(range(len(lengths)))
    assert all(0 < end - start <= TEXTS_AT_ONCE for start, end in found)


@pytest.mark.parametrize(
    ("lengths", "wanted"),
    [([], []), ([5], [(0, 1)]), ([5, 5, 6], [(0, 3)]), ([4, 4, 200], [(0, 2), (2, 3)])],
)
def test_texts_share_a_run_where_that_costs_less(lengths: list[int], wanted: list[tuple[int, int]]) -> None:
    assert runs(lengths) == wanted
