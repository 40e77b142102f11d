"""Graph -> POST /api/notifications: changes and lifecycle events. Check, queue, 202."""

import json
import logging
import os
import typing

import azure.functions as func

from functions.logs import line
from shared import clock
from shared.errors import Refused
from shared.usecases.receive import DEFAULT_MAX_BYTES, IntakeRules, Receipt, receive

blueprint = func.Blueprint()
log = logging.getLogger("cairn.notifications")

# Only what this door needs, straight from the environment: reading all settings would load pydantic,
# and this path must answer within Graph's three seconds on a cold start too.
SECRET = "CAIRN_CLIENT_STATE_SECRET"  # noqa: S105 - the name of a setting
MAX_BYTES = "CAIRN_MAX_NOTIFICATION_BYTES"
LONGEST_TOKEN = 4096
"""Characters of an endpoint validation that are echoed."""
_STATUS = {"too_large": 413}


# The worker library accepts `Out[typing.List[str]]` and refuses `Out[list[str]]`.
@blueprint.function_name("notifications")
@blueprint.route(route="notifications", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@blueprint.queue_output(arg_name="queued", queue_name="notifications", connection="AzureWebJobsStorage")
async def notifications(req: func.HttpRequest, queued: func.Out[typing.List[str]]) -> func.HttpResponse:  # noqa: UP006
    """Answer the validation handshake, or queue each item of a batch; 202 means that all of it is kept."""
    token = req.params.get("validationToken")
    if token is not None:
        return _echo(token)
    known = rules()
    if known is None:
        return _answer(503, {"error": f"{SECRET} is not set"})
    try:
        receipt = receive(req.get_body(), rules=known, received_at=clock.now())
    except Refused as refusal:
        log.warning(line("batch_refused", code=refusal.code))
        return _answer(_STATUS.get(refusal.code, 400), {"error": str(refusal)})
    if receipt.queued:
        queued.set(receipt.queued)
    return _answer(202, _summary(receipt))


def rules() -> IntakeRules | None:
    """What the doors know, from the environment; None when there is no secret to check clientStates with."""
    secret = os.environ.get(SECRET, "")
    limit = os.environ.get(MAX_BYTES, "")
    if not secret:
        return None
    return IntakeRules(client_state_secret=secret, max_bytes=int(limit) if limit.isdecimal() else DEFAULT_MAX_BYTES)


def _echo(token: str) -> func.HttpResponse:
    """Graph's endpoint validation: the decoded token, as plain text and never as anything a browser would run.

    Anybody may ask for this as often as they like, so that it costs next to nothing: no body is read,
    nothing is looked up or logged, and what comes back is what came, up to a bound.
    """
    if not token or len(token) > LONGEST_TOKEN or not token.isprintable():
        return _answer(400, {"error": "the validation token is empty, too long or not plain text"})
    return func.HttpResponse(
        token, status_code=200, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"}
    )


def _summary(receipt: Receipt) -> dict[str, object]:
    if receipt.refused:
        log.warning(line("items_refused", accepted=len(receipt.queued), refused=len(receipt.refused)))
    refused = [{"index": refusal.index, "reason": refusal.reason} for refusal in receipt.refused]
    return {"accepted": len(receipt.queued), "refused": refused}


def _answer(status: int, body: dict[str, object]) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/json")
