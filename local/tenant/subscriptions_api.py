"""Graph's door for change subscriptions, with the checks that Graph makes on Teams' resources."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus, urlsplit

import httpx
from starlette.responses import Response
from starlette.routing import Route

from local.tenant.cursors import link_with, read_cursor
from local.tenant.encryption import CertificateError, Recipient
from local.tenant.graph_access import (
    GraphCall,
    GraphDoor,
    GraphError,
    bad_request,
    entity,
    listing,
    not_found,
)
from local.tenant.model import Change, Subscription
from local.tenant.notifications import Watch, Watched, watched
from local.tenant.outgoing import outgoing_client

LONGEST = timedelta(minutes=4320)
LONGEST_WITHOUT_LIFECYCLE = timedelta(hours=1)
VALIDATION_SECONDS = 10.0
CLIENT_STATE_LIMIT = 128
_PAGE = 100

_PERMISSION = {
    Watch.EVERY_CHANNEL: "ChannelMessage.Read.All",
    Watch.CHANNEL: "ChannelMessage.Read.All",
    Watch.EVERY_CHAT: "Chat.Read.All",
    Watch.CHAT: "Chat.Read.All",
}


def subscription_routes(door: GraphDoor) -> list[Route]:
    """The routes, relative to `/graph/v1.0`."""
    return [
        door.route("/subscriptions", _list),
        door.route("/subscriptions", _create, "POST"),
        door.route("/subscriptions/{subscription}", _get),
        door.route("/subscriptions/{subscription}", _renew, "PATCH"),
        door.route("/subscriptions/{subscription}", _delete, "DELETE"),
        door.route("/subscriptions/{subscription}/reauthorize", _reauthorize, "POST"),
    ]


async def _list(call: GraphCall) -> Response:
    live = [s for s in call.core.state.subscriptions if s.expires > call.core.clock.now()]
    token = call.query("$skiptoken")
    start = 0 if token is None else (read_cursor(token) or {}).get("start")
    if not isinstance(start, int):
        raise bad_request("Invalid skip token.")
    end = start + _PAGE
    link = link_with(call.core.url, call.request, "$skiptoken", {"start": end}) if end < len(live) else None
    shapes = [call.core.shapes.subscription(s) for s in live[start:end]]
    return listing("subscriptions", shapes, next_link=link)


async def _get(call: GraphCall) -> Response:
    return entity("subscriptions", call.core.shapes.subscription(_known(call)))


async def _create(call: GraphCall) -> Response:
    asked = _asked_for(call)
    await _validate_endpoint(asked.notification_url)
    if asked.lifecycle_url is not None:
        await _validate_endpoint(asked.lifecycle_url)
    # Asked again after the handshake, during which another request may have been faster.
    _refuse_second(call, asked)
    call.core.state.subscriptions.put(asked)
    return entity("subscriptions", call.core.shapes.subscription(asked), 201)


async def _renew(call: GraphCall) -> Response:
    subscription = _known(call)
    expires = _expiry(call)
    if expires - call.core.clock.now() > LONGEST_WITHOUT_LIFECYCLE and subscription.lifecycle_url is None:
        raise _needs_lifecycle()
    renewed = call.core.state.subscriptions.put(replace(subscription, expires=expires))
    return entity("subscriptions", call.core.shapes.subscription(renewed))


async def _delete(call: GraphCall) -> Response:
    call.core.state.subscriptions.drop(_known(call).id)
    return Response(status_code=204)


async def _reauthorize(call: GraphCall) -> Response:
    _known(call)
    return Response(status_code=204)


def _known(call: GraphCall) -> Subscription:
    found = call.core.state.subscriptions.get(call.path("subscription"))
    if found is None or found.expires <= call.core.clock.now():
        raise GraphError(404, "ResourceNotFound", "The object was not found.")
    return found


def _asked_for(call: GraphCall) -> Subscription:
    body = call.body
    for name in ("changeType", "notificationUrl", "resource", "expirationDateTime"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise bad_request(f"{name} is a required property for subscription creation.", "InvalidRequest")
    watch = _resource(call)
    expires = _expiry(call)
    lifecycle_url = body.get("lifecycleNotificationUrl")
    if expires - call.core.clock.now() > LONGEST_WITHOUT_LIFECYCLE and not lifecycle_url:
        raise _needs_lifecycle()
    for url in filter(None, (body["notificationUrl"], lifecycle_url)):
        _check_url(str(url))
    client_state = body.get("clientState")
    if client_state is not None and len(str(client_state)) > CLIENT_STATE_LIMIT:
        raise bad_request(f"clientState must be at most {CLIENT_STATE_LIMIT} characters.", "InvalidRequest")
    _check_certificate(call)
    rich = body.get("includeResourceData") is True
    asked = Subscription(
        id=str(uuid.uuid4()),
        resource=body["resource"],
        changes=_changes(body["changeType"]),
        notification_url=body["notificationUrl"],
        lifecycle_url=lifecycle_url or None,
        expires=expires,
        client_state=client_state,
        rich=rich,
        certificate=body.get("encryptionCertificate") if rich else None,
        certificate_id=body.get("encryptionCertificateId") if rich else None,
        # The documentation has this for single channels and chats; tenant-wide it makes no difference here.
        knows_new_enums=call.knows_new_enums,
    )
    _require(call, watch)
    _refuse_second(call, asked)
    return asked


def _resource(call: GraphCall) -> Watched:
    watch = watched(call.body["resource"])
    if watch is None:
        raise bad_request(f"Resource '{call.body['resource']}' is not supported.", "InvalidRequest")
    if watch.space_id:
        space = call.core.state.spaces.get(watch.space_id)
        if space is None or (watch.team_id or None) != space.team_id:
            raise not_found(f"Resource '{call.body['resource']}'")
    return watch


def _require(call: GraphCall, watch: Watched) -> None:
    place = watch.team_id or watch.space_id or None
    call.require(_PERMISSION[watch.kind], installed_at=place)


def _changes(text: str) -> tuple[Change, ...]:
    try:
        return tuple(dict.fromkeys(Change(word.strip()) for word in text.split(",")))
    except ValueError as error:
        raise bad_request("changeType must be of created, updated and deleted.", "InvalidRequest") from error


def _expiry(call: GraphCall) -> datetime:
    try:
        expires = datetime.fromisoformat(str(call.body.get("expirationDateTime")))
    except ValueError as error:
        raise bad_request("expirationDateTime is not a date.", "InvalidRequest") from error
    if expires.tzinfo is None:
        expires = expires.replace(tzinfo=UTC)
    left = expires - call.core.clock.now()
    if left <= timedelta(0):
        raise bad_request("Subscription expiration must be in the future.", "ValidationError")
    if left > LONGEST:
        raise bad_request("Subscription expiration can only be 4320 minutes in the future.", "ValidationError")
    return expires.astimezone(UTC)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    # Graph takes https alone; a tenant on one machine has to reach plain http on that machine.
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise bad_request("The notification URL must be an absolute https URL.", "InvalidRequest")


def _check_certificate(call: GraphCall) -> None:
    if call.body.get("includeResourceData") is not True:
        return
    certificate, number = (call.body.get(n) for n in ("encryptionCertificate", "encryptionCertificateId"))
    if not isinstance(certificate, str) or not certificate:
        raise bad_request("encryptionCertificate is required with includeResourceData.", "InvalidRequest")
    if not isinstance(number, str) or not number:
        raise bad_request("encryptionCertificateId is required with includeResourceData.", "InvalidRequest")
    try:
        Recipient(certificate, number)
    except CertificateError as error:
        raise bad_request(str(error), "InvalidRequest") from error


def _refuse_second(call: GraphCall, asked: Subscription) -> None:
    now = call.core.clock.now()
    wanted = watched(asked.resource)
    for other in call.core.state.subscriptions:
        if other.expires > now and watched(other.resource) == wanted:
            raise GraphError(409, "Conflict", f"Subscription {other.id} already exists for this app and resource.")


def _needs_lifecycle() -> GraphError:
    return bad_request(
        "lifecycleNotificationUrl is a required property for subscription creation on this resource when the "
        "expirationDateTime value is set to greater than 1 hour.",
        "InvalidRequest",
    )


async def _validate_endpoint(url: str) -> None:
    token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid.uuid4()}"
    address = f"{url}{'&' if '?' in url else '?'}validationToken={quote_plus(token)}"
    try:
        async with outgoing_client(VALIDATION_SECONDS) as client:
            answer = await client.post(address, headers={"Content-Type": "text/plain; charset=utf-8"})
    except httpx.HTTPError as error:
        raise bad_request(
            "Subscription validation request failed. The notification endpoint could not be reached in time.",
            "ValidationError",
        ) from error
    if answer.status_code != 200:
        raise bad_request(
            "Subscription validation request failed. Notification endpoint must respond with 200 OK to "
            "validation request.",
            "ValidationError",
        )
    if not answer.headers.get("content-type", "").startswith("text/plain") or answer.text != token:
        raise bad_request(
            "Subscription validation request failed. Response must exactly match validationToken query parameter.",
            "ValidationError",
        )
