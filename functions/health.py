"""GET /api/health: what works and what does not, naming the setting to mend."""

import json
from datetime import datetime, timedelta

import azure.functions as func

from shared import clock

blueprint = func.Blueprint()

FRESH = timedelta(seconds=10)
"""How long an answer is given again: anybody may ask, and must not make us call Microsoft each time."""
_known: list[tuple[datetime, dict[str, str]]] = []


@blueprint.function_name("health")
@blueprint.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger's binding
    """200 when Cairn serves, also where something is missing (`degraded`); 503 when it cannot (`failing`).

    The body says which part and why, in one sentence each.
    """
    from shared import wiring
    from shared.errors import Misconfigured
    from shared.usecases.health import examine

    if _known and clock.now() - _known[-1][0] < FRESH:
        return _answer(_known[-1][1])
    try:
        faults = await examine(await wiring.context())
    except Misconfigured as fault:
        faults = {"settings": str(fault)}
    _known[:] = [(clock.now(), faults)]
    return _answer(faults)


def _answer(faults: dict[str, str]) -> func.HttpResponse:
    from shared.usecases.health import Health, health_of

    parts = {"settings": "ok"} | {part: fault or "ok" for part, fault in faults.items()}
    health = health_of(faults)
    body = json.dumps({"status": health, "parts": parts})
    return func.HttpResponse(body, status_code=503 if health is Health.FAILING else 200, mimetype="application/json")
