"""An embedding says which model made it and of which text, and can't be anything but 384 numbers."""

from dataclasses import replace

import numpy as np
import pytest

from shared.domain.embeddings import Embedding, hash_of
from shared.domain.snippets import redrafted
from tests.builders import a_snippet, an_approach, an_embedding

QUESTION = a_snippet().question


def test_a_question_means_what_was_computed_of_its_words_and_nothing_when_they_have_changed() -> None:
    snippet = replace(a_snippet(), embedding=an_embedding(QUESTION))
    assert snippet.meant == an_embedding(QUESTION)
    assert replace(snippet, question=f"{QUESTION} Today?").meant is None
    assert a_snippet().meant is None


def test_a_new_draft_of_the_same_words_keeps_what_they_mean_and_is_no_change() -> None:
    snippet = replace(a_snippet(), embedding=an_embedding(QUESTION))
    assert redrafted(snippet, a_snippet()) == snippet
    more = replace(a_snippet(), approaches=(*a_snippet().approaches, an_approach("Or replace it.")))
    assert redrafted(snippet, more).meant == snippet.meant


@pytest.mark.parametrize(
    "numbers",
    [b"", b"\0" * 1535, np.full(384, np.nan, "<f4").tobytes(), np.full(384, np.inf, "<f4").tobytes()],
    ids=["none", "too few", "not a number", "infinite"],
)
def test_what_is_no_vector_is_refused(numbers: bytes) -> None:
    with pytest.raises(ValueError, match="embedding"):
        Embedding(model="m", text_hash=hash_of("x"), numbers=numbers)


def test_a_vector_that_no_model_made_is_refused() -> None:
    with pytest.raises(ValueError, match="model"):
        replace(an_embedding("x"), model="")


def test_any_text_can_be_told_from_others() -> None:
    assert len({hash_of(text) for text in ("", " ", "a", "\ud800", "\ud801", "é", "e\u0301")}) == 7
