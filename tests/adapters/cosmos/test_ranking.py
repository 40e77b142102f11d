"""The text of ranking queries, as Cosmos DB's grammar has it."""

import pytest

from shared.adapters.cosmos.ranking import parameters, ranking_query

FROM = "SELECT TOP 8 * FROM c WHERE c.audienceId IN (@a0, @a1) AND c.usable = true"


def test_by_words_the_documents_that_have_one_are_ranked_by_their_score() -> None:
    assert ranking_query(audiences=2, terms=2, vector=False, limit=8).text == (
        f"{FROM} AND FullTextContainsAny(c.words, @w0, @w1) ORDER BY RANK FullTextScore(c.words, @w0, @w1)"
    )


def test_by_words_and_meaning_both_ranks_are_fused() -> None:
    assert ranking_query(audiences=2, terms=1, vector=True, limit=8).text == (
        f"{FROM} ORDER BY RANK RRF(FullTextScore(c.words, @w0), VectorDistance(c.embedding, @vector))"
    )


def test_by_meaning_alone_the_nearest_come_first() -> None:
    assert ranking_query(audiences=2, terms=0, vector=True, limit=8).text == (
        f"{FROM} ORDER BY VectorDistance(c.embedding, @vector)"
    )


def test_a_ranking_needs_something_to_rank_by_and_audiences() -> None:
    for arguments in ({"audiences": 1, "terms": 0}, {"audiences": 0, "terms": 3}):
        with pytest.raises(ValueError):
            ranking_query(**arguments, vector=False, limit=8)


def test_no_text_of_a_person_is_in_the_query() -> None:
    words = [f"word{number}" for number in range(99)]
    query = ranking_query(audiences=1, terms=len(words), vector=True, limit=8)
    values = parameters(["space:19:a@thread.v2"], words, [0.5])
    assert "word" not in query.text.replace("c.words", "")
    assert {f"@{name}" for name in values if name[0] == "w"} == {f"@w{n}" for n in range(30)}
    assert "@w29" in query.text
    assert "@w30" not in query.text
    assert (values["a0"], values["vector"]) == ("space:19:a@thread.v2", [0.5])
