"""Mails of one wording: which of them wait together, and what people have made of those before.

A wording is known by the fingerprint of the first mail that bore it, so that it cannot drift from mail to mail. What
people decided is counted when it is asked for, never kept: a decision that is taken back needs no second change.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Connection, func, insert, select, update

from models.campaign import Fingerprint, LeftOut, Precedent, Together
from models.classification import DecidedBy
from models.errors import ApprovalError, LostRace, NotFound
from models.review import DECIDED, Decision, Review
from store.database import Store, one_at_a_time
from store.reviews import review_of
from store.tables import campaign_bands, campaigns, classifications, reviews

LIKE = 0.7
"""Share of word pairs from which two texts are one wording: three words of forty may differ, if they stand apart."""
REMEMBERED = timedelta(days=90)
"""After so long without a mail of it, a wording counts as new."""


def join_campaigns(
    connection: Connection, store: Store, mailbox: str, fingerprints: Sequence[Fingerprint]
) -> list[int]:
    """The campaign of each fingerprint, in order; one that is like none before it begins its own."""
    if not fingerprints:
        return []
    one_at_a_time(connection, f"campaigns of {mailbox}")
    known = _candidates(connection, store, mailbox, fingerprints)
    found, new = [], dict[int, Fingerprint]()
    for fingerprint in fingerprints:
        near = {key: kept for band in fingerprint.bands for key, kept in known[band].items()}
        best = max(near, key=lambda key: (near[key].likeness(fingerprint), key > 0, -abs(key)), default=None)
        if best is None or near[best].likeness(fingerprint) < LIKE:
            best = -1 - len(new)  # until it is written
            new[best] = fingerprint
            for band in fingerprint.bands:
                known[band][best] = fingerprint
        found.append(best)
    written = dict(zip(new, _begin(connection, store, mailbox, list(new.values())), strict=True))
    found = [written.get(key, key) for key in found]
    connection.execute(update(campaigns).where(campaigns.c.id.in_(found)).values(seen=store.clock()))
    return found


def _candidates(
    connection: Connection, store: Store, mailbox: str, fingerprints: Sequence[Fingerprint]
) -> dict[int, dict[int, Fingerprint]]:
    """By band: the campaigns that share it."""
    bands = {band for fingerprint in fingerprints for band in fingerprint.bands}
    shared = select(campaign_bands.c.band, campaign_bands.c.campaign).where(
        campaign_bands.c.mailbox == mailbox, campaign_bands.c.band.in_(bands)
    )
    fresh = select(campaigns.c.id, campaigns.c.fingerprint).where(
        campaigns.c.id.in_(shared.with_only_columns(campaign_bands.c.campaign)),
        campaigns.c.seen > store.clock() - REMEMBERED,
    )
    kept = {key: Fingerprint.of_hex(text) for key, text in connection.execute(fresh)}
    found: dict[int, dict[int, Fingerprint]] = defaultdict(dict)
    for band, key in connection.execute(shared):
        if key in kept:
            found[band][key] = kept[key]
    return found


def _begin(connection: Connection, store: Store, mailbox: str, fingerprints: Sequence[Fingerprint]) -> list[int]:
    """A campaign for each, in order."""
    if not fingerprints:
        return []
    rows = [{"mailbox": mailbox, "fingerprint": one.hex, "seen": store.clock()} for one in fingerprints]
    statement = insert(campaigns).returning(campaigns.c.id, sort_by_parameter_order=True)
    keys = list(connection.execute(statement, rows).scalars())
    bands = [
        {"mailbox": mailbox, "band": band, "campaign": key}
        for key, one in zip(keys, fingerprints, strict=True)
        for band in set(one.bands)
    ]
    connection.execute(insert(campaign_bands), bands)
    return keys


def waiting_alike(store: Store, review: Review) -> list[Review]:
    """The other questions about mails of the same wording that are still open, the oldest first."""
    if review.campaign is None:
        return []
    query = select(reviews).where(
        reviews.c.campaign == review.campaign, reviews.c.outcome.is_(None), reviews.c.id != review.id
    )
    with store.read() as connection:
        return [review_of(row) for row in connection.execute(query.order_by(reviews.c.id)).mappings()]


def precedents_in(connection: Connection, keys: Iterable[int]) -> dict[int, Precedent]:
    """What most people have made of the mails of each campaign; those that nobody decided are left out."""
    asked = select(reviews.c.campaign, reviews.c.case_id).where(
        reviews.c.campaign.in_(set(keys)), reviews.c.outcome.in_(DECIDED)
    )
    its = asked.distinct().subquery()
    newest = (
        select(its.c.campaign, func.max(classifications.c.id).label("id"))
        .join(classifications, classifications.c.case_id == its.c.case_id)
        .where(classifications.c.decided_by == DecidedBy.HUMAN)
        .group_by(its.c.campaign, its.c.case_id)
        .subquery()
    )
    query = select(newest.c.campaign, classifications.c.category).join(
        classifications, classifications.c.id == newest.c.id
    )
    counted: dict[int, Counter[str | None]] = defaultdict(Counter)
    for key, category in connection.execute(query):
        counted[key][category] += 1
    return {key: _most(counts) for key, counts in counted.items()}


def _most(counts: Counter[str | None]) -> Precedent:
    ((category, number),) = counts.most_common(1)
    return Precedent(category=category, number=number, decided=counts.total())


def decide_each(decide: Callable[[Decision], None], first: Decision, others: Sequence[Decision]) -> Together:
    """One answer for several mails, each a decision of its own: what has changed meanwhile is left out and named.

    Raises what `decide` raises for `first`, before any other is decided.
    """
    decide(first)
    done, left = [first.review_id], []
    for decision in others:
        try:
            decide(decision)
        except (ApprovalError, LostRace, NotFound) as refused:
            left.append(LeftOut(review_id=decision.review_id, why=str(refused)))
        else:
            done.append(decision.review_id)
    return Together(decided=tuple(done), left_out=tuple(left))
