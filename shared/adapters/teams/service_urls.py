"""Where our token may go: an activity names the address that is answered to, and could name anybody's."""

import httpx

from shared.errors import Refused

MICROSOFT = frozenset({"smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"})
"""The Bot Connector of the public cloud and of GCC. Exact names, as in Microsoft's Teams SDKs: anybody can
register another one below trafficmanager.net."""


def checked(service_url: str, *, allowed: tuple[str, ...]) -> str:
    """The address without a slash at its end, if it is Microsoft's or at or below one of `allowed`.

    Raises `Refused` (`foreign_service_url`).
    """
    address = service_url.rstrip("/")
    if not _plain(address) or not (_of_microsoft(address) or _below(address, allowed)):
        raise Refused(
            "the service URL is not the Bot Connector's, so nothing is sent there", code="foreign_service_url"
        )
    return address


def _plain(address: str) -> bool:
    """Whether there is nothing in it by which two readers could take it for two different places."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    odd = url.userinfo or url.query or url.fragment or "\\" in address
    return not odd and ".." not in address.split("/")


def _of_microsoft(address: str) -> bool:
    url = httpx.URL(address)
    return url.scheme == "https" and url.host in MICROSOFT and url.port is None


def _below(address: str, allowed: tuple[str, ...]) -> bool:
    roots = [root.rstrip("/") for root in allowed]
    return any(address == root or address.startswith(f"{root}/") for root in roots)
