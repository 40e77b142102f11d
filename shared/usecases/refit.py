"""Say how right Cairn has been by what people said, and fit the tenant's thresholds to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.identity import UserKey
from shared.domain.labels import Feedback, Label, Task
from shared.domain.precision import Precision
from shared.domain.tenant import TenantState
from shared.domain.tuning import UNTUNED, Finding, Tuning
from shared.judgement import answers, similar, thresholds
from shared.judgement.tuning import TARGET, Fit, examples, fit, precision
from shared.usecases.consent import unwilling
from shared.usecases.context import Context
from shared.usecases.writing import change

_MOST = 20_000
"""Labels of one task that are read, the latest; years of them, even where much is pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A threshold: the probability that is needed, as delivered and as it is in force."""

    name: str
    delivered: float
    in_force: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How often one kind of feedback was heard, and how sure Cairn had been on average."""

    feedback: Feedback
    says_right: bool
    share: Precision
    """So many of all words on what was shown; of a merge, which is about what was not, of all merges."""
    claimed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one task stands by what people said."""

    task: Task
    target: float
    bars: tuple[Bar, ...]
    passing: Precision
    """Of the claims that pass the threshold in force, how many people found right."""
    claimed: float
    """How sure Cairn was of those, on average; 0 of none."""
    heard: tuple[Heard, ...]
    """By kind of feedback, those that were heard at least once; each person's word counts."""
    known_merges: Precision
    """Of the pairs of questions that curators merged, how many Cairn would have recognised by itself."""
    of_other_models: int
    """Labels about claims of an earlier or later release, which count nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refitted:
    """What a refit makes of one task's thresholds, or would make."""

    task: Task
    target: float
    fit: Fit
    bars: tuple[Bar, ...]
    fitted_bars: tuple[Bar, ...]
    """As they would be in force."""
    before: float
    """Log-odds by which the threshold is stricter than as delivered, so far."""
    after: float


async def standing(context: Context) -> tuple[Standing, ...]:
    """How each task stands by what people have said."""
    tuning = await context.tuning()
    return tuple([_standing(task, await _labels(task, context), tuning) for task in Task])


async def refit(context: Context, *, apply: bool) -> tuple[Refitted, ...]:
    """Fit each task's threshold to all labels, from the delivered one; `apply` puts the result in force.

    A task with too few labels keeps what it has.
    """
    tuning = await context.tuning()
    found = [_refitted(task, await _labels(task, context), tuning) for task in Task]
    if apply and any(one.after != one.before for one in found):
        after = {one.task: one.after for one in found}
        fitted = Tuning(seen_before=after[Task.SEEN_BEFORE], answer=after[Task.ANSWER], fitted_at=context.now)
        await _put(fitted, context)
    return tuple(found)


async def reset(context: Context) -> bool:
    """Go back to the delivered thresholds; returns whether others were in force. The labels stay."""
    before = await context.tuning()
    await _put(UNTUNED, context)
    return before != UNTUNED


async def _put(tuning: Tuning, context: Context) -> None:
    await change(
        context.store.tenant_state,
        lambda known: replace(known or TenantState(), tuning=tuning),
        lambda value, etag: context.store.put_tenant_state(value, etag=etag),
    )


async def _labels(task: Task, context: Context) -> list[Label]:
    """The labels that may be learned from: one that was written just as somebody opted out is passed over."""
    found = await context.store.labels(task, limit=_MOST)
    gone = await unwilling(frozenset[UserKey]().union(*(label.involved for label in found)), context)
    return [label for label in found if label.involved.isdisjoint(gone)]


def _model_in_use(task: Task) -> str:
    return similar.model_in_use() if task is Task.SEEN_BEFORE else answers.model_in_use()


def _bars(task: Task, tuning: Tuning) -> tuple[Bar, ...]:
    delivered = (
        {"with the sentence model": thresholds.SAME_YES_BY_MEANING, "by words alone": thresholds.SAME_YES}
        if task is Task.SEEN_BEFORE
        else {"": thresholds.ANSWER}
    )
    return tuple(Bar(name=name, delivered=value, in_force=tuning.bar(task, value)) for name, value in delivered.items())


def _standing(task: Task, labels: Sequence[Label], tuning: Tuning) -> Standing:
    model, stricter = _model_in_use(task), tuning.stricter(task)
    ours = [label for label in labels if label.claim.model == model]
    found = examples(ours, model)
    sure = [one.claim.probability for one in found if precision([one], stricter).count]
    merges = {label.subject: label.claim.margin for label in ours if label.feedback is Feedback.MERGED}
    return Standing(
        task=task,
        target=TARGET[task],
        bars=_bars(task, tuning),
        passing=precision(found, stricter),
        claimed=_mean(sure),
        heard=tuple(_heard(kind, said, ours) for kind in Feedback if (said := [x for x in ours if x.feedback is kind])),
        known_merges=Precision(right=sum(margin >= stricter for margin in merges.values()), count=len(merges)),
        of_other_models=len(labels) - len(ours),
    )


def _heard(feedback: Feedback, said: Sequence[Label], everything: Sequence[Label]) -> Heard:
    alike = sum(label.feedback.of_what_was_shown is feedback.of_what_was_shown for label in everything)
    return Heard(
        feedback=feedback,
        says_right=said[0].right,
        share=Precision(right=len(said), count=alike),
        claimed=_mean([label.claim.probability for label in said]),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _refitted(task: Task, labels: Sequence[Label], tuning: Tuning) -> Refitted:
    fitted = fit(examples(labels, _model_in_use(task)), TARGET[task])
    before = tuning.stricter(task)
    after = before if fitted.finding is Finding.TOO_FEW else fitted.stricter
    changed = Tuning(seen_before=after) if task is Task.SEEN_BEFORE else Tuning(answer=after)
    return Refitted(
        task=task,
        target=TARGET[task],
        fit=fitted,
        bars=_bars(task, tuning),
        fitted_bars=_bars(task, changed),
        before=before,
        after=after,
    )
