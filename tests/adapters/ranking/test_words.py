"""Words are cut, folded and stemmed as SQLite's full-text index does it, so that either may be relied on."""

import re
import sqlite3
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.adapters.ranking.words import words_asked_for, words_of

TALK = (
    "printing printers printed cafe café CAFE\u0301 naïve relational running ran scanner's e-mail E-17 résumé Straße",
    "STRASSE München munchen naive scans scanned hopping hopeful generalisation the of and 2024 v2.10 user_name",
    "ελληνικά Ελληνικά сканер Сканеры 打印机 プリンター 스캐너 ﬁle file ½ x² İstanbul ısı flies dies agreed sky happy",
)
words = st.sampled_from(sorted({word for line in TALK for word in line.split()}))
texts = st.lists(words, min_size=1, max_size=6).map(" ".join)


def matched(index: sqlite3.Connection, question: str, asked: str) -> bool:
    """Whether SQLite's index finds the question by any of the words asked for."""
    index.execute("DELETE FROM said")
    index.execute("INSERT INTO said VALUES (?)", (normalize("NFC", question),))
    query = " OR ".join(f'"{word.lower()}"' for word in re.findall(r"[^\W_]+", normalize("NFC", asked)))
    return bool(query) and bool(index.execute("SELECT 1 FROM said WHERE said MATCH ?", (query,)).fetchall())


@settings(max_examples=200, deadline=None)
@given(question=texts, asked=texts)
@example(question="the flies died", asked="fly die")
@example(question="résumé", asked="resume")
def test_a_question_has_the_words_that_sqlite_finds_it_by(question: str, asked: str) -> None:
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE said USING fts5 (text, tokenize = 'porter unicode61 remove_diacritics 2')")
    shared = set(words_asked_for(asked)) & set(words_of(question))
    assert bool(shared) == matched(index, question, asked)
    index.close()


def test_only_the_first_words_of_a_pasted_log_are_asked_for() -> None:
    assert len(words_asked_for(" ".join(f"w{n}" for n in range(10_000)))) == 60


@pytest.mark.parametrize("text", ["", " _ ", "?!", "\ud800"])
def test_a_text_without_words_has_none(text: str) -> None:
    assert list(words_of(text)) == []
