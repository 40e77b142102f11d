"""GET /api/health: what works and what does not, naming the setting to mend."""

import json

import azure.functions as func

blueprint = func.Blueprint()


@blueprint.function_name("health")
@blueprint.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the trigger's binding
    """200 when everything works, 503 otherwise; the body says which part, in one sentence each."""
    from shared import wiring
    from shared.errors import Misconfigured
    from shared.usecases.health import examine

    try:
        context = await wiring.context()
    except Misconfigured as fault:
        return _answer({"settings": str(fault)})
    return _answer(await examine(context))


def _answer(faults: dict[str, str]) -> func.HttpResponse:
    parts = {"settings": "ok"} | {part: fault or "ok" for part, fault in faults.items()}
    failing = any(said != "ok" for said in parts.values())
    body = json.dumps({"status": "failing" if failing else "ok", "parts": parts})
    return func.HttpResponse(body, status_code=503 if failing else 200, mimetype="application/json")
