"""What a message and each earlier one have to do with each other, as numbers for the link model.

One row a candidate, and one for "starts a conversation". The numbers follow Kummerfeld et al.,
"A Large-Scale Corpus for Conversation Disentanglement" (ACL 2019), where they could be had cheaply:
distance, time, who spoke to whom, what the words share; and beside them what is known of the
conversations so far, from the links of the earlier messages.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from shared.domain.identity import UserKey
from shared.domain.messages import Message
from shared.judgement.link_scene import Scene, Turn, scene_of
from shared.judgement.models import Rows
from shared.judgement.text import cosine
from shared.judgement.utterances import Turns, Utterance, fitted_turns

NEAR = 40
"""How many of the nearest messages are always candidates."""
FAR = 150
"""How far back a message is a candidate when its author is named, speaks to the author, or is the author."""

OF_MESSAGE = (
    "question", "ends asking", "requests", "replies", "thanks", "greets", "advises", "clarifies", "laughs",
    "commands", "links", "code", "words", "reads like a start", "reads like going on", "draws replies",
    "addresses", "addresses many", "addresses somebody unknown", "names", "by a bot", "bot was called",
    "spoke", "lines since own", "minutes since own", "own asked", "own to somebody", "own thread age",
    "own was answered", "addressed since own", "addressed lately", "messages of five minutes", "lines of five minutes",
    "people lately", "minutes since last", "system lines before", "own messages lately", "addressee spoke",
    "last to author asks",
)  # fmt: skip
OF_PAIR = (
    "previous", "second", "third", "distance", "lines", "minutes", "minutes after own", "own",
    "nth of its author", "authors since", "own since", "nth between",
    "addressee", "named", "to author", "names author", "latest to author", "nth to author",
    "to another", "its addressee is addressed", "not the addressee", "addressee last", "spoken to since",
    "talked", "own spoke to them", "after own", "right after own", "likeness", "likeness rank", "likeness share",
    "shared", "rarest shared", "likeness to thread", "neighbours' likeness",
    "c question", "c ends asking", "c requests", "c replies", "c thanks", "c greets", "c advises", "c clarifies",
    "c laughs", "c commands", "c links", "c code", "c words", "c reads like a start", "c reads like going on",
    "c draws replies", "c by a bot", "c addresses somebody unknown", "c open question",
    "c starts", "c sure", "c children", "c children by others", "c children by author", "c replies to author",
    "thread size", "thread people", "thread last", "thread nth", "thread minutes", "thread has author",
    "thread is author's", "thread of own last", "thread has addressee", "thread since", "thread started by",
    "both link", "same form", "run before", "run after", "minutes to its next", "its next asks", "its last asked",
    "candidates of its author",
)  # fmt: skip
NAMES = ("is a start", *OF_MESSAGE, *OF_PAIR)
_COUNTS = tuple(
    NAMES.index(name)
    for name in (
        "addressed since own", "addressed lately", "people lately", "system lines before", "own messages lately",
        "nth of its author", "authors since", "own since", "nth between", "nth to author", "spoken to since", "talked",
        "after own", "likeness rank", "shared", "c children", "c children by others", "c children by author",
        "thread people", "thread nth", "thread since", "run before", "run after", "candidates of its author",
    )
)  # fmt: skip
"""What counts things, and is taken by its logarithm: the tenth says less than the first."""


def candidates(message: Message, before: Sequence[Message], turns: Turns | None = None) -> tuple[list[Message], Rows]:
    """The messages that may be replied to, and float32[1 + them, features]; the first row is "starts".

    `before` is oldest first; its messages say what they were found to reply to themselves, as far as
    that is known. Without an author there is nothing to go by, and no candidate. `turns` is given where
    others than the fitted ones shall weigh the words.
    """
    if message.author is None:
        return [], np.zeros((1, len(NAMES)), np.float32)
    scene = scene_of(message, before[-FAR:], turns or fitted_turns())
    of_message = _of_message(scene)
    places = _chosen(scene)
    table = np.zeros((1 + len(places), len(NAMES)), np.float32)
    table[0, 0] = 1.0
    table[:, 1 : 1 + len(OF_MESSAGE)] = of_message
    if places:
        table[1:, 1 + len(OF_MESSAGE) :] = _of_pairs(scene, places)
    counts = table[:, _COUNTS]
    table[:, _COUNTS] = np.sign(counts) * np.log1p(np.abs(counts))
    return [scene.turns[place].message for place in places], table


def _chosen(scene: Scene) -> list[int]:
    """Places, newest first, of the near messages and of those farther back that people tie to this one."""
    author, called = scene.now.author, scene.now.to | scene.now.naming
    return [
        at
        for at, turn in enumerate(scene.turns)
        if at < NEAR or turn.author == author or turn.author in called or author in turn.to or author in turn.naming
    ]


def _of_message(scene: Scene) -> list[float]:
    now, turns = scene.now, scene.turns
    own_at = scene.own_at
    own = turns[own_at] if own_at is not None else None
    lately = [turn for turn in turns if turn.gap <= 5]
    to_author = [at for at, turn in enumerate(turns) if now.author in turn.to]
    since_own = len(turns) if own_at is None else own_at
    return [
        *_moves(now.utterance),
        bool(now.to),
        len(now.to) > 1,
        now.calls_unknown,
        bool(now.naming),
        now.by_bot,
        bool(turns) and any(turn.utterance.commands for turn in turns[:3]),
        own is not None,
        _log(own_at) if own_at is not None else 0.0,
        _log(own.gap) if own is not None else 0.0,
        own is not None and own.utterance.question,
        own is not None and bool(own.to),
        _log(scene.thread(own).age) if own is not None else 0.0,
        own is not None and own.children_by_others > 0,
        sum(1 for at in to_author if at < since_own),
        sum(1 for at in to_author if at < NEAR),
        _log(len(lately)),
        _log(lately[-1].lines if lately else 0),
        len({turn.author for turn in turns[:20]}),
        _log(turns[0].gap) if turns else 0.0,
        (turns[0].lines - 1) if turns else 0,
        sum(1 for turn in turns[:20] if turn.author == now.author),
        any(turn.author in now.to for turn in turns[:NEAR]),
        bool(to_author) and turns[to_author[0]].utterance.question,
    ]


def _moves(said: Utterance) -> list[float]:
    return [
        said.question, said.ends_asking, said.requests, said.replies, said.thanks, said.greets, said.advises,
        said.clarifies, said.laughs, said.commands, said.links, said.code, math.log1p(said.words), said.starts,
        said.continues, said.draws,
    ]  # fmt: skip


def _of_pairs(scene: Scene, places: Sequence[int]) -> Rows:
    now, turns, author = scene.now, scene.turns, scene.now.author
    own_at, mine = scene.own_at, now.utterance.reading
    own = turns[own_at] if own_at is not None else None
    likeness = [cosine(mine, turns[at].utterance.reading) for at in places]
    like_thread: defaultdict[int, float] = defaultdict(float)
    like_neighbour = _likeness_of_neighbours(turns, places, likeness)
    for at, like in zip(places, likeness, strict=True):
        like_thread[turns[at].root] += like
    ranks = np.argsort(np.argsort(-np.asarray(likeness), kind="stable"), kind="stable")
    most = max(likeness, default=0.0)
    by_author = Counter(turns[at].author for at in places)
    since: Counter[UserKey] = Counter()
    spoken_to: Counter[UserKey] = Counter()
    to_author_so_far = 0
    rows: list[list[float]] = []
    chosen = {at: row for row, at in enumerate(places)}
    for at, turn in enumerate(turns):
        row = chosen.get(at)
        to_author = author in turn.to
        if row is not None:
            thread, like = scene.thread(turn), likeness[row]
            said = turn.utterance
            called = turn.author in now.to
            shared = mine.weights.keys() & said.reading.weights.keys() if like else ()
            rows.append([
                at == 0, at == 1, at == 2, math.log1p(at), math.log1p(turn.lines), _log(turn.gap),
                _log(own.gap - turn.gap) if own is not None else 0.0,
                turn.author == author, since[turn.author], len(since), since[author],
                since[turn.author] + since[author],
                called, turn.author in now.naming, to_author, author in turn.naming, to_author and not to_author_so_far,
                to_author_so_far, bool(turn.to) and not to_author, bool(now.to & turn.to),
                bool(now.to) and not called, called and since[turn.author] == 0, spoken_to[turn.author],
                scene.talked[turn.author], own is not None and turn.author in own.to,
                (own_at - at) if own_at is not None else 0, own_at is not None and at == own_at - 1,
                like, ranks[row], like / most if most else 0.0,
                len(shared), max((mine.weights[stem] for stem in shared), default=0.0),
                like_thread[turn.root] - like, like_neighbour[row],
                *_moves(said), turn.by_bot, turn.calls_unknown,
                (said.question or said.requests) and not turn.to and not turn.children_by_others,
                turn.parent is None and turn.placed, turn.sure, turn.children, turn.children_by_others,
                turn.children_by.get(author, 0), turn.parent_author == author,
                _log(thread.size), len(thread.people), thread.newest == at, turn.newer_in_thread, _log(thread.gap),
                author in thread.people, thread.starter == author,
                own is not None and own.root == turn.root, not now.to.isdisjoint(thread.people),
                thread.newer_than(own_at), thread.starter == turn.author,
                now.utterance.links and said.links, turn.form == now.form,
                turn.run_before, turn.run_after,
                _log(turn.next_own.gap - turn.gap) if turn.next_own else 1.0,
                turn.next_own is not None and turn.next_own.utterance.question,
                turn.last_own is not None and turn.last_own.utterance.question,
                by_author[turn.author],
            ])  # fmt: skip
        to_author_so_far += to_author
        since[turn.author] += 1
        for person in turn.to:
            spoken_to[person] += 1
    return np.asarray(rows, dtype=np.float32)


def _likeness_of_neighbours(turns: Sequence[Turn], places: Sequence[int], likeness: Sequence[float]) -> list[float]:
    """For each candidate, how alike its author's next other messages are: people spread what they say over lines."""
    last: dict[UserKey, float] = {}
    found = []
    for at, like in zip(places, likeness, strict=True):
        author = turns[at].author
        found.append(last.get(author, 0.0))
        last[author] = like
    last.clear()
    for row in range(len(places) - 1, -1, -1):
        author = turns[places[row]].author
        found[row] = max(found[row], last.get(author, 0.0))
        last[author] = likeness[row]
    return found


def _log(count: float) -> float:
    return math.copysign(math.log1p(abs(count)), count)
