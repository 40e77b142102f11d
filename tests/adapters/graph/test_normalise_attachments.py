"""What comes along with a message is linked or named; nobody else's words come with it."""

import json
from typing import Any

import pytest

from shared.adapters.graph.fields import MOST_ITEMS
from shared.adapters.graph.normalise import message_of
from shared.domain.identity import PostingId, SpaceId
from shared.domain.messages import Importance, Message, MessageKind, without_words

TENANT, APP, SPACE = "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64", "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10", "19:c@thread.v2"
ADAPTIVE = "application/vnd.microsoft.card.adaptive"


def read(*attachments: dict[str, Any], content: str = "<p>Hello</p>", **changes: Any) -> Message:
    raw = {
        "id": "1772000000000",
        "messageType": "message",
        "createdDateTime": "2026-03-02T09:12:00Z",
        "from": {"user": {"id": "AAAA", "displayName": "Ann Lee"}},
        "body": {"contentType": "html", "content": content},
        "attachments": list(attachments),
    }
    return message_of(
        raw | changes, space_id=SpaceId(SPACE), tenant_id=TENANT, app_id=APP, posting_id_in=lambda _: PostingId("p")
    )


@pytest.mark.parametrize(
    ("attachment", "name"),
    [
        ({"contentType": "reference", "name": "runbook.docx", "contentUrl": "https://x.example/runbook.docx"},
         "runbook.docx"),
        ({"contentType": "reference", "name": "fdp\u202e.exe\n"}, "fdp.exe"),
        ({"contentType": "reference", "name": None}, "file"),
        ({"contentType": "meetingReference", "name": None, "content": "{}"}, "meeting"),
        ({"contentType": "tabReference", "name": "Plan"}, "Plan"),
        ({"contentType": ADAPTIVE, "content": '{"body": [{"text": "secret"}]}'}, "card"),
        ({"contentType": "application/vnd.microsoft.teams.card.o365connector"}, "card"),
        ({"contentType": "application/vnd.microsoft.card.codesnippet", "content": "{}"}, "code snippet"),
        ({"contentType": "application/vnd.microsoft.card.announcement"}, "announcement"),
        ({"contentType": "image/png"}, "image"),
        ({"contentType": "something/new"}, "attachment"),
        ({}, "attachment"),
    ],
)  # fmt: skip
def test_what_came_along_is_named(attachment: dict[str, Any], name: str) -> None:
    message = read(attachment, content='<p>Hello</p><attachment id="1"></attachment>')
    assert message.attachments == (name,)
    assert message.text == "Hello"


def test_pictures_that_were_pasted_are_counted() -> None:
    picture = '<img alt="image" src="https://graph.microsoft.com/v1.0/chats/x/messages/1/hostedContents/aW1n/$value">'
    assert read(content=f"<p>{picture}</p>").attachments == ("image",)
    assert read(content=f"<p>look {picture}{picture}</p>").attachments == ("2 images",)
    assert read(content=f"<p>look {picture}{picture}</p>").text == "look"


def test_a_quote_is_linked_and_its_words_left_with_whoever_said_them() -> None:
    quote = {
        "id": "7",
        "contentType": "messageReference",
        "content": json.dumps({"messageId": "7", "messagePreview": "the pump stops", "messageSender": {}}),
    }
    message = read(quote, content='<attachment id="7"></attachment><p>Reset it.</p>')
    assert (message.quoted_ids, message.text, message.attachments) == (("7",), "Reset it.", ())


@pytest.mark.parametrize(("conversation", "linked"), [(SPACE, ("8",)), ("19:elsewhere@thread.v2", ())])
def test_a_forwarded_message_is_known_and_linked_where_it_was_said_here(conversation: str, linked: tuple[str]) -> None:
    forwarded = {
        "id": "f",
        "contentType": "forwardedMessageReference",
        "name": None,
        "content": json.dumps(
            {
                "originalMessageId": "8",
                "originalMessageContent": "<p>said among us</p>",
                "originalConversationId": conversation,
            }
        ),
    }
    message = read(forwarded, content='<p>see this</p><attachment id="f"></attachment>')
    assert message.attachments == ("forwarded message",)
    assert message.quoted_ids == linked
    assert message.text == "see this"


def test_only_a_person_brings_anything_along() -> None:
    attachment = {"contentType": "reference", "name": "runbook.docx"}
    mentions = [{"id": 0, "mentionText": "Bob", "mentioned": {"user": {"id": "b"}}}]
    sender: dict[str, Any] = {"from": {"application": {"id": "another"}}}
    bot = read(attachment, mentions=mentions, **sender)
    system = read(attachment, mentions=mentions, messageType="systemEventMessage", eventDetail={"members": []})
    for message, kind in ((bot, MessageKind.BOT), (system, MessageKind.SYSTEM)):
        assert message.kind is kind
        assert (message.text, message.attachments, message.mentions, message.author) == ("", (), (), None)


def test_names_go_with_the_words() -> None:
    attachment = {"contentType": "reference", "name": "salaries.xlsx"}
    assert without_words(read(attachment)).attachments == ()
    assert read(attachment, deletedDateTime="2026-03-02T10:00:00Z").attachments == ()


@pytest.mark.parametrize(
    ("said", "importance"),
    [("normal", "normal"), ("high", "high"), ("URGENT", "urgent"), ("unknownFutureValue", "normal"), (None, "normal")],
)
def test_how_important_its_author_found_it(said: str | None, importance: str) -> None:
    assert read(importance=said).importance is Importance(importance)


@pytest.mark.parametrize(("said", "locale"), [("en-US", "en-us"), ("de", "de"), (None, ""), (7, "")])
def test_the_locale_of_its_client(said: Any, locale: str) -> None:
    assert read(locale=said).locale == locale


def test_ten_thousand_mentions_are_bounded() -> None:
    mentions = [
        {"id": n, "mentionText": f"P {n}", "mentioned": {"user": {"id": f"u{n}", "displayName": f"P {n}"}}}
        for n in range(10_000)
    ]
    content = "".join(f'<at id="{n}">P {n}</at> ' for n in range(10_000))
    message = read(mentions=mentions, content=content)
    assert len(message.mentions) == MOST_ITEMS
    assert message.mentions[0].name == "P 0"


def test_any_number_of_attachments_and_reactions_is_bounded() -> None:
    files = [{"contentType": "reference", "name": f"{n}.docx"} for n in range(10_000)]
    quotes = [{"contentType": "messageReference", "id": str(n)} for n in range(10_000)]
    liked = [{"reactionType": "like", "user": {"user": {"id": str(n)}}} for n in range(10_000)]
    assert len(read(*files).attachments) == MOST_ITEMS
    assert len(read(*quotes).quoted_ids) == MOST_ITEMS
    assert len(read(reactions=liked).reactions) == MOST_ITEMS
