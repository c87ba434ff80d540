"""How much a person's answer to a question would teach the model, and what makes it so."""

from pydantic import Field

from models.record import Record


class Asking(Record):
    value: float = Field(ge=0, le=1)
    """Share of the head start in the queue, see `store/turn.py`."""
    because: str = ""
    """As the end of a sentence: "it stands between invoice (48%) and refund (45%)"."""
