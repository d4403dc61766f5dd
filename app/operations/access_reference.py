"""Who may ask for what as a page for people, made from the schema: what `docs/access.md` holds."""

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema

from app.access.permissions import EVERYBODY, GRANTS, Permission, permissions_of
from app.access.roles import Role
from app.operations.permitting import permission_of

_HEAD = """\
# Who may ask for what

Made from the API's schema and from `app/access/permissions.py` by `pedigree schema --access`; change those, not this.

A caller has roles, and each role has permissions. Every field of `Query` and `Mutation` needs one, and so does all else
that is in the last table; what is not in it needs no more than what leads to it. It is settled before anything runs:
where one permission is missing, nothing of the operation is run, and the error `FORBIDDEN` names it, the field that
needs it, and the roles that have it.

**What people did is apart from the inventory.** Who answers for a model is part of it, since that is asked of every
model: `owners`, and the actors they lead to, need `inventory:read` alone. Who started a run, wrote a commit, deployed a
version or sent a word shows the work of single people, whether they answer for anything or not, so it needs
`people:read`; and so does the list of all actors. Filters that compare with it, and searches that look into it, need
the same, else it could be found by trying.

**What was said** holds the words of all sources, those too that were taken back or that do not count. What they say of
people is in them, so each role with `history:read` has `people:read` too.

**The schema** itself is closed to whoever has no `schema:read`: `__schema` and `__type` are refused, and errors do not
say what a misspelt name may have meant.

Without login (`PEDIGREE_AUTH=none`), and for a command on the graph itself, the caller has every role.
"""


def page(schema: GraphQLSchema) -> str:
    """The reference page, as Markdown."""
    everybody = ", ".join(f"`{each}`" for each in Permission if each in EVERYBODY)
    parts = [
        _HEAD,
        "## Permissions\n",
        _table(("permission", "what it lets do"), ((f"`{each}`", each.meaning) for each in Permission)),
        "## Roles\n",
        f"Each caller has {everybody}, also one without a role. Of several roles a caller has all that any has.\n",
        _table(("role", "permissions beside that", "because"), (_role(role) for role in Role)),
        "## Fields\n",
        _table(("what is asked for", "needs", *Role), _rows(schema)),
    ]
    return "\n".join(parts)


def guarded_elements(schema: GraphQLSchema) -> Iterator[tuple[str, Permission]]:
    """Everything of a schema that needs a permission, by its name, as `Run.user`: the root fields first."""
    yield "__schema", Permission.SCHEMA_READ
    yield "__type", Permission.SCHEMA_READ
    roots = [each for each in (schema.query_type, schema.mutation_type, schema.subscription_type) if each is not None]
    others = sorted(each.name for each in schema.type_map.values() if each not in roots)
    for type_ in (*roots, *(schema.type_map[name] for name in others)):
        if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType):
            for name, declared in type_.fields.items():
                yield from _of_field(f"{type_.name}.{name}", declared)


def _of_field(name: str, declared: Any) -> Iterator[tuple[str, Permission]]:
    arguments = ((f"{name}({key}:)", each) for key, each in getattr(declared, "args", {}).items())
    for called, element in ((name, declared), *arguments):
        permission = permission_of(element)
        if permission is not None:
            yield called, permission


def _role(role: Role) -> tuple[str, str, str]:
    grant = GRANTS[role]
    held = [f"`{each}`" for each in Permission if each in grant.permissions - EVERYBODY]
    return f"`{role}`", ", ".join(held) or "none", grant.reason


def _rows(schema: GraphQLSchema) -> Iterator[tuple[str, ...]]:
    for name, permission in guarded_elements(schema):
        marks = ("✓" if permission in permissions_of(frozenset({role})) else "–" for role in Role)
        yield f"`{name}`", f"`{permission}`", *marks


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
