"""Durable queues in one SQLite file, with the semantics of Azure Storage queues.

Every call is one short transaction, made directly on the caller's thread: a commit in WAL mode takes
microseconds, and what it wrote survives `kill -9`. Functions send; the local host, the file's only
consumer, receives. https://learn.microsoft.com/azure/storage/queues/storage-queues-introduction
"""

import sqlite3
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from shared.adapters.queues import sqlite_rows as rows
from shared.adapters.queues.messages import LARGEST_BODY_BYTES, Outgoing, QueuedMessage, QueueTotals, poison_queue
from shared.errors import Misconfigured
from shared.ports import QueueLength

# Who wants to know that a file of this process got a message: a function app and its host each open
# the file for themselves, and the host should not have to wait for its next poll.
_told: dict[Path, list[Callable[[str], None]]] = defaultdict(list)


class SqliteQueues:
    """The queues of one file; a queue is there as soon as something is sent to it.

    `now` gives the time by which messages become visible; all who open one file share one clock.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path.resolve()
        self.now = now
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(self.path, timeout=10.0, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(rows.SCHEMA)
        self._claim: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file; what was committed stays in it."""
        if self._claim is not None:
            self._claim.close()
            self._claim = None
        self._connection.close()

    # Sending: the product's port, and the host's output bindings.

    async def send(self, queue: str, body: str, *, delay: timedelta = timedelta(0)) -> None:
        """Put a message on a queue, to be seen after `delay` (at most 7 days).

        Raises `Refused` for a body over 4 MiB of UTF-8 (`too_large`), one that UTF-8 cannot hold
        (`not_text`), a delay out of range (`bad_delay`) or an impossible queue name (`bad_queue`).
        """
        message = Outgoing(queue=queue, body=body, delay=delay)
        message.check(LARGEST_BODY_BYTES)
        self._write([message])

    async def send_many(self, messages: Sequence[Outgoing]) -> None:
        """Put all of these messages on their queues, or none of them.

        Each holds at most 48 KiB, as those of a function's output binding. Raises as `send` does.
        """
        for message in messages:
            message.check()
        self._write(messages)

    def _write(self, messages: Sequence[Outgoing]) -> None:
        now = self.now()
        with self._transaction() as connection:
            for message in messages:
                rows.insert(connection, message.queue, message.body, now, now + message.delay)
            for queue, number in Counter(message.queue for message in messages).items():
                rows.count(connection, queue, "sent", number)
        self._tell(message.queue for message in messages)

    async def put_back(self, queue: str, body: str, *, delay: timedelta) -> None:
        """As `send`, for work that a busy neighbour made wait: counted as a retry, not as a failed attempt."""
        await self.send(queue, body, delay=min(delay, timedelta(days=7)))
        with self._transaction() as connection:
            rows.count(connection, queue, "retried")

    @asynccontextmanager
    async def opened(self, text: str) -> AsyncIterator[str]:
        """What a received message says: `text` itself, however large."""
        yield text

    async def purge_claims(self, before: datetime) -> int:  # noqa: ARG002 - nothing is kept elsewhere
        """Nothing: messages of any size are in the file itself."""
        return 0

    async def lengths(self) -> Mapping[str, QueueLength]:
        """The length of each queue that was ever used, `…-poison` queues included, by name."""
        found = self._connection.execute(
            """SELECT queue, count(id),
                      count(id) FILTER (WHERE visible_at <= :now),
                      count(id) FILTER (WHERE visible_at > :now AND pop_receipt IS NULL)
               FROM (SELECT queue FROM queue_totals UNION SELECT queue FROM queue_messages)
               LEFT JOIN queue_messages USING (queue) GROUP BY queue ORDER BY queue""",
            {"now": rows.stamp(self.now())},
        )
        return {
            queue: QueueLength(visible=visible, delayed=delayed, leased=total - visible - delayed)
            for queue, total, visible, delayed in found
        }

    async def length(self, queue: str) -> QueueLength:
        """The length of one queue; zeros for one that was never used."""
        return (await self.lengths()).get(queue, QueueLength(visible=0, delayed=0, leased=0))

    # Receiving: for the file's one consumer.

    def recover(self) -> int:
        """Become the file's only consumer, and make what a dead one had leased visible again at once.

        Such messages come back in their old place, with their dequeue count. Returns how many there
        were. Raises `Misconfigured` while another consumer, of this or another process, is alive.
        """
        self._claim_file()
        with self._transaction() as connection:
            returned = connection.execute(
                "UPDATE queue_messages SET visible_at = ready_at, pop_receipt = NULL "
                "WHERE pop_receipt IS NOT NULL RETURNING queue"
            ).fetchall()
            for queue, number in Counter(queue for (queue,) in returned).items():
                rows.count(connection, queue, "retried", number)
        return len(returned)

    def receive(self, queue: str, count: int, visibility: timedelta) -> Sequence[QueuedMessage]:
        """Lease up to `count` visible messages for `visibility`, those first that became visible first.

        Each is hidden until its lease ends, and carries a new pop receipt and a dequeue count one
        higher. Returns nothing when none is visible.
        """
        now = self.now()
        next_visible_at = self.next_visible_at(queue)
        if next_visible_at is None or next_visible_at > now:
            return ()  # an empty poll does not take the file's one write lock
        with self._transaction() as connection:
            found = rows.visible(connection, queue, now, count)
            leased = [m.leased(now + visibility, uuid.uuid4().hex, m.dequeue_count + 1) for m in found]
            connection.executemany(
                "UPDATE queue_messages SET visible_at = ?, dequeue_count = ?, pop_receipt = ? WHERE id = ?",
                [(rows.stamp(m.visible_at), m.dequeue_count, m.pop_receipt, m.id) for m in leased],
            )
        return leased

    def extend(self, message: QueuedMessage, visibility: timedelta) -> QueuedMessage | None:
        """Keep a leased message hidden for `visibility` from now on.

        Returns it with its new pop receipt; None, and changes nothing, when the lease was lost.
        """
        extended = message.leased(self.now() + visibility, uuid.uuid4().hex, message.dequeue_count)
        with self._transaction() as connection:
            updated = connection.execute(
                "UPDATE queue_messages SET visible_at = ?, pop_receipt = ? WHERE id = ? AND pop_receipt = ?",
                (rows.stamp(extended.visible_at), extended.pop_receipt, message.id, message.pop_receipt),
            )
        return extended if updated.rowcount else None

    def release(self, message: QueuedMessage, visibility: timedelta = timedelta(0)) -> bool:
        """Give a message back after a failed attempt, to be seen again after `visibility`.

        Returns False, and changes nothing, when the lease was lost.
        """
        visible_at = rows.stamp(self.now() + visibility)
        with self._transaction() as connection:
            updated = connection.execute(
                "UPDATE queue_messages SET visible_at = ?, ready_at = ?, pop_receipt = NULL "
                "WHERE id = ? AND pop_receipt = ?",
                (visible_at, visible_at, message.id, message.pop_receipt),
            )
            if updated.rowcount:
                rows.count(connection, message.queue, "retried")
        return bool(updated.rowcount)

    def delete(self, message: QueuedMessage) -> bool:
        """Remove a message that has been dealt with; False, and it stays, when the lease was lost."""
        with self._transaction() as connection:
            removed = rows.remove(connection, message)
            if removed:
                rows.count(connection, message.queue, "completed")
        return removed

    def poison(self, message: QueuedMessage) -> bool:
        """Move a message to `<queue>-poison`, where it waits for a person; False when the lease was lost."""
        now = self.now()
        with self._transaction() as connection:
            removed = rows.remove(connection, message)
            if removed:
                rows.insert(connection, poison_queue(message.queue), message.body, now, now)
                rows.count(connection, message.queue, "poisoned")
        if removed:
            self._tell([poison_queue(message.queue)])
        return removed

    def next_visible_at(self, queue: str | None = None) -> datetime | None:
        """The moment at which the next message of a queue, or of any, can be taken.

        In the past when one can be taken now; the end of its lease for one that is being worked on;
        None when there are no messages.
        """
        return rows.first_visible_at(self._connection, queue)

    def when_enqueued(self, call: Callable[[str], None]) -> Callable[[], None]:
        """Call `call(queue)` at once whenever this process puts a message on a queue of this file.

        What another process sends is found only by looking. Returns how to stop being called.
        """
        _told[self.path].append(call)

        def stop() -> None:
            with suppress(ValueError):
                _told[self.path].remove(call)

        return stop

    # Looking after them: for the administrator and the reports.

    def peek(self, queue: str, count: int = 32) -> Sequence[QueuedMessage]:
        """The next `count` visible messages as they are, without leasing them."""
        return rows.visible(self._connection, queue, self.now(), count)

    async def replay_poison(self, queue: str) -> int:
        """Send everything in `<queue>-poison` to `queue` once more, in order, as if never tried.

        Returns how many messages went back.
        """
        now = self.now()
        with self._transaction() as connection:
            poisoned = rows.all_of(connection, poison_queue(queue))
            if not poisoned:
                return 0
            connection.execute("DELETE FROM queue_messages WHERE queue = ?", (poison_queue(queue),))
            for message in poisoned:
                rows.insert(connection, queue, message.body, now, now)
            rows.count(connection, queue, "replayed", len(poisoned))
        self._tell([queue])
        return len(poisoned)

    def totals(self) -> Mapping[str, QueueTotals]:
        """What has happened on each queue since its file was made, by name."""
        found = self._connection.execute(
            "SELECT queue, sent, replayed, completed, retried, poisoned FROM queue_totals ORDER BY queue"
        )
        return {
            queue: QueueTotals(sent=sent, replayed=replayed, completed=completed, retried=retried, poisoned=poisoned)
            for queue, sent, replayed, completed, retried, poisoned in found
        }

    def _claim_file(self) -> None:
        """Hold a lock beside the queues for as long as this consumer lives; the system frees a dead one's."""
        if self._claim is not None:
            return
        claim = sqlite3.connect(f"{self.path}-consumer", timeout=0, isolation_level=None)
        try:
            claim.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            claim.close()
            raise Misconfigured(f"Another host already takes messages from {self.path.name}.") from error
        self._claim = claim

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _tell(self, queues: Iterable[str]) -> None:
        for queue in dict.fromkeys(queues):
            for call in list(_told[self.path]):
                call(queue)
