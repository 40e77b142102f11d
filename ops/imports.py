"""`cairn import`: an export of Cairn's, or a table of questions and answers."""

from pathlib import Path

from ops.moving import import_store
from shared.adapters.exports.reading import is_export
from shared.errors import Refused


async def import_file(path: Path, *, audience: str, by: str, question: str, answer: str, reviews: int) -> int:
    """Bring in what the file is; returns 2 when a line or row was refused. Raises `Refused` for what it can't be."""
    if is_export(path):
        if audience:
            raise Refused("an export names its audiences itself; --audience is for tables", code="no_audience")
        return await import_store(path)
    raise Refused(f"{path.name} is no export", code="todo")
