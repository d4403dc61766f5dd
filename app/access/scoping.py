"""What may be granted, and what a token may be limited to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from app.access.granted import Actor, Grant, Sight, Token, counting, sight_of, within
from app.access.roles import Role
from app.access.service import Caller
from app.errors import ErrorCode, PedigreeError
from graph_schema.canonical import flaw_of_text
from graph_schema.declare import KEY_LENGTH
from graph_schema.identity import OWN_ISSUER, from_id, is_own_issuer, uid

MOST_NAMESPACES = 100
"""How many namespaces one grant or token may name."""

_NAME_LENGTH = 200


class AccessRefused(PedigreeError):
    """A change of who may come in that is not made."""

    standard_code = ErrorCode.BAD_VALUE


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token that is asked for.

    Attributes:
        name: what it is for.
        roles: those that it is limited to.
        expires_at: in microseconds since 1970 UTC.
        actor: whom it acts as; None for whoever asks.
        namespaces: those that it is limited to; None for all that its actor sees.
    """

    name: str
    roles: Collection[Role]
    expires_at: int
    actor: Actor | None = None
    namespaces: Sequence[str] | None = None


def token_of(wanted: Wanted, actor: Actor, digest: str, caller: Caller, now: int) -> Token:
    """The token that is asked for.

    Raises:
        AccessRefused: nothing of the kind can be made.
    """
    check_actor(actor)
    refuse_own(actor)
    sight = sight_of(wanted.namespaces)
    check_namespaces(sight)
    if not wanted.name.strip() or len(wanted.name) > _NAME_LENGTH or flaw_of_text(wanted.name):
        raise AccessRefused(f"Say in 1 to {_NAME_LENGTH} characters what the token is for.", path="input.name")
    roles = frozenset(wanted.roles)
    if not roles:
        raise AccessRefused("A token without a role could do nothing.", path="input.roles", remedy="Name one or more.")
    if counting(roles, sight) != roles:
        raise limited_admin()
    return Token(
        uid("ApiToken", (digest,)), digest, wanted.name, *actor, roles, sight, now, caller.uid, wanted.expires_at
    )  # fmt: skip


def no_wider(token: Token, caller: Caller) -> Token:
    """The token, as long as it lets its holder do no more, and no longer, than what that holder came in with.

    An ADMIN may make any, also one that acts as another.

    Raises:
        AccessRefused: it would.
    """
    if token.actor != caller.actor:
        check_admin(caller, "Only an ADMIN makes tokens that act as others.")
    if caller.token is not None and token.expires_at > caller.token.expires_at and Role.ADMIN not in caller.roles:
        raise AccessRefused(
            "A token that is made with a token ends no later than that.",
            path="input.expiresAt",
            remedy="Come in without a token, or ask an ADMIN.",
        )
    if Role.ADMIN in caller.roles:
        return token
    missing = token.roles - caller.roles
    if missing:
        raise _too_wide(f"You do not come in with {', '.join(sorted(missing))} yourself.", "input.roles")
    if token.sight is None:
        return replace(token, sight=caller.sight)
    if not within(token.sight, caller.sight):
        raise _too_wide("You do not see all of these namespaces yourself.", "input.namespaces")
    return token


def check_scope(token: Token, grant: Grant) -> None:
    """Lets pass a token that is limited to what its actor was granted.

    Raises:
        AccessRefused: it is not.
    """
    missing = token.roles - grant.roles
    if missing:
        names = ", ".join(sorted(missing))
        raise _too_wide(f"{grant.issuer}/{grant.subject} was not granted {names}.", "input.roles")
    if token.sight is not None and not within(token.sight, grant.sight):
        raise _too_wide(f"{grant.issuer}/{grant.subject} does not see all of these namespaces.", "input.namespaces")


def check_admin(caller: Caller, message: str) -> None:
    """Lets pass an ADMIN.

    Raises:
        AccessRefused: the caller is none.
    """
    if Role.ADMIN not in caller.roles:
        raise AccessRefused(message, code=ErrorCode.FORBIDDEN)


def check_actor(actor: Actor) -> None:
    """Lets pass what can be the key of an actor.

    Raises:
        AccessRefused: it cannot.
    """
    for name, value in zip(("issuer", "subject"), actor, strict=True):
        if not value or len(value) > KEY_LENGTH or flaw_of_text(value):
            message = f"The {name} of an actor is a text of 1 to {KEY_LENGTH} characters."
            raise AccessRefused(message, code=ErrorCode.BAD_KEY, path=f"input.actor.{name}")


def refuse_own(actor: Actor) -> None:
    """Lets pass an actor that is not the service's own: what such a one did would read as if the service had done it.

    Raises:
        AccessRefused: it is one.
    """
    if is_own_issuer(actor[0]):
        raise AccessRefused(
            f"Nobody comes in as {'/'.join(actor)}: the issuer {OWN_ISSUER} is the service's own.",
            code=ErrorCode.FORBIDDEN,
            path="input.actor",
            remedy="Name another actor, as people/admin: `actor`, or `--actor` of `pedigree token create`.",
        )


def check_namespaces(sight: Sight) -> None:
    """Lets pass namespaces that there can be.

    Raises:
        AccessRefused: they cannot, or are too many.
    """
    names = sight or ()
    if len(names) > MOST_NAMESPACES or any(not name or len(name) > KEY_LENGTH or flaw_of_text(name) for name in names):
        raise AccessRefused(
            f"At most {MOST_NAMESPACES} namespaces are named, each by 1 to {KEY_LENGTH} characters.",
            path="input.namespaces",
        )


def seen_before(grant: Grant) -> Sight:
    """What the actor saw until now.

    Raises:
        AccessRefused: it was never granted anything, and what it is to see is not to be guessed.
    """
    if not grant.granted_at:
        raise AccessRefused(
            f"{grant.issuer}/{grant.subject} was never granted anything.",
            path="input.namespaces",
            remedy="Name the namespaces that it may see, or say null for all there are.",
        )
    return grant.sight


def token_uid(token_id: str) -> str:
    """The uid of the node that the id of a token stands for.

    Raises:
        AccessRefused: it stands for none.
    """
    try:
        label, found = from_id(token_id)
    except ValueError:
        raise no_token() from None
    if label != "ApiToken":
        raise no_token()
    return found


def no_token() -> AccessRefused:
    """The refusal of an id, also of one of a token that is not the caller's: whose it is, is nobody's business."""
    message = "No token of yours has this id."
    return AccessRefused(message, code=ErrorCode.NOT_FOUND, path="input.id", remedy="Take it from `tokens`.")


def _too_wide(message: str, path: str) -> AccessRefused:
    return AccessRefused(
        message,
        code=ErrorCode.SCOPE_TOO_WIDE,
        path=path,
        remedy="Ask for less, or have an ADMIN grant more: `setRole`, or `pedigree token create --grant`.",
    )


def limited_admin() -> AccessRefused:
    """The refusal of an ADMIN that is to see some namespaces only."""
    return AccessRefused(
        "ADMIN cannot be limited to namespaces: whoever holds it could grant itself the others.",
        path="input.namespaces",
        remedy="Leave out one of the two.",
    )


def last_admin(path: str, message: str) -> AccessRefused:
    """The refusal of what would leave nobody to let others in."""
    return AccessRefused(
        message, code=ErrorCode.LAST_ADMIN, path=path, remedy="Let another one in first: `setRole`, `createToken`."
    )
