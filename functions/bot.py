"""Teams -> POST /api/messages: card actions, commands, installs and membership."""

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import azure.functions as func

from functions.activities import Activity, read_activity
from functions.logs import line
from shared.errors import CairnError, NotAllowed, Refused, TryLater

if TYPE_CHECKING:
    from shared.usecases.act import Action
    from shared.usecases.context import Context

blueprint = func.Blueprint()
log = logging.getLogger("cairn.bot")

_MESSAGE = "application/vnd.microsoft.activity.message"
_CARD = "application/vnd.microsoft.card.adaptive"
_STATUS = {"too_large": 413, "not_json": 400, "wrong_shape": 400}


@blueprint.function_name("messages")
@blueprint.route(route="messages", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def messages(req: func.HttpRequest) -> func.HttpResponse:
    """Check that the Bot Connector speaks, then do what the activity asks for."""
    from shared import wiring

    try:
        activity = read_activity(req.get_body())
        context = await wiring.context()
        await context.teams.authenticate(
            req.headers.get("Authorization", ""), service_url=activity.service_url, now=context.now
        )
        if activity.tenant_id != context.tenant_id:
            raise Refused("the activity is of another tenant", code="foreign_tenant")
        return await _handle(activity, context)
    except Refused as refusal:
        log.warning(line("activity_refused", code=refusal.code))
        return _answer(_STATUS.get(refusal.code, 401), {"error": str(refusal)})
    except TryLater as later:
        return _answer(503, {"error": str(later)})
    except CairnError as error:
        log.exception(line("activity_failed", error=type(error).__name__))
        return _answer(500, {"error": "something went wrong on our side"})


async def _handle(activity: Activity, context: "Context") -> func.HttpResponse:
    if activity.type == "invoke":
        return await _invoke(activity, context)
    if activity.type == "message":
        await _command(activity, context)
    elif activity.type == "installationUpdate":
        await _installation(activity, context)
    elif activity.type == "conversationUpdate":
        await _membership(activity, context)
    return _answer(200, {})


async def _invoke(activity: Activity, context: "Context") -> func.HttpResponse:
    """Universal Actions for Adaptive Cards: the answer carries a card, or a sentence for this person alone."""
    from shared.usecases.act import act

    if activity.name != "adaptiveCard/action" or activity.by is None:
        return _answer(501, {})
    outcome = await act(_action(activity), context)
    if outcome.card is None:
        return _answer(200, {"statusCode": 200, "type": _MESSAGE, "value": outcome.message})
    card = context.teams.render(outcome.card)
    return _answer(200, {"statusCode": 200, "type": _CARD, "value": card})


def _action(activity: Activity) -> "Action":
    from shared.domain.identity import PostingId
    from shared.usecases.act import Action

    raw = activity.value.get("action")
    action: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    data = action.get("data")
    values = {str(k): v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}
    if activity.by is None:
        raise NotAllowed("nobody pressed this button")
    return Action(
        verb=str(action.get("verb") or ""),
        posting_id=PostingId(values.get("posting", "")),
        by=activity.by,
        approach_id=values.get("approach", ""),
        person=values.get("person", ""),
        values=values,
    )


async def _command(activity: Activity, context: "Context") -> None:
    from shared.usecases.command import Command, obey

    if activity.by is None:
        return
    command = Command(
        text=activity.text,
        by=activity.by,
        space_id=activity.space_id,
        team_id=activity.team_id,
        service_url=activity.service_url,
    )
    answer = await obey(command, context)
    await context.teams.say(activity.conversation_id, answer, service_url=activity.service_url)


async def _installation(activity: Activity, context: "Context") -> None:
    from shared.usecases.capture import installed, uninstalled

    if activity.space_id is None:
        return
    if activity.action.startswith("remove"):
        await uninstalled(activity.space_id, activity.team_id, context)
    else:
        await installed(activity.space_id, activity.team_id, activity.by, activity.service_url, context)


async def _membership(activity: Activity, context: "Context") -> None:
    """Who left loses access at once; then Teams is asked who is there."""
    from shared.usecases.members import members_changed

    if activity.space_id is not None:
        await members_changed(activity.space_id, activity.team_id, activity.members_removed, context)


def _answer(status: int, body: Mapping[str, object]) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/json")
