"""One message's whole way, over HTTP: notification, snippet, cards, buttons; with Microsoft misbehaving too."""

from typing import Any

import httpx
import pytest

from shared.domain.audiences import audience_of_space
from shared.domain.identity import SpaceId
from shared.domain.postings import Posting, PostingKind, PostingState
from shared.domain.snippets import Snippet, Trust
from tests.e2e.conftest import Company

QUESTION = "How do I reset the badge printer on the second floor? It says error E-17."
ANSWER = "Hold the green button at the back for ten seconds until the light turns amber, then reload the ribbon."
AGAIN = "The badge printer on the second floor shows error E-17 again. How do I reset it?"


async def snippets(company: Company) -> list[Snippet]:
    audience = audience_of_space(SpaceId(company.channel))
    return list(await (await company.store()).visible(frozenset({audience}), limit=10))


async def postings(company: Company, kind: PostingKind) -> list[Posting]:
    return [p for p in await (await company.store()).all_postings() if p.kind is kind]


def card(company: Company, posting: Posting, viewer: str) -> dict[str, Any]:
    found = company.stage.tenant.card_of(posting.conversation_id, posting.activity_id, viewer=viewer)
    assert found is not None
    return found


async def test_a_question_comes_back_answered_and_verified(company: Company) -> None:
    question = await company.ask(f"<p>{QUESTION}</p>")
    await company.reply(question, f"<p>{ANSWER}</p>")
    await company.later(minutes=15)
    (review,) = await postings(company, PostingKind.REVIEW)
    assert review.state is PostingState.POSTED
    pressed = await company.stage.tenant.press(
        company.ann, review.conversation_id, review.activity_id, "verify", {"posting": review.id}
    )
    assert pressed.body["type"] == "application/vnd.microsoft.card.adaptive"
    (snippet,) = await snippets(company)
    assert (snippet.question, snippet.trust) == (QUESTION, Trust.VERIFIED)
    await company.ask(AGAIN, company.cleo)
    (shown,) = await postings(company, PostingKind.ANSWERED_BEFORE)
    assert shown.recipient is None
    text = str(card(company, shown, company.bob))
    assert ANSWER in text
    assert "Ann Lee" in text


async def test_the_wrong_person_is_told_kindly_and_nothing_changes(company: Company) -> None:
    question = await company.ask(QUESTION)
    await company.reply(question, ANSWER)
    await company.later(minutes=15)
    (review,) = await postings(company, PostingKind.REVIEW)
    answer = await company.stage.tenant.press(
        company.bob, review.conversation_id, review.activity_id, "verify", {"posting": review.id}
    )
    assert answer.status == 200
    assert answer.body["type"] == "application/vnd.microsoft.activity.message"
    assert "nothing was changed" in str(answer.body["value"])
    (snippet,) = await snippets(company)
    assert snippet.trust is Trust.PROPOSED


async def test_duplicates_disorder_and_busy_neighbours_end_in_the_same_state(company: Company) -> None:
    faults = company.stage.tenant.faults
    faults.duplicate, faults.reorder = 0.5, 0.5
    faults.graph.too_many = faults.connector.too_many = 0.3
    faults.graph.unavailable = faults.connector.unavailable = 0.2
    question = await company.ask(QUESTION)
    answer = await company.reply(question, ANSWER)
    await company.stage.tenant.edit(company.channel, answer, ANSWER.replace("ten", "twenty"))
    await company.later(hours=1)
    (snippet,) = await snippets(company)
    assert "twenty seconds" in snippet.visible_approaches[0].text
    (review,) = await postings(company, PostingKind.REVIEW)
    assert review.state is PostingState.POSTED
    standing = company.stage.tenant.messages(review.conversation_id)
    assert sum(1 for message in standing if message.card and not message.deleted) == 1
    assert not any(total.poisoned for total in company.stage.queues.totals().values())


async def test_a_deleted_answer_is_withdrawn_from_every_card(company: Company) -> None:
    question = await company.ask(QUESTION)
    answer = await company.reply(question, ANSWER)
    await company.later(minutes=15)
    await company.ask(AGAIN, company.cleo)
    (shown,) = await postings(company, PostingKind.ANSWERED_BEFORE)
    await company.stage.tenant.delete(company.channel, answer)
    await company.later(minutes=15)
    assert ANSWER not in str(card(company, shown, company.bob))
    assert await snippets(company) == []
    await company.stage.tenant.restore(company.channel, answer)
    await company.later(minutes=15)
    assert ANSWER in str(card(company, shown, company.bob))


async def test_who_leaves_the_team_sees_nothing_of_it_any_more(company: Company) -> None:
    await company.stage.tenant.remove_member(company.team, company.cleo, by=company.ann)
    await company.stage.settle()
    store = await company.store()
    cleo = next(p for p in company.stage.tenant.people() if p.id == company.cleo)
    assert await store.audiences_of(f"{company.stage.tenant.id}/{cleo.id}") == frozenset()  # type: ignore[arg-type]


async def test_subscriptions_outlive_their_three_days(company: Company) -> None:
    for _ in range(8):
        await company.later(hours=20)
    message = await company.ask("Is the manual for the new printer anywhere?")
    assert await company.kept(message) is not None


async def test_a_removed_subscription_is_made_anew(company: Company) -> None:
    from local.tenant.notifications import LifecycleEvent

    company.stage.tenant.send_lifecycle(LifecycleEvent.SUBSCRIPTION_REMOVED)
    await company.stage.settle()
    message = await company.ask("Is the manual for the new printer anywhere?")
    assert await company.kept(message) is not None


async def test_taking_the_app_away_ends_the_reading(company: Company) -> None:
    await company.stage.tenant.uninstall(company.team, by=company.ann)
    await company.stage.settle()
    assert company.stage.tenant.subscriptions() == []
    message = await company.ask("Is anybody still reading this?")
    assert await company.kept(message) is None


async def test_an_access_token_that_ends_early_is_no_trouble(company: Company) -> None:
    company.stage.tenant.expire_access_tokens()
    question = await company.ask(QUESTION)
    await company.reply(question, ANSWER)
    await company.later(minutes=15)
    (review,) = await postings(company, PostingKind.REVIEW)
    assert review.state is PostingState.POSTED


async def test_opting_out_by_a_word_to_the_bot(company: Company) -> None:
    question = await company.ask(QUESTION)
    answer = await company.reply(question, ANSWER)
    await company.later(minutes=15)
    await company.stage.tenant.say(company.cleo, None, "opt out")
    await company.later(minutes=15)
    assert await company.kept(answer) is None
    assert await snippets(company) == []
    later = await company.reply(question, "And another thing about the printer.")
    assert await company.kept(later) is None


async def test_health_says_what_works(company: Company) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{company.stage.host.url}/api/health")
    assert answer.status_code == 200
    assert set(answer.json()["parts"].values()) == {"ok"}


async def test_no_log_line_holds_what_anybody_said(company: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="cairn")
    secret = (company.stage.folder / "secret").read_text()
    question = await company.ask(QUESTION)
    await company.reply(question, ANSWER)
    await company.later(minutes=15)
    await company.ask(AGAIN, company.cleo)
    logged = caplog.text
    assert f"message_id={question}" in logged
    assert "correlation=" in logged
    assert not any(words in logged for words in ("badge printer", "green button", "Bob Ray", secret))
