"""What an answer says of its caller's budget: the fields of the draft `draft-ietf-httpapi-ratelimit-headers-10`."""

from app.access.spending import LEAST, Budget
from app.errors import ErrorCode
from app.http.answers import Headers, Refused
from app.operations.limits import spent

_POLICY = "cost"
_UNIT = "pedigree-cost"
"""The units that are registered count requests or bytes, and what is not named counts requests."""


def headers_of(budget: Budget | None) -> Headers:
    """The headers: how much there is and in how long it comes back, how much is left, and when to come back."""
    if budget is None:
        return ()
    rate = budget.rate
    # Of what was refused no time is named before which it would be refused again: `t` is no later than Retry-After.
    when = budget.wait or budget.full_in
    told: Headers = (
        (b"ratelimit-policy", f'"{_POLICY}";q={rate.burst};w={rate.seconds};qu="{_UNIT}"'.encode()),
        (b"ratelimit", f'"{_POLICY}";r={budget.left};t={when}'.encode()),
    )
    return (*told, (b"retry-after", str(budget.wait).encode())) if budget.wait else told


def paid(refusal: Refused, budget: Budget | None) -> Refused:
    """The refusal, after it was paid for; or that of who had not enough left even for that."""
    if budget is None:
        return refusal
    if not budget.wait:
        refusal.headers += headers_of(budget)
        return refusal
    error = spent(budget, LEAST)
    closing = tuple(each for each in refusal.headers if each[0] == b"connection")
    return Refused(
        429,
        error.message,
        ErrorCode.RATE_LIMITED,
        closing + headers_of(budget),
        unread=refusal.unread,
        more={"retryAfter": budget.wait},
    )
