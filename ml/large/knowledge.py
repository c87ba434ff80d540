"""The company's knowledge: files in, passages out.

Two searches are fused: full text (BM25, Robertson and Zaragoza, 2009) finds the exact word, vectors of character
n-grams find it misspelt or inflected. On the public bank documents full text alone has a needed document among the
first five for 0.86 of the queries, both for 0.92. Neither score says whether the answer is there; coverage.py does.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from ml.large import index as index_module
from ml.large.coverage import Rarity
from ml.large.index import Entry, passage_of, searchable
from ml.large.ingestion import IngestReport, ingest
from ml.large.passages import split
from ml.large.sentences import sentences
from ml.large.words import READ_WORDS, informative, opening, stems
from models.draft import Passage
from models.errors import KnowledgeError
from models.record import Record

__all__ = ["IngestReport", "Knowledge", "RetrievalReport", "evaluate", "ingest"]

AnyRow = TypeVar("AnyRow", bound=BaseModel)

FALLBACK_LANGUAGES = ("en", "und")
CANDIDATES = 60
"""Passages taken from each search before fusion."""
FUSION_RANK = 30.0
"""Constant k of reciprocal rank fusion (Cormack et al., 2009); 10 to 60 gave alike on the public bank documents."""
WEAK = 0.15
"""Coverage under which a passage in the customer's language is not worth the place of an English one."""


class Knowledge:
    """An opened index. Safe to share between threads: it is only read."""

    def __init__(self, index: Path) -> None:
        """Raises KnowledgeError when there is no index yet or it is damaged."""
        generation = index_module.open_current(index)
        if generation is None:
            raise KnowledgeError(f"there is no knowledge in {index} yet: run `mailstage knowledge add PATH`")
        self._generation = generation

    @property
    def rarity(self) -> Rarity:
        """How rare each word is in the knowledge; weighs words in questions and sentences alike."""
        return self._generation.rarity

    def count(self) -> int:
        """How many passages can be found."""
        return self._generation.count()

    def passages(self) -> list[Passage]:
        """Every passage, in the order of the documents."""
        return self._generation.passages()

    def search(self, query: str, k: int = 5, language: str | None = None) -> list[Passage]:
        """The best `k` passages, best first, each with `score` = coverage of the query's best-covered sentence.

        With a `language`, passages in it come first; English ones fill up. The order is that of the fused searches,
        so the first passage need not bear the highest score. Raises KnowledgeError when the index fails.
        """
        query = opening(query)
        if k < 1 or not informative(query):
            return []
        if language is None or language in FALLBACK_LANGUAGES:
            return self._ranked(query, k, FALLBACK_LANGUAGES if language else None)
        own = self._ranked(query, k, (language,)) if language in self._generation.languages else []
        best = max((passage.score for passage in own), default=0.0)
        kept = [passage for passage in own if passage.score >= max(best / 2, WEAK)]
        return kept + self._ranked(query, k - len(kept), FALLBACK_LANGUAGES)

    def _ranked(self, query: str, k: int, languages: tuple[str, ...] | None) -> list[Passage]:
        table, projection = self._generation.table, self._generation.projection
        if table is None or projection is None or k < 1:
            return []
        wanted = " ".join(informative(query)[:READ_WORDS])
        condition = None if languages is None else "language IN ({})".format(", ".join(f"'{x}'" for x in languages))
        try:
            full_text = _rows(table.search(wanted, query_type="fts", fts_columns="search"), condition)
            dense = _rows(table.search(projection.embed([wanted])[0].tolist()).distance_type("cosine"), condition)
        # lancedb hands on errors of its native library as OSError, ValueError or RuntimeError alike
        except (OSError, ValueError, RuntimeError) as error:
            raise KnowledgeError(f"the knowledge cannot be searched ({str(error).splitlines()[0][:120]})") from error
        focus = [self.rarity.stems(sentence.text) for sentence in sentences(query)] or [self.rarity.stems(query)]
        return [self._scored(passage_of(row), focus) for row in _fused(full_text, dense)[:k]]

    def _scored(self, passage: Passage, focus: Sequence[frozenset[str]]) -> Passage:
        held = stems(searchable(passage))
        return passage.model_copy(update={"score": max(self.rarity.coverage(asked, held) for asked in focus)})


def _rows(query: Any, condition: str | None) -> list[dict[str, Any]]:
    if condition is not None:
        query = query.where(condition, prefilter=True)
    rows: list[dict[str, Any]] = query.limit(CANDIDATES).to_list()
    return rows


def _fused(*rankings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Reciprocal rank fusion; ties keep the order of the first ranking."""
    scores: dict[str, float] = {}
    rows: dict[str, dict[str, Any]] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking):
            scores[row["id"]] = scores.get(row["id"], 0.0) + 1 / (FUSION_RANK + rank)
            rows.setdefault(row["id"], row)
    return [rows[name] for name in sorted(scores, key=lambda name: -scores[name])]


class RetrievalReport(Record):
    """Over `n` queries: share with a required document among the first 5, mean share of the required documents among
    the first 20, mean reciprocal rank of the first required one, and median milliseconds of a search."""

    n: int
    hit_at_5: float
    recall_at_20: float
    mrr: float
    median_ms: float


class _Row(BaseModel):
    id: str
    title: str = ""
    content: str


class _Query(BaseModel):
    id: str
    query: str
    required_documents: list[str] = Field(min_length=1)


def evaluate(documents: Path, queries: Path, clock: Callable[[], float] = time.perf_counter) -> RetrievalReport:
    """Ingests the rows of `documents` into a passing index and asks it every query (JSON Lines, see DESIGN section 7).

    Raises KnowledgeError for a file or a line that cannot be read.
    """
    rows, asked = _read_rows(documents, _Row), _read_rows(queries, _Query)
    passages = [passage for row in rows for passage in split(row.content, row.id, row.title)]
    with TemporaryDirectory(prefix="mailstage-") as folder:
        index_module.write(Path(folder), [Entry(row.id, "", "", False) for row in rows], passages)
        knowledge = Knowledge(Path(folder))
        knowledge.search(asked[0].query)  # loads what is loaded on first use
        rankings, seconds = [], []
        for query in asked:
            started = clock()
            found = knowledge.search(query.query, k=CANDIDATES)
            seconds.append(clock() - started)
            rankings.append(list(dict.fromkeys(passage.document for passage in found)))
    return _report([set(query.required_documents) for query in asked], rankings, seconds)


def _report(required: Sequence[set[str]], rankings: Sequence[list[str]], seconds: Sequence[float]) -> RetrievalReport:
    pairs = list(zip(required, rankings, strict=True))
    ranks = [next((i for i, name in enumerate(found, 1) if name in wanted), 0) for wanted, found in pairs]
    return RetrievalReport(
        n=len(pairs),
        hit_at_5=sum(not wanted.isdisjoint(found[:5]) for wanted, found in pairs) / len(pairs),
        recall_at_20=sum(len(wanted & set(found[:20])) / len(wanted) for wanted, found in pairs) / len(pairs),
        mrr=sum(1 / rank for rank in ranks if rank) / len(pairs),
        median_ms=median(seconds) * 1000,
    )


def _read_rows(path: Path, kind: type[AnyRow]) -> list[AnyRow]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path} cannot be read: {error}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(kind.model_validate_json(line))
        except ValidationError as error:
            raise KnowledgeError(f"{path}, line {number}: {error.errors()[0]['msg']}") from error
    if not rows:
        raise KnowledgeError(f"{path} is empty: give at least one line")
    return rows
