"""Why the model ranked the categories so, for `mailstage show`: what the page of the question says."""

from ml.small.why.explaining import Explanation
from models.case import Case
from models.classification import Classification
from models.review import Review, ReviewKind
from review.reasons import Reasons
from store.messages import get_message
from tasks.workplace import Workplace


def reasons_of(place: Workplace, review: Review, case: Case | None, found: Classification | None) -> Explanation | None:
    """None for other questions, for one that is decided, and where the model that sorted the mail is gone."""
    if review.kind is not ReviewKind.CATEGORY or review.outcome or case is None:
        return None
    return Reasons(place.settings.model_dir, str).of(found, get_message(place.store, case.message_id))
