"""Moving stores through files, as the commands do."""

import gzip
from itertools import batched
from pathlib import Path

from shared.adapters.exports.lines import FORMAT, Head
from shared.adapters.exports.reading import Fault, export_from
from shared.adapters.exports.writing import export_to
from shared.domain.identity import AudienceId
from shared.ports import Store
from shared.usecases.bring_in import Arrivals, bring_in
from shared.usecases.context import Context
from shared.usecases.take_out import kinds_of, take_out
from tests.builders import START, TENANT


def a_head(audiences: tuple[AudienceId, ...] = (), *, talk: bool = True) -> Head:
    """The first line of an export of the test's tenant."""
    kinds = kinds_of(audiences, talk=talk)
    return Head(format=FORMAT, tenant=TENANT, at=START, kinds=kinds, audiences=audiences)


async def exported(
    store: Store, path: Path, audiences: tuple[AudienceId, ...] = (), *, page: int = 7, most: int | None = None
) -> bytes:
    """Export a store, or go on with it; returns what the file holds. It dies after `most` pages."""
    head = a_head(audiences)
    with export_to(path, head) as file:
        written = 0
        async for things in take_out(store, head.kinds, audiences, after=file.last, page=page):
            if written == most:
                raise KeyboardInterrupt
            file.write(things)
            written += 1
    return lines_of(path)


def lines_of(path: Path) -> bytes:
    """What an export holds, compressed or not."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


async def imported(context: Context, path: Path, *, most: int | None = None) -> tuple[Arrivals, list[Fault], str]:
    """Bring a file in; returns what was done, the bad lines, and what is wrong with the whole. Dies after `most`."""
    arrivals, faults = Arrivals(), list[Fault]()
    with export_from(path) as export:
        for number, part in enumerate(batched(export.things(), 5, strict=False)):
            if number == most:
                raise KeyboardInterrupt
            faults += [found for found in part if isinstance(found, Fault)]
            good = [found for found in part if not isinstance(found, Fault)]
            refused = await bring_in([moved for _, moved in good], arrivals, context)
            faults += [Fault(good[place][0], "refused") for place in refused]
        return arrivals, faults, export.wrong
