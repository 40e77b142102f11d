"""One call to Cosmos DB, tried again as long as that may help and within bounds."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from azure.core.exceptions import AzureError
from azure.cosmos.exceptions import CosmosHttpResponseError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from shared.adapters.cosmos.failures import asked_to_wait, meaning_of, passes_by_itself
from shared.meter import note

_ATTEMPTS = 6
_LONGEST_WAIT = timedelta(seconds=5)
"""What a step waits for by itself; when the server asks for more, the work goes back to its queue."""
_CHARGE = "x-ms-request-charge"
_BACKING_OFF = wait_exponential_jitter(multiplier=0.05, max=3, jitter=0.1)


class Calls:
    """Tries calls again, and adds up what they cost."""

    def __init__(
        self,
        opened: Callable[[], Awaitable[None]],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        charged: bool = True,
    ) -> None:
        """`opened` is awaited before each try: it opens the client where that was not done yet.

        `charged` is whether what an answer says that it cost is true; a stand-in says 1, whatever was asked.
        """
        self._opened = opened
        self._sleep = sleep
        self._charged = charged
        self.request_units: Counter[str] = Counter()
        """By name of the operation, in request units as the server said; thousandths, because they add up exactly."""
        self.made: Counter[str] = Counter()
        """By name of the operation, how many calls were answered."""

    async def run[T](self, operation: Callable[[], Awaitable[T]]) -> T:
        """What the operation gives. Raises `TryLater`, `Misconfigured`, `Refused`, or what it raised itself."""
        retrying = AsyncRetrying(
            stop=_enough,
            wait=_pause,
            retry=retry_if_exception(passes_by_itself),
            sleep=self._sleep,
            reraise=True,
        )

        async def attempt() -> T:  # tenacity awaits what it knows to be a coroutine function
            await self._opened()
            try:
                return await operation()
            except CosmosHttpResponseError as error:
                # A document that isn't there, or a write that came too late, costs something as well.
                note("unsuccessful", self._charge(error.headers or {}))
                raise

        return await retrying(attempt)

    def count(self, name: str, headers: Mapping[str, str]) -> None:
        """Note what an answer says that it cost."""
        self.made[name] += 1
        self.request_units[name] += round(1000 * float(headers.get(_CHARGE, 0)))
        note(name, self._charge(headers))

    def _charge(self, headers: Mapping[str, str]) -> float | None:
        said = headers.get(_CHARGE)
        return float(said) if said is not None and self._charged else None


class Meanings:
    """A `with` block in which Cosmos DB's errors leave as ours."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, AzureError | TimeoutError | ConnectionError):
            meaning = meaning_of(error)
            if meaning is not None:
                raise meaning from error


MEANINGS = Meanings()


def _enough(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    wait = asked_to_wait(error) if error else None
    return stop_after_attempt(_ATTEMPTS)(state) or (wait is not None and wait > _LONGEST_WAIT)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    wait = asked_to_wait(error) if error else None
    return _BACKING_OFF(state) if wait is None else wait.total_seconds()
