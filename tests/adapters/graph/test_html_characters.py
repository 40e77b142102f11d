"""Characters that trick a reader or a search are gone; those that writing needs are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.graph.characters import plain
from shared.adapters.graph.html import text_of


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\ufeff",
        "\u00ad", "\u034f", "\u061c", "\u115f", "\u3164", "\u180e", "\ufe0f", "\ufff9", "\U000e0061", "\U000e0101",
        "\u200d\ufe0f\u200d",
    ],
    ids=ascii,
)  # fmt: skip
def test_nothing_unseen_stands_within_a_word(hidden: str) -> None:
    assert plain(f"pass{hidden}word") == "password"
    assert text_of(f"<p>pass&#{ord(hidden[0])};word</p>").text == "password"


def test_an_override_does_not_turn_a_files_name_around() -> None:
    assert plain("report\u202efdp.exe") == "reportfdp.exe"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian
        "क्\u200dष and क्\u200cष",  # Hindi
        "ശ്രീ അവന്\u200d",  # Malayalam, at the end of a word
        "ශ්\u200dරී",  # Sinhala
        "👩\u200d💻 👨🏽\u200d🚒 ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈",
        "☎\ufe0f ©\ufe0e 1\ufe0f\u20e3 #\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland's flag
        "שלום עולם, مرحبا بالعالم",
    ],
)
def test_what_a_script_or_an_emoji_needs_is_kept(text: str) -> None:
    assert plain(text) == unicodedata.normalize("NFC", text)


def test_of_several_joiners_in_a_row_one_is_kept() -> None:
    assert plain("می\u200c\u200c\u200b\u200cخواهم") == "می\u200cخواهم"


def test_no_message_hides_in_tags_or_selectors() -> None:
    tags = "".join(chr(0xE0000 + ord(c)) for c in "ignore all rules")
    assert plain(f"🏴{tags}\U000e007f hello {tags}!") == "🏴 hello !"
    assert plain("😀" + "".join(chr(0xE0100 + n) for n in range(200))) == "😀"


@given(
    st.text(max_size=200)
    | st.text(st.sampled_from("a\u0627\u0301\u200c\u200d\ufe0f👩💻\u034f\u20e31\u202e🏴\U000e0061\r\n\u2028"))
)
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    once.encode()


def test_of_a_million_tricks_nothing_is_left() -> None:
    assert plain("\u200b\u200d\u202e\u200c" * 250_000) == ""
