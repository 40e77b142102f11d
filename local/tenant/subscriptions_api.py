"""Graph's door for change subscriptions."""

from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from local.tenant.cursors import link_with, read_cursor
from local.tenant.endpoint_validation import validate_endpoints
from local.tenant.graph_access import GraphCall, GraphDoor, GraphError, bad_request, entity, listing
from local.tenant.model import Subscription
from local.tenant.subscription_access import accessible_resource
from local.tenant.subscription_requests import changed_subscription, new_subscription
from local.tenant.watches import Watched

_PAGE = 100


def subscription_routes(door: GraphDoor) -> list[Route]:
    """The routes, relative to `/graph/v1.0`."""
    return [
        door.route("/subscriptions", _list),
        door.route("/subscriptions", _create, "POST"),
        door.route("/subscriptions/{subscription}", _get),
        door.route("/subscriptions/{subscription}", _change, "PATCH"),
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
    asked = new_subscription(call)
    resource = accessible_resource(call, asked.resource)
    _refuse_second(call, resource)
    _hold_to_quota(call)
    await validate_endpoints(call.core, (asked.notification_url, asked.lifecycle_url))
    # Asked again after the handshake, during which another request may have been faster.
    _refuse_second(call, resource)
    call.core.state.subscriptions.put(asked)
    call.core.outbox.wake.set()
    return entity("subscriptions", call.core.shapes.subscription(asked), 201)


async def _change(call: GraphCall) -> Response:
    before = _known(call)
    after = changed_subscription(call, before)
    accessible_resource(call, before.resource)
    if after.notification_url != before.notification_url:
        await validate_endpoints(call.core, (after.notification_url,))
        _known(call)
    kept = call.core.state.subscriptions.put(replace(after, challenged=None))
    call.core.outbox.wake.set()
    return entity("subscriptions", call.core.shapes.subscription(kept))


async def _delete(call: GraphCall) -> Response:
    call.core.state.subscriptions.drop(_known(call).id)
    return Response(status_code=204)


async def _reauthorize(call: GraphCall) -> Response:
    subscription = _known(call)
    accessible_resource(call, subscription.resource)
    call.core.state.subscriptions.put(replace(subscription, challenged=None))
    return Response(status_code=204)


def _known(call: GraphCall) -> Subscription:
    found = call.core.state.subscriptions.get(call.path("subscription"))
    if found is None or found.expires <= call.core.clock.now():
        raise GraphError(404, "ResourceNotFound", "The object was not found.")
    return found


def _refuse_second(call: GraphCall, resource: Watched) -> None:
    other = call.core.state.subscriptions.same(resource, call.core.clock.now())
    if other is not None:
        raise GraphError(409, "Conflict", f"Subscription Id {other.id} already exists for the requested combination.")


def _hold_to_quota(call: GraphCall) -> None:
    most = call.core.faults.subscription_quota
    if call.core.state.subscriptions.count_live(call.core.clock.now()) >= most:
        raise GraphError(
            403,
            "ExtensionError",
            "Operation: Create; Exception: [Status Code: Forbidden; Reason: Maximum number of subscriptions has "
            f"been reached: the organization has reached its limit of '{most}' subscriptions.]",
        )
