"""Floors under the figures on labelled data that the models were not fitted on. docs/judgement.md has the figures."""

from collections.abc import Iterable
from typing import Any

from shared.judgement.similar import rank, texts_to_embed
from shared.judgement.verdicts import Candidate, Verdict
from tests.judgement.talk import needs_data
from training.corpora import Item, items
from training.embedding import meanings_if_any
from training.fitting import f1, mean_average_precision
from training.predict import predict

pytestmark = needs_data


def stripped(some: Iterable[Item]) -> list[tuple[Any, dict[str, Any]]]:
    return [(item["gold"], {key: value for key, value in item.items() if key != "gold"}) for item in some]


def test_links_are_far_better_than_taking_the_previous_message() -> None:
    right = said = wanted = 0
    for gold, item in stripped(items("replies", "eval")[:5]):
        wished = {tuple(pair) for pair in gold if pair[0] >= item["from"]}
        links = {tuple(pair) for pair in predict("replies", item)["links"]}
        right, said, wanted = right + len(wished & links), said + len(links), wanted + len(wished)
    assert f1(said, right, wanted) > 74


def test_openers_are_far_better_than_taking_every_question_mark() -> None:
    right = said = wanted = 0
    for gold, item in stripped(items("replies", "eval")[:6]):
        author = {m["id"]: m["author"] for m in item["messages"]}
        starts = {child for child, parent in gold if child == parent and child >= item["from"] and author[child]}
        answered = {p for c, p in gold if c != p and author[c] and author[p] and author[c] != author[p]}
        found = set(predict("openers", item)["openers"])
        right, said, wanted = right + len(found & starts & answered), said + len(found), wanted + len(starts & answered)
    assert f1(said, right, wanted) > 72


def test_answers_are_better_than_the_order_in_which_they_were_posted() -> None:
    rankings, posted = [], []
    right = said = wanted = 0
    for gold, item in stripped(items("answers", "eval")[::7]):
        found = predict("answers", item)
        good = [gold[answer["id"]] == "Good" for answer in item["answers"]]
        rankings.append(([found["scores"][answer["id"]] for answer in item["answers"]], good))
        posted.append(([-float(at) for at in range(len(good))], good))
        right += sum(gold[one] == "Good" for one in found["good"])
        said, wanted = said + len(found["good"]), wanted + sum(good)
    assert mean_average_precision(rankings) > mean_average_precision(posted) + 10
    assert f1(said, right, wanted) > 71


def test_similar_questions_are_ranked_better_than_the_search_engine_did() -> None:
    rankings, given = [], []
    for gold, item in stripped(items("similar", "eval")):
        scores = predict("similar", item)["scores"]
        found = [gold[one["id"]] != "Irrelevant" for one in item["candidates"]]
        rankings.append(([scores[one["id"]] for one in item["candidates"]], found))
        given.append(([-float(at) for at in range(len(found))], found))
    assert mean_average_precision(rankings) > mean_average_precision(given) + 3


def test_nine_in_ten_of_the_earlier_questions_that_are_shown_are_the_same_or_related() -> None:
    shown = []
    for gold, item in stripped(items("similar", "eval")):
        candidates = [Candidate(id=one["id"], question=one["text"], answers="") for one in item["candidates"]]
        matches = rank(item["query"], candidates, meanings_if_any(texts_to_embed(item["query"], candidates)))
        same = [match for match in matches if match.same is Verdict.YES]
        if same:
            shown.append(gold[max(same, key=lambda match: match.probability).id])
    assert len(shown) >= 12
    assert sum(one != "Irrelevant" for one in shown) >= 0.9 * len(shown)
