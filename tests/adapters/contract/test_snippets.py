"""The contract of `shared.ports.Snippets`: what is found, by whom, and in which order."""

from dataclasses import replace
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import AudienceId, SpaceId
from shared.domain.snippets import Snippet, Trust
from shared.errors import Conflict
from shared.ports import Store
from tests.builders import HELP, a_snippet, an_approach, at

HELPERS = audience_of_space(HELP)
OTHERS = audience_of_space(SpaceId("19:others@thread.tacv2"))
HERE = frozenset({HELPERS})


async def found(store: Store, text: str, audiences: frozenset[AudienceId] = HERE) -> list[str]:
    return [snippet.question for snippet in await store.search(audiences, text, limit=10)]


@pytest.mark.parametrize(
    "text",
    [
        "replace the toner",
        "TONER?",
        "Which drawer, please",
        "printer",
        "where's the toner cartridges’ drawer",
        "toner-related",
        "about consumables",
        "ordre: café",
        "re\u0301serve\u0301",
    ],
)
async def test_a_snippet_is_found_by_words_of_its_question_its_approaches_and_its_topics(
    store: Store, text: str
) -> None:
    snippet = a_snippet(
        question="Who replaces the toner at the Café printer, réservé?",
        approaches=["Open the lower drawer."],
        topics=["consumables"],
    )
    await store.put_snippet(snippet, etag=None)
    assert list(await store.search(HERE, text, limit=10)) == [snippet]


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
@pytest.mark.parametrize("word", ["résumé", "스캐너"])
async def test_letters_are_the_same_however_they_are_composed(
    store: Store, stored: Literal["NFC", "NFD"], asked: Literal["NFC", "NFD"], word: str
) -> None:
    question = normalize(stored, f"Where is the {word} kept?")
    await store.put_snippet(a_snippet(question=question), etag=None)
    assert await found(store, normalize(asked, word)) == [question]


@pytest.mark.parametrize("text", ["printing", "labels", "resetting", "cafe", "CAFÉ", "straße"])
async def test_other_forms_of_a_word_and_letters_without_their_accents_find_it(store: Store, text: str) -> None:
    question = "Who resets what prints the label at the Café in the Straße?"
    await store.put_snippet(a_snippet(question=question), etag=None)
    assert await found(store, text) == [question]


@pytest.mark.parametrize("text", ["", " ", "?!", "-- _ --", "umbrella", "\0", "\ud800"])
async def test_nothing_is_found_without_a_word_in_common(store: Store, text: str) -> None:
    await store.put_snippet(a_snippet(), etag=None)
    assert await found(store, text) == []


async def test_nothing_is_found_for_no_audience(store: Store) -> None:
    await store.put_snippet(a_snippet(), etag=None)
    assert list(await store.search(frozenset(), "scanner", limit=10)) == []
    assert list(await store.visible(frozenset(), limit=10)) == []


async def test_exactly_the_named_audiences_are_searched(store: Store) -> None:
    for audience in (HELPERS, OTHERS, ORGANISATION):
        await store.put_snippet(a_snippet(audience, audience_id=audience, question=f"scanner {audience}"), etag=None)
    for audiences in (HERE, frozenset({OTHERS, ORGANISATION}), frozenset({AudienceId("space:")})):
        expected = {f"scanner {audience}" for audience in audiences if audience != "space:"}
        assert set(await found(store, "scanner", audiences)) == expected
        assert {s.question for s in await store.visible(audiences, limit=10)} == expected


async def test_copies_of_one_snippet_in_two_audiences_are_two_documents(store: Store) -> None:
    home, copy = a_snippet(), a_snippet(audience_id=ORGANISATION, question="What does E-17 mean?")
    await store.put_snippet(home, etag=None)
    await store.put_snippet(copy, etag=None)
    assert home.id == copy.id
    assert await found(store, "E-17") == [home.question]
    assert await found(store, "E-17", frozenset({ORGANISATION})) == [copy.question]


@pytest.mark.parametrize(
    "gone",
    [
        a_snippet(trust=Trust.RETIRED),
        a_snippet(merged_into="another"),
        a_snippet(approaches=[]),
        replace(a_snippet(), approaches=(an_approach("gone", withdrawn="its source is gone"),)),
        replace(a_snippet(), approaches=(an_approach("gone", struck="unsafe"),)),
    ],
    ids=["retired", "merged", "empty", "withdrawn", "struck"],
)
async def test_a_snippet_that_may_not_be_used_is_neither_found_nor_visible_nor_counted(
    store: Store, gone: Snippet
) -> None:
    etag = await store.put_snippet(a_snippet(), etag=None)
    assert await found(store, "scanner") == [a_snippet().question]
    etag = await store.put_snippet(gone, etag=etag)
    assert await found(store, "scanner") == []
    assert list(await store.visible(HERE, limit=10)) == []
    assert await store.count() == 0
    kept = await store.snippet(HELPERS, a_snippet().id)
    assert kept is not None, "it is still there for those who look after it"
    await store.put_snippet(a_snippet(), etag=etag)
    assert await found(store, "scanner") == [a_snippet().question]
    assert await store.count() == 1


