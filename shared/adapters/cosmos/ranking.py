"""The text of a query that ranks snippets inside Cosmos DB, for accounts that offer vector and full-text search.

Source of the grammar: Microsoft Learn, "ORDER BY RANK", "RRF", "FullTextScore", "FullTextContainsAny" and
"VectorDistance" (query language of Azure Cosmos DB for NoSQL). A score may stand in ORDER BY RANK alone.
"""

from collections.abc import Sequence

from shared.adapters.cosmos.containers import EMBEDDING, FULL_TEXT, SNIPPETS
from shared.adapters.cosmos.queries import Query, Scope

_MOST_TERMS = 30
"""Full-text functions take so many terms at most."""


def ranking_query(*, audiences: int, terms: int, vector: bool, limit: int) -> Query:
    """The usable snippets of so many audiences that fit best, by words, by meaning, or by both (RRF).

    Parameters: `@a0`… the audiences, `@w0`… the words (at most 30 count), `@vector` (float32[384]) where `vector`.
    By words alone, only snippets with one of the words are found. Raises `ValueError` with neither.
    """
    words = ", ".join(f"@w{n}" for n in range(min(terms, _MOST_TERMS)))
    text, embedding = f"c.{FULL_TEXT.removeprefix('/')}", f"c.{EMBEDDING.removeprefix('/')}"
    scores = [f"FullTextScore({text}, {words})"] if words else []
    if vector:
        scores.append(f"VectorDistance({embedding}, @vector)")
    if not scores or audiences < 1:
        raise ValueError("a ranking needs words or a vector, and audiences")
    rank = scores[0] if len(scores) == 1 else f"RRF({', '.join(scores)})"
    # One scoring function alone is what ORDER BY RANK takes for words; a distance alone is sorted by as it is.
    order = f"ORDER BY {scores[0]}" if vector and not words else f"ORDER BY RANK {rank}"
    named = ", ".join(f"@a{n}" for n in range(audiences))
    where = f"c.audienceId IN ({named}) AND c.usable = true"
    if words and not vector:
        where += f" AND FullTextContainsAny({text}, {words})"
    return Query(
        name="ranked",
        container=SNIPPETS,
        scope=Scope.AUDIENCES,
        text=f"SELECT TOP {limit} * FROM c WHERE {where} {order}",  # noqa: S608
    )


def parameters(audiences: Sequence[str], terms: Sequence[str], vector: Sequence[float] = ()) -> dict[str, object]:
    """The values that go with `ranking_query`'s text."""
    named: dict[str, object] = {f"a{n}": audience for n, audience in enumerate(audiences)}
    named |= {f"w{n}": term for n, term in enumerate(terms[:_MOST_TERMS])}
    return named | ({"vector": list(vector)} if vector else {})
