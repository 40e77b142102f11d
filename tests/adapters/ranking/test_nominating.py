"""What an index nominates, and in which order: measured against the same ranking written plainly."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.ranking import postings
from shared.adapters.ranking.audience_index import AudienceIndex, Entry
from shared.adapters.ranking.nominating import nominate
from shared.adapters.ranking.vectors import vector_of
from shared.adapters.ranking.words import words_asked_for
from shared.domain.embeddings import Embedding
from shared.domain.identity import AudienceId
from tests.adapters.ranking.exact import exactly
from tests.builders import an_embedding

A, B = AudienceId("a"), AudienceId("b")
TOPICS = ("scanner", "holiday", "invoice", "badge")


def an_entry(key: str, question: str = "", rest: str = "", *, near: str = "", version: str = "1") -> Entry:
    embedding = an_embedding(question or key, near) if near else None
    return Entry(key=key, version=version, usable=True, question=question, rest=rest, embedding=embedding)


def nominated(index: AudienceIndex, text: str, embedding: Embedding | None = None) -> list[str]:
    return [one.key for one in nominate({A: index}, words_asked_for(text), embedding, limit=10)]


def index_of(*entries: Entry) -> AudienceIndex:
    index = AudienceIndex()
    for entry in entries:
        index.put(entry)
    return index


def test_a_snippet_is_found_by_the_words_and_the_meaning_of_its_latest_version_alone() -> None:
    index = index_of(an_entry("one", "badge", near="holiday"))
    index.put(an_entry("one", "ladder", near="invoice", version="2"))
    assert nominated(index, "badge") == []
    assert nominated(index, "", an_embedding("holiday")) == []
    assert nominated(index, "ladder") == nominated(index, "", an_embedding("invoice")) == ["one"]
    index.put(replace(an_entry("one", version="3"), usable=False))
    assert nominated(index, "ladder", an_embedding("invoice")) == []
    assert index.holds("one", "3")
    index.put(an_entry("one", "ladder", version="4"))
    assert nominated(index, "ladder") == ["one"]
    assert index.holds("one", "4")


def test_rare_words_and_words_of_the_question_count_more() -> None:
    index = index_of(*(an_entry(f"common{number}", "printer", "ask") for number in range(10)))
    index.put(an_entry("rare", "scanner", "printer"))
    found = nominated(index, "printer scanner")
    assert found[0] == "rare"
    assert len(found) == 11


def test_a_question_in_other_words_is_found_by_its_meaning_and_the_nearest_comes_first() -> None:
    index = index_of(
        an_entry("leave", "How do I apply for leave?", near="holiday"),
        an_entry("far", "Where is the ladder?", near="ladder"),
        an_entry("same", "Where do I ask for days off?", near="days off"),
    )
    assert nominated(index, "vacation", an_embedding("vacation", "holiday", "holiday", "days off")) == ["leave", "same"]
    assert nominated(index, "vacation") == []


def test_both_rankings_count_and_who_is_high_in_both_comes_first() -> None:
    index = index_of(
        an_entry("words", "holiday form holiday form", near="ladder"),
        an_entry("meaning", "days off", near="holiday"),
        an_entry("both", "holiday form", near="holiday"),
    )
    found = nominated(index, "holiday form", an_embedding("q", "holiday"))
    assert found[0] == "both"
    assert set(found) == {"both", "words", "meaning"}


def test_vectors_of_another_model_are_not_compared() -> None:
    index = index_of(an_entry("one", "badge", near="holiday"))
    other = an_embedding("holiday", model="stand-in 2")
    assert nominated(index, "", other) == []
    index.put(replace(an_entry("two", "toner"), embedding=an_embedding("toner", "holiday", model=other.model)))
    assert nominated(index, "", other) == ["two"]
    assert nominated(index, "", an_embedding("holiday")) == ["one"]


def test_what_fits_equally_well_comes_by_key_and_then_by_audience() -> None:
    indexes = {B: index_of(an_entry("2", "x"), an_entry("1", "x")), A: index_of(an_entry("2", "x"))}
    found = nominate(indexes, ["x"], None, limit=10)
    assert [(one.key, one.audience_id) for one in found] == [("1", "b"), ("2", "a"), ("2", "b")]


def test_an_outcome_changes_nothing_that_a_snippet_is_found_by_and_wears_nothing_out() -> None:
    index = index_of(an_entry("one", "badge", near="holiday"))
    for version in range(2, 3000):
        index.put(an_entry("one", "badge", near="holiday", version=str(version)))
    assert not index.worn
    assert index.totals[0] == 1
    assert nominate({A: index}, ["badg"], None, limit=1)[0].version == hash("2999")


def test_an_index_of_versions_that_are_no_more_is_worn() -> None:
    index = AudienceIndex()
    for version in range(1001):
        index.put(an_entry("one", f"badge {version}", version=str(version)))
    assert index.worn


entries = st.lists(
    st.builds(
        lambda key, question, rest, near, usable: replace(an_entry(str(key), question, rest, near=near), usable=usable),
        st.integers(0, 9),
        st.lists(st.sampled_from(TOPICS), max_size=4).map(" ".join),
        st.lists(st.sampled_from(TOPICS), max_size=6).map(" ".join),
        st.sampled_from(["", *TOPICS]),
        st.booleans(),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(
    entries=entries,
    asked=st.lists(st.sampled_from([*TOPICS, "umbrella"]), max_size=3).map(" ".join),
    near=st.sampled_from(["", *TOPICS]),
)
@pytest.mark.parametrize("waiting", [0, 10, 20_000])
def test_whatever_was_written_in_whatever_order_the_index_nominates_what_the_plain_ranking_does(
    waiting: int, entries: list[Entry], asked: str, near: str
) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(postings, "_WAITING_AT_LEAST", waiting)
    patch.setattr(postings, "_LOADED_AT_LEAST", waiting)
    index = index_of(*entries)
    embedding = an_embedding(near) if near else None
    found = nominated(index, asked, embedding)
    patch.undo()
    last = {entry.key: entry for entry in entries if entry.usable}
    last = {key: entry for key, entry in last.items() if next(e for e in reversed(entries) if e.key == key).usable}
    expected = exactly(list(last.values()), asked, embedding)
    # Dead rows still count towards how rare a word is, so only what is found is the same for sure, and the order
    # where there are none.
    assert set(found) == set(expected)
    if index.totals[0] == len(last):
        assert found == expected


def test_what_is_found_by_meaning_is_what_exact_search_finds() -> None:
    chance = np.random.default_rng(7)
    centres = chance.standard_normal((40, 384))
    drawn = [centres[n % 40] + 0.9 * chance.standard_normal(384) for n in range(2050)]
    vectors = [(v / np.linalg.norm(v)).astype("<f4") for v in drawn]
    made = [Embedding(model="m", text_hash=str(n), numbers=v.tobytes()) for n, v in enumerate(vectors)]
    index = index_of(*(replace(an_entry(f"{n:04}"), embedding=one) for n, one in enumerate(made[:2000])))
    known = np.stack([vector_of(one) for one in made[:2000]])
    hits = 0
    for question in made[2000:]:
        best = {f"{n:04}" for n in np.argsort(-(known @ vector_of(question)))[:10]}
        hits += len(best & set(nominated(index, "", question)[:10]))
    assert hits / 500 >= 0.98
