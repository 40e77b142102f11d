"""After things were brought in: what could only be told once all of them were here."""

from shared.domain.erasure import Forgetting
from shared.domain.forgotten_authors import snippet_without_quotes
from shared.domain.identity import UserKey
from shared.domain.moving import Kind, people_in
from shared.domain.people import AskedBy
from shared.usecases.bring_in import Arrivals
from shared.usecases.consent import erased_among
from shared.usecases.context import Context
from shared.usecases.erase import erase
from shared.usecases.take_out import take_out


async def after_arrivals(arrivals: Arrivals, context: Context, *, was_empty: bool) -> int:
    """What is left to do once everything came: returns how many people were erased here because they were elsewhere.

    Takes out quotes of questions that did not come, and erases whom a tombstone names that came. The latter reads
    everything, unless the store `was_empty` before.
    """
    await _take_out_quotes(arrivals, context)
    if was_empty or not arrivals.tombstones:
        return 0
    people: set[UserKey] = set()
    async for page in take_out(context.store, tuple(Kind)):
        for moved in page:
            people.update(people_in(moved.value))
    found = await erased_among(frozenset(people), context)
    for user in sorted(found):
        await erase(user, context, by=AskedBy.ADMINISTRATOR)
    return len(found)


async def _take_out_quotes(arrivals: Arrivals, context: Context) -> None:
    """From what came before the questions that it quotes were known not to come."""
    quotes = tuple(sorted(arrivals.quotes))
    who = Forgetting(user=UserKey(""), whole=False, quotes=quotes)
    for stored in await context.store.snippets_naming(tuple(f"“{quote}" for quote in quotes)):
        left = snippet_without_quotes(stored.value, who)
        if left != stored.value:
            await context.store.put_snippet(left, etag=stored.etag)
