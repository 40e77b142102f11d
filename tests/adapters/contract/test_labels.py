"""Labels: newest first by task, and gone with whoever gave them or is meant."""

from shared.domain.labels import Task
from shared.ports import Store
from tests.builders import a_label, a_person, at

ANN, BOB, CLEO = (a_person(name) for name in ("Ann Lee", "Bob Ray", "Cleo Fox"))


async def test_the_labels_of_a_task_come_newest_first_within_the_limit(store: Store) -> None:
    labels = [a_label(f"{n}", moment=at(n)) for n in range(4)]
    for label in (labels[2], labels[0], labels[3], labels[1], a_label("other", task=Task.ANSWER, moment=at(9))):
        await store.put_label(label, etag=None)
    assert list(await store.labels(Task.SEEN_BEFORE, limit=3)) == [labels[3], labels[2], labels[1]]
    assert [label.subject for label in await store.labels(Task.ANSWER, limit=3)] == ["other"]


async def test_one_label_is_dropped_and_an_unknown_one_is_no_matter(store: Store) -> None:
    await store.put_label(a_label("a"), etag=None)
    await store.put_label(a_label("b"), etag=None)
    for _ in range(2):
        await store.drop_label(a_label("a").id)
    assert list(await store.labels(Task.SEEN_BEFORE, limit=9)) == [a_label("b")]


async def test_what_a_person_said_or_is_meant_by_is_dropped_and_the_rest_stays(store: Store) -> None:
    kept = a_label("kept", by=ANN, about=[CLEO])
    for label in (
        a_label("said", by=BOB, about=[ANN]),
        a_label("meant", by=ANN, about=[CLEO, BOB]),
        a_label("said of an answer", by=BOB, task=Task.ANSWER),
        kept,
    ):
        await store.put_label(label, etag=None)
    assert await store.drop_labels(BOB.key) == 3
    assert await store.drop_labels(BOB.key) == 0
    assert list(await store.labels(Task.SEEN_BEFORE, limit=9)) == [kept]
    assert list(await store.labels(Task.ANSWER, limit=9)) == []


async def test_old_labels_are_purged_oldest_first_within_the_limit(store: Store) -> None:
    for minutes in (3, 1, 2, 4):
        await store.put_label(a_label(str(minutes), moment=at(minutes)), etag=None)
    assert await store.purge_labels(at(4), limit=2) == 2
    assert [label.at for label in await store.labels(Task.SEEN_BEFORE, limit=9)] == [at(4), at(3)]
    assert await store.purge_labels(at(4), limit=2) == 1
    assert await store.purge_labels(at(4), limit=2) == 0
