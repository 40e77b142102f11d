"""What a question means is kept with its snippet, computed once, and finds it for who asks in other words."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ops.store import embedded
from shared.adapters.embedding.absent import NoEmbedder, Unusable
from shared.domain.audiences import audience_of_space
from shared.domain.snippets import Snippet
from shared.errors import Conflict, Misconfigured
from shared.ports import Embedder
from shared.usecases import embed
from shared.usecases.consent import opt_out
from shared.usecases.context import Context
from shared.usecases.curate import carry_out
from shared.usecases.embed import embed_missing, embed_some
from tests.builders import a_snippet, an_embedding
from tests.usecases.world import ANN, BOB, CLEO, World

QUESTION = "Which form do I need to order a replacement windscreen for the blue delivery van?"
ANSWER = "You need form WS-12 from the fleet page, fill in the plate number and send it to the garage."
ELSEWISE = "How can someone obtain glass at short notice?"


@dataclass
class Model:
    """A sentence model for which everything about glass and windscreens is near."""

    model: str = "stand-in 1"
    computed: list[str] = field(default_factory=list)
    broken: bool = False

    async def meanings(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        if self.broken:
            return {}
        wanted = [text for text in texts if text.strip()]
        self.computed += wanted
        return {text: np.frombuffer(self._of(text).numbers, "<f4") for text in wanted}

    async def check(self) -> None:
        if self.broken:
            raise Unusable("it is broken")

    def _of(self, text: str) -> Any:
        glass = "glass" in text or "windscreen" in text
        return an_embedding(text, "glass", model=self.model) if glass else an_embedding(text, model=self.model)


class WorldWithModel(World):
    """The world with a sentence model that can be exchanged."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.model: Embedder | None = Model()

    @property
    def context(self) -> Context:
        return replace(super().context, embedder=self.model)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[WorldWithModel]:
    """A fresh one."""
    world = WorldWithModel(tmp_path)
    yield world
    await world.store.close()


async def answered(world: World) -> tuple[Snippet, Any]:
    """A question with an answer, drafted; the snippet as stored, and its space."""
    space = await world.space()
    root = await world.say(space, BOB, QUESTION)
    await world.say(space, CLEO, ANSWER, root=root.id)
    await world.pass_time()
    snippet = await world.snippet(space, root)
    assert snippet is not None
    return snippet, space


def model_of(world: WorldWithModel) -> Model:
    assert isinstance(world.model, Model)
    return world.model


async def test_a_draft_is_stored_with_what_its_question_means(world: WorldWithModel) -> None:
    snippet, _ = await answered(world)
    assert snippet.meant is not None
    assert snippet.meant.model == "stand-in 1"
    assert model_of(world).computed.count("") == 0


async def test_a_question_in_other_words_is_given_the_earlier_one_to_judge(
    world: WorldWithModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    snippet, space = await answered(world)
    given: list[Snippet] = []
    search = world.store.search

    async def listening(*arguments: Any, **options: Any) -> Sequence[Snippet]:
        found = await search(*arguments, **options)
        given.extend(found)
        return found

    monkeypatch.setattr(world.store, "search", listening)
    await world.say(space, ANN, ELSEWISE)
    assert [s.id for s in given] == [snippet.id]
    given.clear()
    model_of(world).broken = True
    await world.say(space, ANN, f"{ELSEWISE} Please?")
    assert given == []


async def test_what_is_kept_with_a_snippet_is_not_computed_again_when_it_is_compared(world: WorldWithModel) -> None:
    snippet, space = await answered(world)
    model_of(world).computed.clear()
    await world.say(space, ANN, "Which form is needed for a new windscreen of the delivery van?")
    assert snippet.question not in model_of(world).computed
    assert model_of(world).computed


@pytest.mark.parametrize("model", [None, NoEmbedder(), Model(broken=True)], ids=["absent", "not wanted", "broken"])
async def test_without_a_model_a_draft_is_stored_and_found_by_its_words(
    world: WorldWithModel, model: Embedder | None
) -> None:
    world.model = model
    snippet, _ = await answered(world)
    assert snippet.embedding is None
    here = frozenset({snippet.audience_id})
    assert list(await world.store.search(here, "windscreen", limit=5)) == [snippet]
    assert await embed_some(world.context) == 0


async def test_a_curator_s_new_question_is_embedded_anew(world: WorldWithModel) -> None:
    snippet, space = await answered(world)
    values = {"question": "Who orders windscreens?"}
    await carry_out("edit", snippet.audience_id, snippet.id, ANN, values, world.context)
    stored = await world.store.snippet(audience_of_space(space.id), snippet.id)
    assert stored is not None
    assert stored.value.question == "Who orders windscreens?"
    assert stored.value.meant == an_embedding("Who orders windscreens?", "glass")


async def test_what_an_erased_question_meant_is_gone_with_it(world: WorldWithModel) -> None:
    snippet, _ = await answered(world)
    await opt_out(BOB, world.context)
    stored = await world.store.snippet(snippet.audience_id, snippet.id)
    assert stored is not None
    assert stored.value.question != snippet.question
    assert stored.value.embedding is None


async def test_what_was_written_before_there_was_a_model_is_embedded_by_and_by(
    world: WorldWithModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        await world.store.put_snippet(a_snippet(str(number), question=f"Question {number}?"), etag=None)
    assert await embed_missing(world.context, limit=3) == 3
    monkeypatch.setattr(embed, "AN_HOUR", 2)
    monkeypatch.setattr(embed, "BATCH", 2)
    assert await embed_some(world.context) == 2
    told: list[int] = []
    assert await embedded(world.context, told.append) == 2
    assert told == [2]
    found = await world.store.visible(frozenset({a_snippet().audience_id}), limit=10)
    assert all(s.meant == an_embedding(s.question) for s in found)
    assert {s.updated_at for s in found} == {a_snippet().updated_at}, "nobody has changed anything"
    assert await embed_some(world.context) == 0


async def test_another_model_embeds_everything_anew(world: WorldWithModel) -> None:
    snippet, _ = await answered(world)
    world.model = Model(model="stand-in 2")
    here = frozenset({snippet.audience_id})
    asked = an_embedding(ELSEWISE, "glass", model="stand-in 2")
    assert list(await world.store.search(here, "", limit=5, embedding=asked)) == []
    assert await embed_some(world.context) == 1
    (found,) = await world.store.search(here, "", limit=5, embedding=asked)
    assert found.id == snippet.id


async def test_a_snippet_that_somebody_changed_meanwhile_is_left_to_the_next_run(
    world: WorldWithModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.store.put_snippet(a_snippet(), etag=None)

    async def lost(*_: Any, **__: Any) -> str:
        raise Conflict("written by somebody else")

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "put_snippet", lost)
        assert await embed_some(world.context) == 0
    assert await embed_some(world.context) == 1


async def test_embedding_everything_says_why_it_can_not(world: WorldWithModel) -> None:
    world.model = NoEmbedder()
    with pytest.raises(Misconfigured, match="CAIRN_EMBEDDING"):
        await embedded(world.context, lambda _: None)
    world.model = Model(broken=True)
    with pytest.raises(Misconfigured, match="it is broken"):
        await embedded(world.context, lambda _: None)
