"""Why the model was not sure, worked out when a page is opened: only then is it known that somebody looks.

The very version that sorted the mail is asked. It is loaded once and kept, since loading takes longer than explaining.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from ml.small.classifier import Classifier
from ml.small.labelled import text_of
from ml.small.registry import load, load_examples
from ml.small.why.examples import Example
from ml.small.why.explaining import Explanation, explain
from models.classification import Classification, DecidedBy
from models.errors import MailstageError
from models.message import Message

logger = logging.getLogger(__name__)
_SMALL = (DecidedBy.LINEAR, DecidedBy.ENCODER)
KEPT = 2
"""Versions in memory: the one in use, and one before it whose questions still wait."""


@dataclass(frozen=True)
class _Loaded:
    classifier: Classifier
    examples: Mapping[int, Example]


@dataclass
class Reasons:
    """`folder` is that of the models; `title` names categories. Safe to ask from several threads."""

    folder: Path
    title: Callable[[str], str]
    _loaded: dict[str, _Loaded] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, found: Classification | None, message: Message | None) -> Explanation | None:
        """None where no small model sorted the mail, or where its version can no longer be read."""
        if found is None or message is None or not found.model_version or found.decided_by not in _SMALL:
            return None
        try:
            model = self._model(found.model_version)
        except MailstageError as error:
            # the question can be answered without: the page must not fail for it
            logger.warning("no reasons of model %s: %s", found.model_version, error)
            return None
        return explain(model.classifier, text_of(message), model.examples, self.title)

    def _model(self, version: str) -> _Loaded:
        with self._lock:
            model = self._loaded.pop(version, None)
            if model is None:
                model = _Loaded(load(self.folder, version), load_examples(self.folder, version))
            self._loaded[version] = model
            while len(self._loaded) > KEPT:
                del self._loaded[next(iter(self._loaded))]
            return model
