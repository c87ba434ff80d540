"""What a model may return: claims, each with the passages it rests on. It never writes the letter itself."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from ml.large.sentences import plain
from models.draft import Citation, Passage
from models.errors import ModelAnswerInvalid


class Source(BaseModel):
    """Where a claim stands: a passage's id and the words in it, copied exactly."""

    model_config = ConfigDict(extra="forbid")

    passage_id: str = Field(max_length=300)
    quote: str = Field(max_length=2_000)


class Claim(BaseModel):
    """One to three sentences of the answer, in the customer's language, as plain text."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=1_500)
    sources: list[Source] = Field(min_length=1, max_length=5)


class Claims(BaseModel):
    """The answer in order; empty when the passages do not hold it. `complete` is False when a question stays open."""

    model_config = ConfigDict(extra="forbid")

    claims: list[Claim] = Field(max_length=10)
    complete: bool


def validated(provider: str, claims: Claims, passages: Sequence[Passage]) -> None:
    """Raises ModelAnswerInvalid when a claim names a passage that was not offered.

    Whether its quotes are true is left to the check 'cited', so that a reviewer sees what was wrong.
    """
    offered = {passage.id for passage in passages}
    if any(source.passage_id not in offered for claim in claims.claims for source in claim.sources):
        raise ModelAnswerInvalid(f"{provider}: cited a passage that it was not given")


def paragraphs_of(claims: Claims) -> list[str]:
    """Each claim as a paragraph; blanks are made single, so that a claim cannot lay out a letter of its own."""
    return [plain(claim.text) for claim in claims.claims]


def citations_of(claims: Claims, passages: Sequence[Passage]) -> tuple[Citation, ...]:
    documents = {passage.id: passage.document for passage in passages}
    return tuple(
        Citation(
            claim=plain(claim.text),
            document=documents[source.passage_id],
            passage=source.passage_id,
            quote=source.quote,
        )
        for claim in claims.claims
        for source in claim.sources
    )
