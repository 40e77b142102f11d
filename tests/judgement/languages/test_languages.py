"""German, French, Spanish, Polish and Japanese: told apart, and judged no worse than by matching words.

The questions beside this file were written for these tests: each is asked, asked again in other words,
answered, and talked about.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.judgement.answers import assess
from shared.judgement.languages import Language, language_of
from shared.judgement.openers import opens_request
from shared.judgement.similar import rank
from shared.judgement.text import read
from shared.judgement.verdicts import Candidate, Verdict
from tests.judgement.talk import say

_FILES = {
    Language.GERMAN: "german",
    Language.FRENCH: "french",
    Language.SPANISH: "spanish",
    Language.POLISH: "polish",
    Language.JAPANESE: "japanese",
}
every_language = pytest.mark.parametrize("language", list(_FILES), ids=list(_FILES.values()))


def conversations(language: Language) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((Path(__file__).parent / f"{_FILES[language]}.json").read_text("utf8"))
    return content


def shared_words(one: str, other: str) -> float:
    """Lexical matching: what two texts share of their words; of their pairs of characters in Japanese."""
    a, b = ({*re.findall(r"\w+", text.lower())} for text in (one, other))
    if not one.isascii() and re.search(r"[\u3040-\u30ff]", one):
        a, b = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (one, other))
    return len(a & b) / len(a | b) if a | b else 0.0


def reciprocal_ranks(scores: Callable[[int], Sequence[float]], count: int) -> float:
    """The mean over questions of one over the place at which the right candidate comes."""
    places = [1 + sum(score > of[at] for score in of) for at in range(count) for of in [scores(at)]]
    return sum(1 / place for place in places) / count


@every_language
def test_the_language_is_told_from_the_text_or_left_open(language: Language) -> None:
    asked = [one[key] for one in conversations(language)["questions"] for key in ("asked", "answer")]
    found = [language_of(text) for text in asked]
    assert {one for one in found if one} == {language}
    assert found.count(language) >= 0.8 * len(found)


@pytest.mark.parametrize(
    "text", ["", "ok", "VPN", "👍🎉", "https://example.com/die-der-das", "```\nfor i in der:\n```"]
)
def test_where_there_is_nothing_to_go_by_no_language_is_named(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize("text", ["how do I reset my password?", "the printer is not working", "Hoe kan ik dat doen?"])
def test_english_and_its_neighbours_are_not_taken_for_another(text: str) -> None:
    assert language_of(text) in (None, Language.ENGLISH)


@every_language
def test_what_was_asked_before_is_found_no_worse_than_by_matching_words(language: Language) -> None:
    questions = conversations(language)["questions"]

    def by_words(at: int) -> list[float]:
        return [shared_words(questions[at]["again"], one["asked"]) for one in questions]

    def judged(at: int) -> list[float]:
        stored = [Candidate(id=str(n), question=one["asked"], answers="") for n, one in enumerate(questions)]
        found = {match.id: match.score for match in rank(questions[at]["again"], stored)}
        return [found[one.id] for one in stored]

    assert reciprocal_ranks(judged, len(questions)) >= reciprocal_ranks(by_words, len(questions))


@every_language
def test_requests_are_seen_no_worse_than_by_the_question_mark(language: Language) -> None:
    content = conversations(language)
    asked = [one[key] for one in content["questions"] for key in ("asked", "again")]
    seen = [opens_request([say("ann", text)]).verdict for text in asked]
    assert sum(one is not Verdict.NO for one in seen) >= sum("?" in text for text in asked)
    wrongly = [text for text in content["otherwise"] if opens_request([say("ann", text)]).verdict is Verdict.YES]
    assert len(wrongly) < sum("?" in text for text in content["otherwise"])


@every_language
def test_answers_are_told_from_talk_no_worse_than_by_matching_words(language: Language) -> None:
    right_by_words = right = 0.0
    for one in conversations(language)["questions"]:
        question = say("ann", one["asked"], 1)
        replies = assess([question], [say("bob", one["talk"], 2), say("cid", one["answer"], 3)]).replies
        talk, answer = (reply.probability for reply in replies)
        right += 1.0 if answer > talk else 0.5 if answer == talk else 0.0
        talk, answer = shared_words(one["asked"], one["talk"]), shared_words(one["asked"], one["answer"])
        right_by_words += 1.0 if answer > talk else 0.5 if answer == talk else 0.0
    assert right >= right_by_words


def test_stems_meet_across_the_forms_of_a_word() -> None:
    assert set(read("Wie kann ich den Drucker einrichten?").stems) & set(read("Die Drucker sind nicht da").stems)
    assert set(read("L'imprimante ne marche pas").stems) & set(read("où sont les imprimantes du service").stems)
    assert "パス" in read("パスワードを忘れました").stems
    assert "vpn" in read("VPN証明書の更新").stems
