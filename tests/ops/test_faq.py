"""Tables of questions and answers, as they come: columns, encodings, quotes, markup, and what is wrong with a row."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.faq.columns import columns_of
from ops.faq.rows import LONGEST, Rows, rows_of
from ops.faq.table import read_table
from shared.errors import Refused
from tests.builders import START

QNA_MAKER = "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId"
BADGE = "Use **your** badge.\\n\\n* hold it\\n* wait"
LATELY = f"{QNA_MAKER}\tSourceDisplayName"


def rows(path: Path, content: str | bytes, *, question: str = "", answer: str = "") -> Rows:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    table = read_table(path)
    columns = columns_of(table, question=question, answer=answer)
    return rows_of(table, columns, file=path.name, by="Ann Lee", now=START)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "faq.tsv"


def test_an_export_of_qna_maker_is_read(path: Path) -> None:
    found = rows(
        path,
        f"{LATELY}\n"
        f"How do I log in?\t{BADGE}\teditorial\tsystem:hr\t[]\tFalse\t[]\t4\tHandbook\n"
        f'How can I get in?\t{BADGE}\teditorial\t[]\t[]\tFalse\t[{{"qnaId":5}}]\t4\tHandbook\n'
        "And then?\tSit down.\teditorial\t\t[]\tTrue\t[]\t5\tHandbook\n",
    )
    first, second = found.good
    assert (first.question, first.answer) == ("How do I log in?", "Use your badge.\n- hold it\n- wait")
    assert (first.source.row, first.source.key, first.source.stated) == (2, "4", "Handbook")
    assert (first.source.file, first.source.by, first.source.at) == ("faq.tsv", "Ann Lee", START)
    assert second.source.key == "4"
    assert (found.left_out, found.bad) == (1, [])


def test_an_answer_card_of_faq_plus_is_read_as_its_words(path: Path) -> None:
    card = {"Description": "Ask the desk.", "Title": "Badges", "Subtitle": "", "ImageUrl": "https://x.example/a.png"}
    card["RedirectionUrl"] = "https://x.example/badges"
    found = rows(path, f"{QNA_MAKER}\nBadge?\t{json.dumps(card)}\tEditorial\t\t[]\tFalse\t[]\t1\n")
    assert found.good[0].answer == "Badges\nAsk the desk.\nhttps://x.example/badges"


def test_what_nobody_has_answered_is_left_out(path: Path) -> None:
    found = rows(
        path, f"{QNA_MAKER}\nBadge?\t#$unanswered$#\tEditorial\t\t[]\tFalse\t[]\t1\nBadge??\t\tx\t\t[]\t\t[]\t2\n"
    )
    assert (found.good, found.left_out) == ([], 2)


@pytest.mark.parametrize(
    "headings",
    [
        "Question,Answer",
        "QUESTION;ANSWER",
        "Frage;Antwort",
        "Question,Réponse",
        "Pregunta,Respuesta",
        "Domanda|Risposta",
        "質問,回答",
        "Вопрос;Ответ",
        "Pytanie,Odpowiedź",
        " question* ,Answer:",
    ],
)
def test_headings_of_many_languages_and_every_separator(path: Path, headings: str) -> None:
    separator = next(c for c in ",;|" if c in headings)
    found = rows(path, f"{headings}\nWhere?{separator}There.\n")
    assert [(row.question, row.answer) for row in found.good] == [("Where?", "There.")]


def test_columns_can_be_named(path: Path) -> None:
    found = rows(path, "Nr,Anliegen,Was tun\n1,Where?,There.\n", question="anliegen", answer="Was tun")
    assert [(row.question, row.answer) for row in found.good] == [("Where?", "There.")]


@pytest.mark.parametrize(
    ("content", "named", "said"),
    [
        ("Nr,Topic\n1,2\n", {}, "--question.*“Nr”, “Topic”"),
        ("Question,Topic\n1,2\n", {}, "--answer.*“Question”, “Topic”"),
        ("Question,Answer\n1,2\n", {"question": "Q1"}, "no column “Q1”"),
        ("Question,Answer\n1,2\n", {"question": "Answer"}, "one column"),
        ("", {}, "no headings"),
        ("\n\n", {}, "no headings"),
        ("PK\0\3\4", {}, "no text"),
    ],
)
def test_a_table_whose_columns_are_not_known_is_refused_in_one_sentence(
    path: Path, content: str, named: dict[str, str], said: str
) -> None:
    with pytest.raises(Refused, match=said) as refusal:
        rows(path, content, **named)
    assert "\n" not in str(refusal.value)


GERMAN = "Frage;Antwort\nWie groß ist die Tür für Gäste?;Über zwei Meter – fast größer als früher, schöne Grüße.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_every_encoding_of_a_spreadsheet_is_read(path: Path, encoding: str) -> None:
    [row] = rows(path, (GERMAN * 3).replace("\n", "\r\n").encode(encoding)).good[:1]
    assert (row.question, row.answer) == tuple(GERMAN.splitlines()[1].split(";"))


def test_quoted_newlines_and_quotes_are_kept_and_rows_are_numbered_as_a_spreadsheet_does(path: Path) -> None:
    found = rows(path, 'Question,Answer\n"Where\nis it?","Press ""Reset"",\nthen wait."\n\nB?,b\n')
    assert [(row.question, row.answer, row.source.row) for row in found.good] == [
        ("Where is it?", 'Press "Reset",\nthen wait.', 2),
        ("B?", "b", 4),
    ]


def test_quotes_in_a_file_that_quotes_nothing_belong_to_the_words(path: Path) -> None:
    found = rows(path, f'{QNA_MAKER}\nA?\t"Reset" is red\tx\t\t[]\tFalse\t[]\t1\nB?\t"b\tx\t\t[]\tFalse\t[]\t2\n')
    assert [row.answer for row in found.good] == ['"Reset" is red', '"b']


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            "<p>Go <a href='https://x.example/a'>here</a>.</p><script>alert(1)</script>",
            "Go here (https://x.example/a).",
        ),
        ("See [the page](https://x.example/a) now", "See the page (https://x.example/a) now"),
        ("Type C:\\temp\\_x_ and *.txt, 2 < 3", "Type C:\\temp\\_x_ and *.txt, 2 < 3"),
        ('=HYPERLINK("http://x.example")', '=HYPERLINK("http://x.example")'),
        ("'=1+1", "=1+1"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("a\u200bb\u202ec", "abc"),
        ("<style>p{}</style><p>x", "x"),
    ],
)
def test_answers_are_plain_text_with_their_links(path: Path, answer: str, said: str) -> None:
    found = rows(path, f'Question,Answer\nA?,"{answer.replace(chr(34), chr(34) * 2)}"\n')
    assert [row.answer for row in found.good] == [said]


def test_secrets_and_personal_details_are_taken_out(path: Path) -> None:
    found = rows(path, "Question,Answer,Source\nWho is ann@example.com?,The password is hunter2-Xy9!,bob@example.com\n")
    assert "example.com" not in repr(found.good)
    assert "hunter2" not in repr(found.good)
    assert found.good[0].redactions == 2


def test_bad_rows_are_named_and_their_neighbours_are_read(path: Path) -> None:
    long = "x" * (LONGEST + 1)
    found = rows(path, f"Question,Answer\nA?,a\n,no question\nB?\nC?,{long}\n{'y' * 300_000},d\nE?,e\n")
    assert [row.question for row in found.good] == ["A?", "E?"]
    assert [number for number, _ in found.bad] == [3, 4, 5, 6]


def test_a_file_that_is_absent_or_too_large_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="can't be read"):
        read_table(path)
    monkeypatch.setattr("ops.faq.table.LARGEST", 10)
    path.write_text("Question,Answer\n")
    with pytest.raises(Refused, match="larger"):
        read_table(path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), heading=st.sampled_from([b"Question,Answer\n", QNA_MAKER.encode() + b"\n", b""]))
def test_whatever_a_file_holds_it_is_read_or_refused(path: Path, body: bytes, heading: bytes) -> None:
    try:
        found = rows(path, heading + body)
    except Refused:
        return
    assert all(row.question and row.answer for row in found.good)


def _a_json_bomb() -> str:
    return "{" + '"a":{' * 3_000


@pytest.mark.parametrize("make", [_a_json_bomb, lambda: "{}", lambda: '{"Title": 5}', lambda: "[" * 5_000])
def test_an_answer_that_only_looks_like_a_card_is_words(path: Path, make: Callable[[], str]) -> None:
    found = rows(path, f"{QNA_MAKER}\nA?\t{make()}\tx\t\t[]\tFalse\t[]\t1\n")
    assert len(found.good) + len(found.bad) == 1
