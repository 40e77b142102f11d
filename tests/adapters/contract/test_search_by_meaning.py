"""The contract of a search that is given what a text means: who finds what in other words, and what is kept of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.ranking.vectors import vector_of
from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.embeddings import Embedding
from shared.domain.identity import AudienceId, SpaceId
from shared.domain.snippets import Snippet, Trust
from shared.ports import Store
from tests.builders import HELP, a_snippet, an_embedding

HERE = audience_of_space(HELP)
OTHERS = audience_of_space(SpaceId("19:others@thread.tacv2"))
HOLIDAY = an_embedding("vacation", "holiday")
"""Of a question that shares no word with any snippet here."""


def meant(name: str, question: str, near: str, *, audience_id: AudienceId = HERE) -> Snippet:
    snippet = a_snippet(name, question=question, approaches=["Ask."], topics=[], audience_id=audience_id)
    return replace(snippet, embedding=an_embedding(question, near))


LEAVE = meant("leave", "How do I apply for leave?", "holiday")
LADDER = meant("ladder", "Who has the ladder?", "ladder")


async def found(store: Store, text: str = "vacation", embedding: Embedding | None = HOLIDAY) -> list[Snippet]:
    return list(await store.search(frozenset({HERE}), text, limit=10, embedding=embedding))


async def test_a_question_in_other_words_is_found_by_its_meaning(store: Store) -> None:
    for snippet in (LEAVE, LADDER):
        await store.put_snippet(snippet, etag=None)
    assert await found(store) == [LEAVE]
    assert await found(store, embedding=None) == []
    assert await found(store, text="") == [LEAVE]
    assert set(await found(store, text="ladder")) == {LEAVE, LADDER}


async def test_what_a_question_means_is_read_as_it_was_written_wherever_a_snippet_is_read(store: Store) -> None:
    await store.put_snippet(LEAVE, etag=None)
    stored = await store.snippet(HERE, LEAVE.id)
    assert stored is not None
    assert stored.value == LEAVE
    assert list(await store.visible(frozenset({HERE}), limit=5)) == [LEAVE]
    assert [found.value for found in await store.snippets_naming(("apply for leave",))] == [LEAVE]
    assert await found(store) == [LEAVE]
    await store.put_snippet(stored.value, etag=stored.etag)
    assert await found(store) == [LEAVE]


async def test_a_snippet_without_an_embedding_is_found_by_its_words(store: Store) -> None:
    bare = replace(LEAVE, embedding=None)
    etag = await store.put_snippet(bare, etag=None)
    assert await found(store, "leave") == [bare]
    assert await found(store) == []
    await store.put_snippet(LEAVE, etag=etag)
    assert await found(store) == [LEAVE]


async def test_what_an_earlier_question_meant_is_not_kept(store: Store) -> None:
    etag = await store.put_snippet(LEAVE, etag=None)
    edited = replace(LEAVE, question="Where are the spare keys?")
    await store.put_snippet(edited, etag=etag)
    assert await found(store) == []
    stored = await store.snippet(HERE, LEAVE.id)
    assert stored is not None
    assert stored.value.embedding is None


async def test_meanings_of_another_model_find_nothing(store: Store) -> None:
    await store.put_snippet(LEAVE, etag=None)
    assert await found(store, embedding=replace(HOLIDAY, model="another 2")) == []


async def test_exactly_the_named_audiences_are_searched_by_meaning(store: Store) -> None:
    for audience in (HERE, OTHERS, ORGANISATION):
        await store.put_snippet(meant("leave", "Leave?", "holiday", audience_id=audience), etag=None)
    for audiences in ({HERE}, {OTHERS, ORGANISATION}, {AudienceId("space:")}, set[AudienceId]()):
        named = frozenset(audiences)
        shown = {s.audience_id for s in await store.search(named, "vacation", limit=10, embedding=HOLIDAY)}
        assert shown == named - {"space:"}


@pytest.mark.parametrize(
    "gone",
    [replace(LEAVE, trust=Trust.RETIRED), replace(LEAVE, merged_into=LADDER.id), replace(LEAVE, approaches=())],
    ids=["retired", "merged", "empty"],
)
async def test_a_snippet_that_may_not_be_used_is_not_found_by_its_meaning(store: Store, gone: Snippet) -> None:
    etag = await store.put_snippet(LEAVE, etag=None)
    assert await found(store) == [LEAVE]
    etag = await store.put_snippet(gone, etag=etag)
    assert await found(store) == []
    await store.put_snippet(LEAVE, etag=etag)
    assert await found(store) == [LEAVE]


async def test_what_another_process_wrote_is_found_and_what_it_took_back_is_not(store: Store, another: Store) -> None:
    assert await found(store) == []
    etag = await another.put_snippet(LEAVE, etag=None)
    assert await found(store) == [LEAVE]
    await another.put_snippet(replace(LEAVE, trust=Trust.RETIRED), etag=etag)
    await another.put_snippet(meant("days", "Who grants days off?", "holiday"), etag=None)
    assert [s.question for s in await found(store)] == ["Who grants days off?"]


async def test_usable_snippets_without_an_embedding_of_the_model_are_listed(store: Store) -> None:
    bare = replace(LADDER, embedding=None)
    edited = replace(meant("edited", "Where is the toner?", "toner"), question="Where is the ink?")
    retired = replace(a_snippet("retired"), trust=Trust.RETIRED)
    for snippet in (LEAVE, bare, edited, retired):
        await store.put_snippet(snippet, etag=None)
    missing = await store.without_embedding(HOLIDAY.model, limit=10)
    assert {stored.value.id for stored in missing} == {bare.id, edited.id}
    assert len(await store.without_embedding(HOLIDAY.model, limit=1)) == 1
    (known,) = (stored for stored in missing if stored.value.id == bare.id)
    await store.put_snippet(LADDER, etag=known.etag)
    assert {stored.value.id for stored in await store.without_embedding(HOLIDAY.model, limit=10)} == {edited.id}
    assert len(await store.without_embedding("another 2", limit=10)) == 3


async def test_what_is_found_by_meaning_is_what_exact_search_finds(store: Store) -> None:
    chance = np.random.default_rng(3)
    centres = chance.standard_normal((6, 384))
    for number in range(90):
        drawn = centres[number % 6] + 0.9 * chance.standard_normal(384)
        numbers = (drawn / np.linalg.norm(drawn)).round(5).astype("<f4").tobytes()
        snippet = a_snippet(str(number), question=f"q{number}", audience_id=(HERE, OTHERS)[number % 2])
        embedding = replace(an_embedding(snippet.question), numbers=numbers)
        await store.put_snippet(replace(snippet, embedding=embedding), etag=None)
    stored = await store.visible(frozenset({HERE, OTHERS}), limit=1000)
    known = np.stack([vector_of(s.embedding) for s in stored if s.embedding is not None])
    for centre in centres:
        question = replace(HOLIDAY, numbers=(centre / np.linalg.norm(centre)).astype("<f4").tobytes())
        best = [stored[place].id for place in np.argsort(-(known @ vector_of(question)))[:10]]
        shown = await store.search(frozenset({HERE, OTHERS}), "", limit=10, embedding=question)
        assert [s.id for s in shown] == best


QUESTIONS = ("holiday", "ladder", "toner")
snippets = st.dictionaries(
    st.tuples(st.sampled_from([HERE, OTHERS, ORGANISATION]), st.sampled_from("abc")),
    st.tuples(st.sampled_from(QUESTIONS), st.booleans(), st.booleans()),
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=snippets,
    audiences=st.frozensets(st.sampled_from([HERE, OTHERS, ORGANISATION])),
    near=st.sampled_from(QUESTIONS),
    text=st.sampled_from(["", *QUESTIONS]),
)
async def test_nobody_is_shown_by_meaning_what_their_audiences_do_not_hold(
    store: Store,
    written: dict[tuple[AudienceId, str], tuple[str, bool, bool]],
    audiences: frozenset[AudienceId],
    near: str,
    text: str,
) -> None:
    for (audience, name), (question, embedded, usable) in written.items():
        snippet = meant(name, question, question, audience_id=audience)
        snippet = replace(
            snippet,
            embedding=snippet.embedding if embedded else None,
            trust=Trust.PROPOSED if usable else Trust.RETIRED,
        )
        known = await store.snippet(audience, snippet.id)
        await store.put_snippet(snippet, etag=known.etag if known else None)
    held = await store.visible(audiences, limit=100)
    shown = await store.search(audiences, text, limit=100, embedding=an_embedding("asked", near))
    expected = [s for s in held if s.question == text or (s.embedding is not None and s.question == near)]
    assert sorted((s.audience_id, s.id) for s in shown) == sorted((s.audience_id, s.id) for s in expected)
