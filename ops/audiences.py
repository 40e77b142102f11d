"""Which audience an administrator means by a name."""

from collections.abc import Sequence

from ops.spaces import named
from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import AudienceId
from shared.domain.spaces import Space
from shared.errors import Refused


def audience_named(name: str, spaces: Sequence[Space]) -> AudienceId:
    """The members of a space (see `space_named`), or the whole organisation for `organisation`."""
    if name.strip().casefold() == ORGANISATION:
        return ORGANISATION
    return audience_of_space(space_named(name, spaces).id)


def space_named(name: str, spaces: Sequence[Space]) -> Space:
    """The space of that name, `Team > Channel`, or id; or the only one of the team of that name.

    Raises `Refused` with the candidates when there are several or none.
    """
    wanted = " ".join(name.split()).casefold()
    of_team = [space for space in spaces if " ".join(space.team_name.split()).casefold() == wanted]
    try:
        return named(name, spaces)
    except Refused as refusal:
        if refusal.code != "unknown_space" or not of_team:
            raise
    if len(of_team) > 1:
        labels = ", ".join(sorted(f"“{space.label}”" for space in of_team)[:20])
        raise Refused(f"the team “{name}” has several spaces: {labels}", code="ambiguous")
    return of_team[0]
