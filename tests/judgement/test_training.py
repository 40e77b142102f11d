"""The fitting itself: it finds what is there, the same every time, and a refit that gives the same changes no byte."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from shared.judgement import models
from training import figures, files
from training.answer_network import fit_answer_network
from training.calibration import expected_error, platt, reliability
from training.corpora import chat, folds
from training.fitting import average_precision, f1, fit_logistic
from training.listwise import Lists, fit_listwise
from training.matching import fit_matching
from training.openers_in_chat import Shown, grown


def test_a_logistic_model_finds_the_weights_that_made_the_labels() -> None:
    random = np.random.default_rng(1)
    rows = random.standard_normal((4000, 3)).astype(np.float32)
    chances = 1 / (1 + np.exp(-(rows @ np.asarray([2.0, -1.0, 0.0]) + 0.5)))
    labels = (random.random(4000) < chances).astype(np.float32)
    weights, bias = fit_logistic(rows, labels, penalties=np.zeros(3, np.float32), rounds=500)
    assert np.allclose([*weights, bias], [2.0, -1.0, 0.0, 0.5], atol=0.2)


def test_a_weight_that_may_not_fall_stays_where_it_is_let() -> None:
    random = np.random.default_rng(1)
    rows = random.standard_normal((2000, 2)).astype(np.float32)
    labels = (rows[:, 0] - rows[:, 1] > 0).astype(np.float32)
    lowest = np.asarray([-np.inf, 0], np.float32)
    weights, _ = fit_logistic(rows, labels, penalties=np.full(2, 0.01, np.float32), lowest=lowest)
    assert weights[0] > 1
    assert weights[1] == 0


def test_calibrated_log_odds_mean_what_they_say() -> None:
    random = np.random.default_rng(3)
    true = random.standard_normal(20_000).astype(np.float32)
    right = (random.random(20_000) < 1 / (1 + np.exp(-true))).astype(np.float32)
    slope, shift = platt(true * 3 + 1, right)
    assert slope == pytest.approx(1 / 3, abs=0.02)
    assert shift == pytest.approx(-1 / 3, abs=0.05)
    calm = (1 / (1 + np.exp(-((true * 3 + 1) * slope + shift)))).astype(np.float32)
    loud = (1 / (1 + np.exp(-(true * 3 + 1)))).astype(np.float32)
    assert expected_error(reliability(calm, right)) < 2 < expected_error(reliability(loud, right))
    assert sum(count for _, _, count in reliability(calm, right)) == 20_000


def test_a_listwise_network_learns_what_no_straight_line_can() -> None:
    random = np.random.default_rng(2)
    lists = [random.integers(0, 2, (4, 2)).astype(np.float32) for _ in range(2000)]
    targets = [[at for at, row in enumerate(one) if row[0] != row[1]] for one in lists]
    usable = [at for at, one in enumerate(targets) if 0 < len(one) < 4]
    shown = Lists(
        rows=np.concatenate([lists[at] for at in usable]),
        sizes=np.full(len(usable), 4),
        right=np.concatenate([np.isin(np.arange(4), targets[at]) for at in usable]),
    )
    fitted = [fit_listwise(shown, units=8, epochs=30, networks=2, decay=1e-4) for _ in range(2)]
    right = [int(fitted[0].probabilities(lists[at]).argmax()) in targets[at] for at in usable]
    assert np.mean(right) > 0.98
    assert np.array_equal(fitted[0].hidden, fitted[1].hidden)
    assert np.array_equal(fitted[0].direct, fitted[1].direct)


def test_trees_learn_what_no_straight_line_can_and_are_the_same_every_time() -> None:
    random = np.random.default_rng(4)
    table = random.random((3000, 2)).round(3)
    opens = (table[:, 0] > 0.5) != (table[:, 1] > 0.5)
    rows = tuple({"a": float(a), "b": float(b)} for a, b in table)
    shown = Shown(chat=np.zeros(3000, np.int64), rows=rows, opens=opens, wanted=np.asarray([opens.sum()]))
    trees = grown(shown, ["a", "b"], np.ones(3000, np.bool_))
    said = [trees.logit(row) > 0 for row in rows]
    assert np.mean(said == opens) > 0.97
    assert trees == grown(shown, ["a", "b"], np.ones(3000, np.bool_))


def test_a_refit_with_the_same_numbers_keeps_every_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    assert files.write("m", {"bias": 0.5}, fitted_on="x", figures={"F1": 1.0})
    before = (tmp_path / "m.json").read_bytes().replace(b'"fitted_at":"2', b'"fitted_at":"1')
    (tmp_path / "m.json").write_bytes(before)
    assert not files.write("m", {"bias": 0.5}, fitted_on="x", figures={"F1": 1.0})
    assert (tmp_path / "m.json").read_bytes() == before
    assert files.write("m", {"bias": 0.6}, fitted_on="x", figures={"F1": 1.0})
    assert (tmp_path / "m.json").read_bytes() != before


def test_a_chat_goes_on_past_midnight() -> None:
    lines = [
        {"id": n, "at": at, "author": "a", "text": "x", "system": False}
        for n, at in enumerate(["23:58", None, "00:03"])
    ]
    times = [message.created_at for message in chat({"messages": lines})]
    assert [(b - a).total_seconds() for a, b in itertools.pairwise(times)] == [0, 300]


def test_figures_are_those_of_the_shared_tasks() -> None:
    assert average_precision([3, 2, 1], [True, False, True]) == pytest.approx(100 * (1 + 2 / 3) / 2)
    assert average_precision([1.0], [False]) is None
    assert f1(said=4, right=2, wanted=6) == 40
    assert f1(0, 0, 0) == 0


def test_folds_judge_every_line_once_and_never_on_itself() -> None:
    pairs = list(folds(range(10), 3))
    assert sorted(one for _, judging in pairs for one in judging) == list(range(10))
    assert all(not set(fitting) & set(judging) for fitting, judging in pairs)


def test_a_network_that_sees_ever_other_parts_learns_and_is_the_same_every_time() -> None:
    random = np.random.default_rng(5)
    table = random.standard_normal((1500, 12)).astype(np.float32)
    good = (table[:, 0] * 2 + table[:, 9] * 2 > 0).astype(np.float32)
    fitted = [fit_answer_network(table, good, plain=6) for _ in range(2)]
    logits = fitted[0].logits(table)
    assert np.mean((logits > 0) == (good > 0)) > 0.9
    assert np.array_equal(fitted[0].hidden, fitted[1].hidden)
    assert np.array_equal(logits, fitted[1].logits(table))


def test_matching_learns_which_replies_are_whose() -> None:
    random = np.random.default_rng(6)
    turn = random.standard_normal((24, 24)).astype(np.float32) / np.float32(24**0.5)
    questions = random.standard_normal((200, 24)).astype(np.float32)
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    replies = questions @ turn
    replies /= np.linalg.norm(replies, axis=1, keepdims=True)
    fitted = [fit_matching(questions, replies, range(200), np.ones(200, np.float32)) for _ in range(2)]
    plain = questions @ replies.T
    turned = plain + (questions @ fitted[0].question_side) @ (replies @ fitted[0].reply_side).T
    own = np.arange(200)
    assert np.mean(turned.argmax(axis=1) == own) > np.mean(plain.argmax(axis=1) == own) + 0.3
    assert np.array_equal(fitted[0].reply_side, fitted[1].reply_side)


def test_what_is_packed_comes_back_but_for_its_last_digits() -> None:
    numbers = np.asarray([[0.123456, -3.0], [1e-3, 40.0]], np.float32)
    assert np.allclose(models.unpacked(files.packed(numbers), 2, 2), numbers, rtol=1e-3)


def test_an_interval_holds_the_figure_and_is_the_same_every_time() -> None:
    counts = [(10, right, 10) for right in (4, 5, 6, 7, 8)]
    told = figures.interval(counts)
    assert told == figures.interval(counts)
    low, high = (float(one) for one in told[told.index("(") + 1 : told.index(")")].split("-"))
    assert told.startswith("F1 60.0 ")
    assert 40 <= low < 60 < high <= 80


def test_figures_of_what_there_is_not_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert figures.main(["weather"]) == 2
    assert "replies" in capsys.readouterr().err
