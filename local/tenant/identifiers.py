"""Ids that look like Microsoft's and are the same for the same seed and name."""

import base64
import hashlib
import uuid

_NAMESPACE = uuid.UUID("6f1f1c1e-3c0a-4a0e-9d43-5f1f0d3a5c11")


def guid(seed: int, *names: str) -> str:
    """A GUID, as Entra gives to users and groups."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join((str(seed), *names))))


def channel_id(seed: int, team_id: str, name: str) -> str:
    """A channel's thread id, `19:…@thread.tacv2`."""
    return f"19:{_letters(seed, 'channel', team_id, name)}1@thread.tacv2"


def chat_id(seed: int, topic: str, members: tuple[str, ...]) -> str:
    """A group chat's thread id, `19:…@thread.v2`."""
    return f"19:{_digest(seed, 'chat', topic, *members).hex()[:32]}@thread.v2"


def personal_id(seed: int, app_id: str, user_id: str) -> str:
    """The conversation of the bot and one user, `a:1…`."""
    return f"a:1{_letters(seed, 'personal', app_id, user_id)}"


def teams_id(seed: int, user_id: str) -> str:
    """The id by which the Bot Connector names a user, `29:…`."""
    return f"29:1{_letters(seed, 'account', user_id)}"


def opaque(*parts: str) -> str:
    """An opaque id that holds its parts, with padding, as Graph's ids of members and installations do."""
    return base64.b64encode("##".join(parts).encode()).decode()


def _letters(seed: int, *names: str) -> str:
    return base64.urlsafe_b64encode(_digest(seed, *names)).decode().rstrip("=")


def _digest(seed: int, *names: str) -> bytes:
    return hashlib.sha256("\x1f".join((str(seed), *names)).encode()).digest()
