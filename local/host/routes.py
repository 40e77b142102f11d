"""Azure's route templates as Starlette routes: `items/{id:int}/{part?}`, `files/{*path}`."""

import re
from collections.abc import Iterator, Sequence

from starlette.routing import Route
from starlette.types import ASGIApp

from local.host.errors import HostError
from local.host.functions import Function, HttpTrigger

_PARAMETER = re.compile(r"\{(?P<rest>\*{0,2})(?P<name>\w+)(?::(?P<kind>\w+))?(?P<optional>\?)?\}")
_CONVERTORS = {None: "", "int": ":int", "guid": ":uuid"}


def routes(doors: Sequence[tuple[Function, ASGIApp]], body_limit: int) -> list[Route]:
    """A route for each HTTP function, the more literal first, as ASP.NET chooses among those that match.

    Raises `HostError` for a template that this host does not understand.
    """
    made: list[Route] = []
    for function, door in doors:
        if isinstance(function.trigger, HttpTrigger):
            paths = _paths(function.name, function.trigger.route)
            made += [_route(path, function.trigger, door, body_limit) for path in paths]
    return sorted(made, key=lambda route: _looseness(route.path))


def _paths(name: str, template: str) -> Iterator[str]:
    """The template as Starlette writes it; without its optional last part too."""
    segments = template.split("/")
    translated = [_translate(name, segment) for segment in segments]
    yield "/" + "/".join(translated)
    last = _PARAMETER.fullmatch(segments[-1])
    if last and (last["optional"] or last["rest"]):
        yield "/" + "/".join(translated[:-1])


def _translate(name: str, segment: str) -> str:
    def convertor(parameter: re.Match[str]) -> str:
        if parameter["kind"] not in _CONVERTORS:
            raise HostError(
                f"The route of the function {name} has the constraint {parameter['kind']}, which is not known here."
            )
        kind = ":path" if parameter["rest"] else _CONVERTORS[parameter["kind"]]
        return f"{{{parameter['name']}{kind}}}"

    translated = _PARAMETER.sub(convertor, segment)
    if re.search(r"[{}]", _PARAMETER.sub("", segment)):
        raise HostError(f"The route of the function {name} has a part that is not known here: {segment}.")
    return translated


def _looseness(path: str) -> tuple[int, ...]:
    def of(segment: str) -> int:
        if ":path}" in segment:
            return 3
        return 0 if "{" not in segment else 1 if ":" in segment else 2

    return tuple(of(segment) for segment in path.split("/"))


def _route(path: str, trigger: HttpTrigger, door: ASGIApp, body_limit: int) -> Route:
    route = Route(path, door, max_body_size=body_limit)
    route.methods = set(trigger.methods) or None
    # Azure's routes know neither upper and lower case nor a trailing slash.
    route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + "/?$", re.IGNORECASE)
    return route
