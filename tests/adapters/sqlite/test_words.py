"""How the embedded store's full-text index takes words."""

import pytest

from shared.adapters.sqlite.snippets import any_of_the_words
from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from tests.builders import HELP, a_snippet


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("How do I reset it?", '"how" OR "do" OR "i" OR "reset" OR "it"'),
        ("reset RESET reset", '"reset"'),
        ('" OR 1=1; --', '"or" OR "1"'),
        ("error_code=E-17", '"error" OR "code" OR "e" OR "17"'),
        ("…", ""),
    ],
)
def test_a_query_is_the_text_s_words_in_quotes(text: str, query: str) -> None:
    assert any_of_the_words(text) == query


def test_a_long_text_asks_for_its_first_sixty_different_words() -> None:
    query = any_of_the_words(" ".join(f"word{n}" for n in range(1000)))
    assert query.split(" OR ") == [f'"word{n}"' for n in range(60)]


@pytest.mark.parametrize("text", ["printing", "labels", "resetting", "cafe", "CAFÉ", "straße"])
async def test_other_forms_of_a_word_and_letters_without_their_accents_find_it(store: SqliteStore, text: str) -> None:
    question = "Who resets what prints the label at the Café in the Straße?"
    await store.put_snippet(a_snippet(question=question), etag=None)
    here = frozenset({audience_of_space(HELP)})
    assert [s.question for s in await store.search(here, text, limit=5)] == [question]
