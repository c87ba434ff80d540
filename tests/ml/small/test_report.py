"""The page that training writes."""

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from ml.small.labelled import LabelledMail
from ml.small.manifest import PAGE
from ml.small.report.curves import reliability, risk_coverage, top_of_scale
from ml.small.report.page import share
from ml.small.training import train
from tests.ml.small.factories import labelled

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"
VOID = {"meta", "line", "rect", "circle", "polyline", "br"}


class Elements(HTMLParser):
    """Names and attributes of a page's elements, and whether each is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def written(folder: Path, rows: list[LabelledMail]) -> Elements:
    train(rows, folder, trained=date(2026, 11, 22))
    page = Elements((folder / PAGE).read_text())
    assert not page.open
    return page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Elements:
    nasty = [LabelledMail(label=NASTY, subject=NASTY, body=f"invoice {n} {NASTY}") for n in range(12)]
    wrong = [LabelledMail(label="repair", subject="invoice", body=f"payment amount {n} {NASTY} \ud800") for n in "abc"]
    return written(tmp_path_factory.mktemp("report"), [*labelled(30, foreign=30), *nasty, *wrong])


def test_the_page_shows_all_that_a_person_needs(page: Elements) -> None:
    """Figures, both curves, the matrix, each category, mistakes and suspects; and where the figures come from."""
    for words in ("cross-validated", "Accuracy", "Calibration error", "Out of scope found", "Suspect labels"):
        assert words in page.text
    assert {"svg", "polyline", "circle", "table"} <= page.names
    assert ("class", "matrix") in page.attributes
    assert "2026-11-22" in page.text


def test_the_page_needs_nothing_else(page: Elements) -> None:
    """It is opened from a disk, perhaps years later: no script, no image, no font, nothing that is fetched."""
    assert not {"script", "link", "img", "iframe", "base"} & page.names
    assert not {"src", "href", "onload", "onerror"} & {name for name, _ in page.attributes}
    assert not re.search(r"url\(|@import", page.text)


def test_each_figure_is_named_where_there_is_no_room_for_a_table(page: Elements) -> None:
    """On a phone a row is a card: what stood in the head of its column stands beside the figure."""
    named = {value for name, value in page.attributes if name == "data-label"}
    assert {"Rows", "Precision", "Recall", "Threshold 0.95", "Label", "Said", "Perhaps", "Sure"} <= named
    assert "it scrolls sideways" in page.text


def test_hostile_mail_stays_text(page: Elements) -> None:
    """Mail, labels and warnings may hold markup, quotation marks and halves of characters."""
    assert NASTY in page.text
    assert "alert" not in "".join(value or "" for name, value in page.attributes if name != "title")


def test_many_categories_show_pairs_instead_of_a_matrix(tmp_path: Path) -> None:
    """80 columns cannot be read; the most confused pairs can."""
    rows = [
        LabelledMail(label=f"label{n}", text=f"subject{n % 40} matter{n % 40} {k}") for n in range(80) for k in "abc"
    ]
    page = written(tmp_path, rows)
    assert ("class", "matrix") not in page.attributes
    assert "was taken for" in page.text
    assert (tmp_path / PAGE).stat().st_size < 1_000_000


def test_two_categories_without_a_mistake_make_a_page(tmp_path: Path) -> None:
    """The smallest report has empty parts, and says so."""
    page = written(tmp_path, [row for row in labelled(30) if row.label != "repair"])
    assert "None: no mail was given a wrong category." in page.text
    assert "Out of scope found" not in page.text


def test_reliability_counts_every_answer_once() -> None:
    """Means and shares are those of the bin; empty bins stay, so that the diagram keeps its axis."""
    bins = reliability(np.array([0.05, 0.95, 0.97, 1.0]), np.array([False, True, True, False]))
    assert [bin.count for bin in bins] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 3]
    assert bins[-1].accuracy == pytest.approx(2 / 3)
    assert bins[-1].confidence == pytest.approx((0.95 + 0.97 + 1) / 3)


def test_risk_grows_as_less_sure_answers_are_given() -> None:
    """Equally sure answers stand together, and what is never answered is left out of the curve."""
    points = risk_coverage(np.array([0.9, 0.8, 0.8, 0.5, 0.0]), np.array([True, False, True, False, True]))
    assert [(point.coverage, point.risk) for point in points] == [
        (0.2, 0.0), (0.6, pytest.approx(1 / 3)), (0.8, 0.5)
    ]  # fmt: skip
    assert len(risk_coverage(np.linspace(0.1, 1, 5_000), np.ones(5_000, bool))) <= 150
    assert risk_coverage(np.zeros(3), np.ones(3, bool)) == []


def test_shares_are_never_rounded_up_to_certainty() -> None:
    """99.97% is not all."""
    assert [share(value) for value in (0.9997, 1.0, 0.12345, None)] == ["99.9%", "100.0%", "12.3%", "–"]
    assert top_of_scale([]) == 0.02
    assert top_of_scale([0.07, 0.01]) == 0.1
