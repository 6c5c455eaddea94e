"""Whether a list reaches a company that belongs to a listed one: each list has its own test."""

from collections.abc import Iterable
from datetime import date

from scanner.model import AffiliateTest, Period, Reach, Relation, VendorRelation

UNREAD, STAYED = "open", "stayed"


def reach(test: AffiliateTest, steps: Iterable[VendorRelation], as_of: date) -> Reach:
    """The answer for a path of ownership. A maker's own brand is no company and always reached."""
    companies = [step for step in steps if step.relation is Relation.SUBSIDIARY]
    if not companies:
        return Reach.REACHED
    period = _period(test, as_of)
    if test.kind == "none" or (test.periods and (not period or period.state == STAYED)):
        return Reach.NOT_REACHED
    answers = {_passes(test, step.share) for step in companies}
    if False in answers:
        return Reach.NOT_REACHED
    unread = period is not None and period.state == UNREAD
    return Reach.OPEN if unread or None in answers else Reach.REACHED


def question(test: AffiliateTest, steps: Iterable[VendorRelation], as_of: date) -> str:
    """Why the answer is open, in sentences."""
    period = _period(test, as_of)
    shares = [step.share for step in steps if step.relation is Relation.SUBSIDIARY]
    parts = [f"{test.words} ({test.citation})"]
    if test.kind in ("above", "at-least") and None in shares:
        parts.append("the share held is not known")
    if period and period.state == UNREAD:
        since = period.start.isoformat()
        parts.append(f"whether this rule is in force since {since} is not known")
    return "; ".join(parts)


def _period(test: AffiliateTest, as_of: date) -> Period | None:
    begun = [period for period in test.periods if period.start <= as_of]
    return begun[-1] if begun else None


def _passes(test: AffiliateTest, share: int | None) -> bool | None:
    """None when a fact is missing."""
    if test.kind == "any":
        return True
    if test.kind == "open" or share is None:
        return None
    return share > test.share if test.kind == "above" else share >= test.share
