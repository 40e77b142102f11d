"""Our token goes to the Bot Connector and to nobody else."""

import pytest

from shared.adapters.teams.service_urls import checked
from shared.errors import Refused

LOCAL = "http://127.0.0.1:5000/connector"


@pytest.mark.parametrize(
    "url",
    [
        "https://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net/amer/11111111-2222-3333-4444-555555555555/",
        "https://smba.infra.gcc.teams.microsoft.com/teams",
        LOCAL,
        f"{LOCAL}/emea/",
    ],
)
def test_the_connector_and_what_the_settings_name_are_answered(url: str) -> None:
    assert checked(url, allowed=(f"{LOCAL}/",)) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "http://smba.trafficmanager.net/emea/",
        "https://evil.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://user@smba.trafficmanager.net/",
        "https://evil.example\\@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net\\@evil.example/",
        "https://smba.trafficmanager.net:8443/",
        "https://smba.trafficmanager.net/emea?x=https://evil.example",
        "https://evil.example/#smba.trafficmanager.net",
        "https://[::1",
        "https://smba.trafficmanager.net\n.evil.example",
        "http://127.0.0.1:50001/connector",
        "http://127.0.0.1:5000/connectors",
        "http://127.0.0.1:5000/connector@evil.example/",
        "http://127.0.0.1:5000/connector/../../other",
        "file:///etc/passwd",
    ],
)
def test_anybody_else_is_not(url: str) -> None:
    with pytest.raises(Refused) as refusal:
        checked(url, allowed=(LOCAL,))
    assert refusal.value.code == "foreign_service_url"
