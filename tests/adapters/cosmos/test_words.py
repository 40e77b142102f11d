"""The same words find the same snippets as in the SQLite store."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.adapters.cosmos.word_index import WordIndex, ranked
from shared.adapters.cosmos.words import words_asked_for, words_of
from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from tests.builders import HELP, a_snippet

HERE = audience_of_space(HELP)
TALK = (
    "printing printers printed cafe café CAFE\u0301 naïve relational running ran scanner's e-mail E-17 résumé Straße",
    "STRASSE München munchen naive scans scanned hopping hopeful generalisation the of and 2024 v2.10 user_name",
    "ελληνικά Ελληνικά сканер Сканеры 打印机 プリンター 스캐너 ﬁle file ½ x² İstanbul ısı flies dies agreed sky happy",
)
words = st.sampled_from(sorted({word for line in TALK for word in line.split()}))
texts = st.lists(words, min_size=1, max_size=6).map(" ".join)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=texts, asked=texts)
@example(question="the flies died", asked="fly die")
@example(question="résumé", asked="resume")
async def test_a_question_finds_what_it_finds_in_sqlite(tmp_path: Path, question: str, asked: str) -> None:
    store = SqliteStore(tmp_path / "words.sqlite")
    snippet = a_snippet(question=question, approaches=["Ask."], topics=[])
    known = await store.snippet(HERE, snippet.id)
    await store.put_snippet(snippet, etag=known.etag if known else None)
    expected = bool(await store.search(frozenset({HERE}), asked, limit=1))
    await store.close()
    index = WordIndex()
    index.put("one", "1", question=question, rest="Ask.")
    assert bool(ranked([(HERE, index)], words_asked_for(asked))) == expected


def test_a_snippet_is_found_by_the_words_of_its_latest_version_alone() -> None:
    index = WordIndex()
    index.put("one", "1", question="badge", rest="")
    index.put("one", "2", question="ladder", rest="")
    assert ranked([("a", index)], ["badg"]) == []
    assert ranked([("a", index)], ["ladder"]) == [("a", "one")]
    index.drop("one", "3")
    assert ranked([("a", index)], ["ladder"]) == []
    assert index.holds("one", "3")


def test_rare_words_and_words_of_the_question_count_more() -> None:
    index = WordIndex()
    for number in range(10):
        index.put(f"common{number}", "1", question="printer", rest="ask")
    index.put("rare", "1", question="scanner", rest="printer")
    found = [snippet_id for _, snippet_id in ranked([("a", index)], ["printer", "scanner"])]
    assert found[0] == "rare"
    assert len(found) == 11


def test_only_the_first_words_of_a_pasted_log_are_asked_for() -> None:
    assert len(words_asked_for(" ".join(f"w{n}" for n in range(10_000)))) == 60


@pytest.mark.parametrize("text", ["", " _ ", "?!", "\ud800"])
def test_a_text_without_words_has_none(text: str) -> None:
    assert list(words_of(text)) == []
