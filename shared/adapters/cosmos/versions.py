"""The versions of documents in Cosmos DB: those of `shared.adapters.shapes`, with an error that names the setting."""

from shared.adapters import shapes
from shared.adapters.shapes import STEPS, NewerShape, Steps, version_of
from shared.errors import Misconfigured

__all__ = ["up_to_date", "version_of"]


def up_to_date(name: str, version: int, body: bytes, steps: Steps = STEPS) -> bytes:
    """A document's JSON in today's shape. Raises `Misconfigured` for one that a newer version of Cairn has written."""
    try:
        return shapes.up_to_date(name, version, body, steps)
    except NewerShape as error:
        raise Misconfigured("CAIRN_COSMOS_DATABASE: a newer version of Cairn has written into this database") from error
