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
    """200 when everything works, 503 otherwise; the body says which part, in one sentence each."""
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
    parts = {"settings": "ok"} | {part: fault or "ok" for part, fault in faults.items()}
    failing = any(said != "ok" for said in parts.values())
    body = json.dumps({"status": "failing" if failing else "ok", "parts": parts})
    return func.HttpResponse(body, status_code=503 if failing else 200, mimetype="application/json")
