"""Turns the bot's activities into messages of the tenant."""

import html
import json
import re

from local.tenant.connector_access import ConnectorError
from local.tenant.core import Core
from local.tenant.identifiers import guid
from local.tenant.messages import Draft
from local.tenant.model import ADAPTIVE_CARD, Attachment, JsonObject, Mention

_AT = re.compile(r"<at>(.*?)</at>")


def draft_of(core: Core, activity: JsonObject, *, root_id: str | None = None, visible_to: str | None = None) -> Draft:
    """What the activity says, as a message from the app; raises ConnectorError for one that says nothing."""
    cards = [_attachment(core, number, a) for number, a in enumerate(_list(activity, "attachments"))]
    text = str(activity.get("text") or "")
    if not text and not cards:
        raise ConnectorError(400, "BadArgument", "The activity has neither text nor attachments.")
    mentions = _mentions(core, activity)
    return Draft(
        content=_body(text, activity.get("textFormat"), mentions, cards),
        from_app=True,
        root_id=root_id,
        summary=activity.get("summary"),
        mentions=mentions,
        attachments=tuple(cards),
        visible_to=visible_to,
    )


def _list(activity: JsonObject, name: str) -> list[JsonObject]:
    value = activity.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ConnectorError(400, "BadArgument", f"{name} must be a list of objects.")
    return value


def _attachment(core: Core, number: int, attachment: JsonObject) -> Attachment:
    content = attachment.get("content")
    kind = str(attachment.get("contentType") or "")
    if kind == ADAPTIVE_CARD and (not isinstance(content, dict) or content.get("type") != "AdaptiveCard"):
        raise ConnectorError(400, "BadArgument", "The attachment's content is not an Adaptive Card.")
    return Attachment(
        id=guid(core.identity.seed, "attachment", str(core.state.register.seq), str(number)),
        content_type=kind,
        content=None if content is None else json.dumps(content, ensure_ascii=False),
        name=attachment.get("name"),
    )


def _mentions(core: Core, activity: JsonObject) -> tuple[Mention, ...]:
    mentions = []
    for entity in _list(activity, "entities"):
        if entity.get("type") == "mention":
            person = core.state.person(str((entity.get("mentioned") or {}).get("id")))
            if person is None:
                raise ConnectorError(400, "BadArgument", "A mentioned user is not known.")
            mentions.append(Mention(text=person.name, user_id=person.id))
    return tuple(mentions)


def _body(text: str, text_format: object, mentions: tuple[Mention, ...], attachments: list[Attachment]) -> str:
    said = text if text_format == "xml" else _escaped(text)
    numbers = iter(range(len(mentions)))

    def numbered(found: re.Match[str]) -> str:
        number = next(numbers, None)
        return found[0] if number is None else f'<at id="{number}">{found[1]}</at>'

    said = _AT.sub(numbered, said)
    shown = "".join(f'<attachment id="{attachment.id}"></attachment>' for attachment in attachments)
    return f"<p>{said}</p>{shown}" if said else shown


def _escaped(text: str) -> str:
    parts = re.split(r"(<at>.*?</at>)", text)
    return "".join(
        part if part.startswith("<at>") else html.escape(part, quote=False).replace("\n", "<br>") for part in parts
    )
