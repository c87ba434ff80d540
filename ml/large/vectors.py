"""Small dense vectors of passages without any downloaded weights: latent semantic analysis (Deerwester et al., 1990)
over hashed character n-grams.

The full-text leg misses what is misspelt, inflected or compounded; character n-grams do not. The projection is fitted
on the passages themselves at ingestion and stored as plain arrays, never as a pickle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.large.words import informative
from models.errors import KnowledgeError

Floats = npt.NDArray[np.float32]

BUCKETS = 2**14
"""Hash buckets of n-grams; 16,384 keep the stored projection at 8 MB. On the public bank documents (49 queries) 131,072
gave hit@5 0.96 for 0.92 and recall@20 0.50 for 0.51: no difference that so few queries could show."""
DIMENSIONS = 128
SEED = 0


@dataclass(frozen=True)
class Projection:
    """`idf` is (BUCKETS,) float32; `components` is (BUCKETS, d) float32 with d ≤ DIMENSIONS."""

    idf: Floats
    components: Floats

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n, d) float32, rows of length 1 (or 0 where a text has no word in common with the knowledge)."""
        counts = _counts(texts)
        vectors = np.asarray(counts.multiply(self.idf).tocsr() @ self.components, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)

    def save(self, path: Path) -> None:
        np.savez(path, idf=self.idf, components=self.components)


def fit(texts: Sequence[str]) -> Projection:
    """Learns the projection from `texts` (at least one)."""
    from sklearn.decomposition import TruncatedSVD

    counts = _counts(texts)
    documents, frequency = counts.shape[0], np.diff(counts.tocsc().indptr)
    idf = (np.log((1 + documents) / (1 + frequency)) + 1).astype(np.float32)
    dimensions = max(1, min(DIMENSIONS, documents - 1))
    # a single passage has no variance, which scikit-learn divides by for a figure that is not used here
    with np.errstate(invalid="ignore"):
        svd = TruncatedSVD(dimensions, random_state=SEED).fit(counts.multiply(idf).tocsr())
    return Projection(idf, np.ascontiguousarray(svd.components_.T, dtype=np.float32))


def load(path: Path) -> Projection:
    """Reads what `save` wrote. Raises KnowledgeError when the file is missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Projection(arrays["idf"], arrays["components"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise KnowledgeError("the knowledge index is damaged: run `mailstage knowledge add` again") from error


def _counts(texts: Sequence[str]) -> Any:
    """(n, BUCKETS) sparse float32, logarithmic counts of character n-grams (3 to 5) within words."""
    matrix = _hasher().transform([" ".join(informative(text)) for text in texts])
    matrix.data = 1 + np.log(matrix.data)
    return matrix


@lru_cache(maxsize=1)
def _hasher() -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(3, 5),
        n_features=BUCKETS,
        norm=None,
        alternate_sign=False,
        lowercase=False,
        dtype=np.float32,
    )
