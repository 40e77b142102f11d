"""Forgetting, over HTTP: somebody asks to be erased, and nothing of theirs is left or comes back."""

from pathlib import Path

from shared.domain.audiences import audience_of_space
from shared.domain.identity import SpaceId
from shared.domain.postings import Posting, PostingKind
from shared.domain.snippets import Snippet
from tests.adapters.sqlite.files import everything
from tests.e2e.conftest import Company

QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."
AGAIN = "The badge printer on the second floor shows error E-17 again. How do I reset it?"


async def snippets(company: Company) -> list[Snippet]:
    audience = audience_of_space(SpaceId(company.channel))
    return list(await (await company.store()).visible(frozenset({audience}), limit=10))


async def postings(company: Company, kind: PostingKind) -> list[Posting]:
    return [p for p in await (await company.store()).all_postings() if p.kind is kind]


def held(company: Company) -> bytes:
    folder: Path = company.stage.folder
    return everything(folder / "cairn.sqlite") + everything(folder / "queues.sqlite")


async def test_who_asks_to_be_erased_is_gone_from_store_queues_and_cards(company: Company) -> None:
    tenant = company.stage.tenant
    question = await company.ask(QUESTION)
    answer = await company.reply(question, ANSWER)
    await company.later(minutes=15)
    await company.ask(AGAIN)
    (shown,) = await postings(company, PostingKind.ANSWERED_BEFORE)
    assert b"Cleo Fox" in held(company)
    await tenant.say(company.cleo, None, "erase me")
    await company.stage.settle()
    assert await company.kept(answer) is not None
    await tenant.say(company.cleo, None, "erase me now")
    await company.later(minutes=15)
    assert await company.kept(answer) is None
    assert await snippets(company) == []
    assert b"Cleo Fox" not in held(company)
    assert company.cleo.encode() not in held(company)
    standing = tenant.card_of(shown.conversation_id, shown.activity_id, viewer=company.bob)
    assert standing is not None
    assert "Cleo" not in str(standing)
    assert ANSWER not in str(standing)


async def test_what_an_erased_person_goes_on_to_say_and_do_leaves_no_trace(company: Company) -> None:
    tenant = company.stage.tenant
    await tenant.say(company.cleo, None, "erase me now")
    question = await company.ask(QUESTION)
    answer = await company.reply(question, ANSWER)
    await tenant.react(company.channel, question, company.cleo)
    await company.later(hours=30)
    assert await company.kept(answer) is None
    kept = await company.kept(question)
    assert kept is not None
    assert kept.reactions == ()
    store = await company.store()
    assert await store.audiences_of(f"{tenant.id}/{company.cleo}") == frozenset()  # type: ignore[arg-type]
    assert company.cleo.encode() not in held(company)
    await tenant.say(company.cleo, None, "opt in")
    later = await company.reply(question, "I am back, and the printer is fixed.")
    assert await company.kept(later) is not None
