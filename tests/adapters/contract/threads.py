"""Several threads, each with an event loop of its own, as several processes would be."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


async def in_threads[T](work: Callable[[int], Coroutine[Any, Any, T]], number: int) -> list[T]:
    """Run a coroutine function in so many threads at the same time; each is given its number."""

    def run(n: int) -> T:
        return asyncio.run(work(n))

    with ThreadPoolExecutor(number) as pool:
        loop = asyncio.get_running_loop()
        return await asyncio.gather(*(loop.run_in_executor(pool, run, n) for n in range(number)))
