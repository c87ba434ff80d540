"""The training report as one page that needs nothing else: how good the model is, where it errs, which labels to mend.

Every figure on it comes from cross-fitted predictions. The page and `suspects.jsonl` lie beside `report.json`.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import jinja2
import numpy as np

from ml.small.manifest import PAGE, REPORT, SUSPECTS
from ml.small.report.confusion import Confused, LabelFigures, confusion, label_figures, most_confused, shown_labels
from ml.small.report.curves import Bin, RiskPoint, reliability, risk_coverage, top_of_scale
from ml.small.report.held_out import HeldOut
from ml.small.report.summary import TrainingReport
from ml.small.report.suspects import EXCERPT, Suspect, find_suspects
from ml.small.whole_files import write_whole
from ml.small.why.excerpts import excerpt
from models.errors import ModelError, TemplateError

MATRIX_LABELS = 24
"""A matrix of more labels does not fit on a screen: then the most confused pairs alone are shown."""
PAIRS, MISTAKES, SUSPECTS_SHOWN = 30, 20, 50

_PAGES = Path(__file__).resolve().parents[3] / "templates" / "pages"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A confident wrong answer. `answered` says that nobody would have been asked at precision 0.95."""

    row: int
    label: str | None
    said: str
    probability: float
    answered: bool
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What the thresholds for a wished precision come to: share answered, and wrong among those, in [0, 1]."""

    wished: str
    proven: bool
    coverage: float
    risk: float
    answered: int
    wrong: int


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What templates/pages/train_report.html.j2 shows. `matrix` is None with more labels than MATRIX_LABELS."""

    report: TrainingReport
    trained: date | None
    labels: list[str | None]
    matrix: list[list[int]] | None
    pairs: list[Confused]
    bins: list[Bin]
    risk: list[RiskPoint]
    risk_top: float
    marks: list[Mark]
    foreign_found: float | None
    """Share of the mail out of scope that was held to be so; None without such mail."""
    scope_kept: float
    figures: list[LabelFigures]
    mistakes: list[Mistake]
    mistaken: int
    measured: int
    """Rows that were judged: not those that the encoder itself was tuned on."""
    suspects: list[Suspect]
    suspected: int


def write_report(folder: Path, report: TrainingReport, held: HeldOut, trained: date | None) -> None:
    """Writes the report in its three forms into the version's folder. Raises ModelError where that cannot be."""
    suspects = find_suspects(held)
    lines = "".join(f"{suspect.model_dump_json()}\n" for suspect in suspects)
    try:
        folder.mkdir(exist_ok=True)
        write_whole(folder / REPORT, report.model_dump_json(indent=1).encode())
        write_whole(folder / SUSPECTS, lines.encode(), mode=0o600)
        write_whole(folder / PAGE, render(make_page(report, held, suspects, trained)).encode(), mode=0o600)
    except OSError as error:
        raise ModelError(f"the report cannot be written to {folder}: {error.strerror or error}") from error


def make_page(report: TrainingReport, held: HeldOut, suspects: list[Suspect], trained: date | None) -> ReportPage:
    labels, scope, beyond = shown_labels(held), held.scope, held.verdicts.beyond
    size = len(labels)
    marks = [_mark(held, wished, report.proven[wished]) for wished in held.thresholds]
    sure = np.where(beyond, 0.0, held.verdicts.sure)
    risk = risk_coverage(sure, ~held.wrong)
    # the first few answers make the curve leap; they must not decide the scale
    steady = [point.risk for point in risk if point.coverage >= 0.05] + [mark.risk for mark in marks]
    return ReportPage(
        report=report,
        trained=trained,
        labels=labels,
        matrix=confusion(held)[:size, :size].tolist() if size <= MATRIX_LABELS else None,
        pairs=most_confused(held, PAIRS),
        bins=reliability(held.verdicts.forced[scope], held.verdicts.best[scope] == held.truth[scope]),
        risk=risk,
        risk_top=top_of_scale(steady),
        marks=marks,
        foreign_found=float(beyond[~scope].mean()) if not scope.all() else None,
        scope_kept=float(1 - beyond[scope].mean()),
        figures=label_figures(held),
        mistakes=_mistakes(held),
        measured=len(scope),
        mistaken=int((held.wrong & ~beyond).sum()),
        suspects=suspects[:SUSPECTS_SHOWN],
        suspected=len(suspects),
    )


def render(page: ReportPage) -> str:
    """Everything that comes from mail is escaped. Raises TemplateError."""
    try:
        return _environment().get_template("train_report.html.j2").render(page=page)
    except jinja2.TemplateError as error:
        raise TemplateError(f"the page template train_report.html.j2 is broken ({error}): mend it") from error


def _mark(held: HeldOut, wished: str, proven: bool) -> Mark:
    answered = held.answered(wished)
    total, wrong = int(answered.sum()), int((answered & held.wrong).sum())
    return Mark(wished, proven, total / len(answered), wrong / max(total, 1), total, wrong)


def _mistakes(held: HeldOut) -> list[Mistake]:
    """The surest of the wrong answers; what was held to be out of scope is no answer."""
    sure, answered = held.verdicts.sure, held.answered("0.95")
    wrong = np.flatnonzero(held.wrong & ~held.verdicts.beyond)
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:MISTAKES]
    examples = held.examples
    return [
        Mistake(
            row=int(examples.numbers[row]),
            label=examples.labels[examples.targets[row]],
            said=examples.categories[held.verdicts.best[row]],
            probability=float(sure[row]),
            answered=bool(answered[row]),
            text=excerpt(examples.mails[row], EXCERPT),
        )
        for row in worst.tolist()
    ]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = share
    return environment


def share(value: float | None) -> str:
    """`93.5%`; never rounded up to certainty, and a dash for none."""
    if value is None:
        return "–"
    return f"{min(value, 0.999) if value < 1 else value:.1%}"