async def test_the_words_of_a_withdrawn_or_struck_approach_and_of_an_earlier_version_find_nothing(
    store: Store,
) -> None:
    first = a_snippet(question="How is the badge reader reset?", approaches=["Hold the trigger."])
    etag = await store.put_snippet(first, etag=None)
    second = replace(
        first,
        question="How is the turnstile reset?",
        approaches=(
            an_approach("Call the porter."),
            an_approach("Unplug it.", withdrawn="its source is gone"),
            an_approach("Bridge the fuse.", struck="unsafe"),
        ),
    )
    await store.put_snippet(second, etag=etag)
    assert await found(store, "badge trigger unplug bridge") == []
    assert await found(store, "porter") == [second.question]


async def test_a_version_that_lost_the_race_is_not_found_and_the_winner_still_is(store: Store) -> None:
    winner, loser = a_snippet(question="Who has the badge?"), a_snippet(question="Who has the umbrella?")
    outdated = await store.put_snippet(winner, etag=None)
    await store.put_snippet(winner, etag=outdated)
    for etag in (None, outdated):
        with pytest.raises(Conflict):
            await store.put_snippet(loser, etag=etag)
    assert await found(store, "umbrella") == []
    assert await found(store, "badge") == [winner.question]
    with pytest.raises(Conflict):
        await store.put_snippet(a_snippet("absent", question="Who has the ladder?"), etag=outdated)
    assert await found(store, "ladder") == []


async def test_a_limit_counts_what_the_audiences_hold_and_nothing_else(store: Store) -> None:
    hidden = "scanner scanner scanner"
    for name in "abcdefgh":
        other = a_snippet(name, audience_id=OTHERS, question=hidden, topics=["scanner"], updated_at=at(9))
        await store.put_snippet(other, etag=None)
        retired = a_snippet(f"{name} of old", question=hidden, trust=Trust.RETIRED, updated_at=at(9))
        await store.put_snippet(retired, etag=None)
    mine = a_snippet("mine", question="In the last of many words, one is about the scanner", topics=[])
    await store.put_snippet(mine, etag=None)
    assert list(await store.search(HERE, "scanner", limit=1)) == [mine]
    assert list(await store.visible(HERE, limit=1)) == [mine]


async def test_a_snippet_is_not_read_through_another_audience(store: Store) -> None:
    await store.put_snippet(a_snippet(), etag=None)
    assert await store.snippet(OTHERS, a_snippet().id) is None
    assert await store.snippet(ORGANISATION, a_snippet().id) is None


async def test_the_snippet_that_shares_more_words_comes_first_and_the_limit_holds(store: Store) -> None:
    for name, question in {
        "a": "Which printer prints labels on dock four?",
        "b": "Which printer is for invoices?",
        "c": "Which holiday form is the right one?",
    }.items():
        await store.put_snippet(a_snippet(name, question=question, approaches=["Ask."], topics=[]), etag=None)
    text = "the printer for labels on the dock"
    assert (await found(store, text))[:2] == [
        "Which printer prints labels on dock four?",
        "Which printer is for invoices?",
    ]
    assert len(await store.search(HERE, text, limit=1)) == 1


async def test_snippets_that_fit_equally_well_come_in_the_same_order_every_time(store: Store) -> None:
    for name in "abcdef":
        await store.put_snippet(a_snippet(name), etag=None)
    first = [s.id for s in await store.search(HERE, "scanner", limit=4)]
    assert first == sorted(a_snippet(name).id for name in "abcdef")[:4]


async def test_visible_snippets_come_newest_first_within_the_limit(store: Store) -> None:
    for name, minutes in (("old", 1), ("new", 3), ("middle", 2)):
        await store.put_snippet(a_snippet(name, question=name, updated_at=at(minutes)), etag=None)
    assert [s.question for s in await store.visible(HERE, limit=2)] == ["new", "middle"]


async def test_a_pasted_log_of_a_million_characters_is_a_question_like_any_other(store: Store) -> None:
    await store.put_snippet(a_snippet(), etag=None)
    assert await found(store, "scanner " + "failure 0x1f " * 80_000) == [a_snippet().question]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=[]), max_size=60) | st.text("\"*()^:+-{}[]AND ORNOTEAR\\'\0é"))
@example(text='scanner" OR question:"x')
@example(text="scanner NEAR/2 dock")
@example(text="{question approaches} : scanner")
@example(text='"')
async def test_no_text_is_syntax(store: Store, text: str) -> None:
    known = await store.snippet(HELPERS, a_snippet().id)
    if known is None:
        await store.put_snippet(a_snippet(), etag=None)
        await store.put_snippet(a_snippet("secret", audience_id=OTHERS), etag=None)
    assert {s.audience_id for s in await store.search(HERE, text, limit=10)} <= HERE
    assert await found(store, f"{text} scanner") == [a_snippet().question]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
async def test_a_snippet_of_any_text_can_be_kept(store: Store, text: str) -> None:
    known = await store.snippet(HELPERS, a_snippet().id)
    snippet = a_snippet(question=text, approaches=[text], topics=[text, "anchor"])
    await store.put_snippet(snippet, etag=known.etag if known else None)
    assert list(await store.search(HERE, "anchor", limit=10)) == [snippet]
