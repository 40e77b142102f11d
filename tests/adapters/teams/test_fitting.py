"""People's words are cleaned and cut as a reader would."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.teams.cards.elements import words
from shared.adapters.teams.cards.fitting import ELLIPSIS, cleaned, encodable, shortened

_PARTS = st.sampled_from(
    ["word", "longer-word", "e\u0301", "👩‍👩‍👧‍👦", "🇩🇪", "नमस्ते", "会議室", " ", "\n", "\u0301", "\u200d"]
)
_MIXED = st.lists(_PARTS | st.text(st.characters(), max_size=4), max_size=80).map("".join)


@given(_MIXED, st.integers(1, 120))
def test_what_is_kept_is_a_beginning_in_whole_graphemes(text: str, most: int) -> None:
    short = shortened(text, most)
    if short == text.rstrip():
        return
    kept = short.removesuffix(ELLIPSIS.strip()).rstrip()
    begin = text.find(kept)
    assert text[:begin].strip() == ""
    assert len(kept) <= most
    ends = {begin} | {found.end() for found in regex.finditer(r"\X", text)}
    assert begin + len(kept) in ends or text[begin + len(kept)].isspace()


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12), min_size=1, max_size=60))
def test_no_word_is_cut_where_there_are_blanks(parts: list[str]) -> None:
    short = shortened(" ".join(parts), 60)
    assert [word for word in short.split() if word != "…"] == parts[: len(short.removesuffix(ELLIPSIS).split())]


def test_languages_without_blanks_are_cut_between_words() -> None:
    assert shortened("会議室の予約方法を教えてください", 5) == "会議室の予 …"


def test_a_grapheme_longer_than_the_room_is_left_out() -> None:
    assert shortened("e" + "\u0301" * 500, 10) == "…"


def test_lines_are_counted_too() -> None:
    assert shortened("one\ntwo\nthree\nfour", 100, lines=2) == "one\ntwo …"


def test_whole_text_stays_as_it_is() -> None:
    assert shortened("as it is", 8) == "as it is"


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("a\n\n\n \n\nb", "a\n\nb"),
        ("\u202eevil\u202c\x00", "evil"),
        ("{{DATE(2026)}}", "{\u2060{DATE(2026)}}"),
        ("{{name}}", "{{name}}"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("pair \ud83d\ude00", "pair 😀"),
        ("\tindented stays", "indented stays"),
    ],
)
def test_unseen_characters_go_and_words_stay(given_text: str, kept: str) -> None:
    assert cleaned(given_text) == kept


@given(st.text(st.characters()))
def test_every_text_can_be_encoded(text: str) -> None:
    encodable(text).encode()


def _said(text: str) -> list[str]:
    return [run if isinstance(run, str) else run["text"] for block in words(text) for run in block["inlines"]]


def test_paragraphs_lines_and_lists_are_kept() -> None:
    assert _said("First.\nSecond.\n\n- one\n- two") == ["First.\nSecond.", "• one\n• two"]


def test_code_stands_in_a_font_of_its_own_with_its_indentation() -> None:
    blocks = words("Look:\n```\nif x:\n    y()\n\n\tz()\n```\nDone.")
    code = blocks[1]["inlines"][0]
    assert code == {
        "type": "TextRun",
        "fontType": "Monospace",
        "text": "if x:\n\xa0\xa0\xa0\xa0y()\n\n\xa0\xa0\xa0\xa0z()",
    }
    assert _said("```\nnever closed") == ["never closed"]
    assert len(blocks) == 3


def test_right_to_left_lines_keep_to_themselves() -> None:
    hebrew, english = words("שלום (VPN)!\n\nHello שלום.")
    assert hebrew["horizontalAlignment"] == "Right"
    assert hebrew["inlines"] == ["\u2068שלום (VPN)!\u2069"]
    assert "horizontalAlignment" not in english
