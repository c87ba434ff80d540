"""Retrieval beside a plain BM25 over whole documents, in one run: python benchmarks/retrieve.py --data FOLDER.

FOLDER holds documents.jsonl ({"id", "title", "content"}) and queries.jsonl ({"id", "query", "required_documents"}). The
peer is scikit-learn's counts weighted by BM25 (k1 1.2, b 0.75) with its English stop words: what one writes in an hour.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from ml.large.knowledge import RetrievalReport, evaluate

K1, B = 1.2, 0.75


def plainbm25(documents: Path, queries: Path) -> RetrievalReport:
    """The peer, measured as `evaluate` measures."""
    rows = [json.loads(line) for line in documents.read_text("utf-8").splitlines()]
    asked = [json.loads(line) for line in queries.read_text("utf-8").splitlines()]
    search = bm25([f"{row['title']}\n{row['content']}" for row in rows])
    hits, recalls, ranks, seconds = [], [], [], []
    for query in asked:
        started = time.perf_counter()
        order = np.argsort(-search(query["query"]), kind="stable")
        seconds.append(time.perf_counter() - started)
        found, wanted = [rows[i]["id"] for i in order], set(query["required_documents"])
        hits.append(not wanted.isdisjoint(found[:5]))
        recalls.append(len(wanted & set(found[:20])) / len(wanted))
        ranks.append(next((1 / rank for rank, name in enumerate(found, 1) if name in wanted), 0.0))
    return RetrievalReport(
        n=len(asked),
        hit_at_5=float(np.mean(hits)),
        recall_at_20=float(np.mean(recalls)),
        mrr=float(np.mean(ranks)),
        median_ms=median(seconds) * 1000,
    )


def bm25(texts: Sequence[str]) -> Callable[[str], np.ndarray]:
    """Scores of all `texts` for a query, (n,) float64."""
    vectorizer = CountVectorizer(stop_words="english")
    counts = vectorizer.fit_transform(texts).tocsr().astype(np.float64)
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    frequency = np.diff(counts.tocsc().indptr)
    idf = np.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
    norm = np.repeat(K1 * (1 - B + B * lengths / lengths.mean()), np.diff(counts.indptr))
    counts.data = counts.data * (K1 + 1) / (counts.data + norm) * idf[counts.indices]
    return lambda query: np.asarray((counts @ vectorizer.transform([query]).T).todense()).ravel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with documents.jsonl and queries.jsonl")
    folder: Path = parser.parse_args().data
    files = folder / "documents.jsonl", folder / "queries.jsonl"
    print(f"{'':12}{'hit@5':>8}{'recall@20':>11}{'mrr':>8}{'median ms':>11}")
    for name, report in (("mailstage", evaluate(*files)), ("plain BM25", plainbm25(*files))):
        figures = f"{report.hit_at_5:8.3f}{report.recall_at_20:11.3f}{report.mrr:8.3f}{report.median_ms:11.1f}"
        print(f"{name:12}{figures}")


if __name__ == "__main__":
    main()
