"""Which column holds what, by its heading.

QnA Maker and custom question answering export: Question, Answer, Source, Metadata, SuggestedQuestions, IsContextOnly,
Prompts, QnaId, and lately SourceDisplayName. FAQ Plus keeps its questions there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ops.faq.table import Table
from shared.errors import Refused

_QUESTION_WORDS = """question questions question(s) questions? q frage fragen frage(n) pregunta preguntas domanda
domande vraag vragen pergunta perguntas pytanie pytania otázka soru sorular fråga frågor spørgsmål spørsmål kysymys
вопрос вопросы питання 質問 问题 問題 질문 سؤال"""
_ANSWER_WORDS = """answer answers answer(s) a antwort antworten réponse réponses reponse respuesta respuestas risposta
risposte antwoord antwoorden resposta respostas odpowiedź odpowiedzi odpověď cevap yanıt svar vastaus ответ ответы
відповідь 回答 答え 答案 답변 جواب"""
_SOURCE_WORDS = """source sources quelle quellen fuente fuentes fonte fonti bron bronnen źródło zdroj kaynak källa kilde
lähde источник джерело 出典 来源 來源 출처"""
_QUESTIONS, _ANSWERS, _SOURCES = (frozenset(words.split()) for words in (_QUESTION_WORDS, _ANSWER_WORDS, _SOURCE_WORDS))
_KEY, _FOLLOW_UP, _DISPLAYED = "qnaid", "iscontextonly", "sourcedisplayname"


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of what is read; None for a column that is not there."""

    question: int
    answer: int
    source: int | None
    key: int | None
    follow_up: int | None
    """Whether a row is only asked after another one."""
    markdown: bool
    """Whether answers are Markdown, as QnA Maker's are."""


def columns_of(table: Table, *, question: str = "", answer: str = "") -> Columns:
    """Where a table has what; `question` and `answer` are headings that the caller names.

    Raises `Refused` with the headings that there are when the two can't be told.
    """
    names = [_plain(heading) for heading in table.headings]
    asked = _place(names, table.headings, question, _QUESTIONS, "--question")
    said = _place(names, table.headings, answer, _ANSWERS, "--answer")
    if asked == said:
        raise Refused("questions and answers can't be one column", code="unknown_column")
    key = _first(names, {_KEY})
    displayed = _first(names, {_DISPLAYED})
    return Columns(
        question=asked,
        answer=said,
        source=_first(names, _SOURCES) if displayed is None else displayed,
        key=key,
        follow_up=_first(names, {_FOLLOW_UP}),
        markdown=key is not None or any(name.startswith("metadata") for name in names),
    )


def _place(names: list[str], headings: Sequence[str], wanted: str, known: frozenset[str], option: str) -> int:
    found = _first(names, {_plain(wanted)} if wanted else known)
    if found is None:
        there = ", ".join(f"“{heading}”" for heading in headings[:20])
        what = f"there is no column “{wanted}”" if wanted else f"no column is called as {option} expects; name it"
        raise Refused(f"{what} ({option}); the headings are {there}", code="unknown_column")
    return found


def _first(names: list[str], wanted: frozenset[str] | set[str]) -> int | None:
    return next((place for place, name in enumerate(names) if name in wanted), None)


def _plain(heading: str) -> str:
    return re.sub(r"[\s_*:-]+", "", heading).casefold()
