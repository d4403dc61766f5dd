"""What may break a house rule, each with its reason. An entry that is no longer needed fails the test that reads it."""

LONG_FILES: dict[str, str] = {
    "app/errors.py": "one code after another, each with its meaning: data to look things up in",
    "app/registry/types/things.py": "the types of the inventory refer to each other, a line a field: data to look up",
    "tests/plain/inventory.py": "one inventory, from its random numbers into a graph",
    "graph_schema/nodes.py": "one declaration after another, a sentence on each property: data to look things up in",
}
"""Python files of more than 300 lines."""

LONG_FUNCTIONS: dict[str, str] = {
    "tests/engines/test_lineage_times.py::test_a_walk_passes_through_a_deployment_only_while_it_serves": (
        "one world, and a table of what is reached in it at each of its times"
    ),
}
"""Functions of more than 40 lines, docstring apart, as `path::name`."""

ROOMS_WITHOUT_DOORS: dict[str, str] = {
    "graph": "speaks to the engines; it has no GraphQL and no Cypher of its own",
    "operations": "runs one GraphQL operation, whatever it asks; it holds no capability",
    "compiler": "turns GraphQL into Cypher; it has no types and no service of its own",
    "http": "carries documents and answers; it stores nothing and has no types",
    "portal": "shows pages to people; what they ask goes to the API, as from any client",
    "commands": "speaks to a person at a terminal, in the words of the API",
    "loading": "the client's side of a load: it reads, sends and reports; what it sends is answered by the registry",
    "transfer": "the client's side of files: it hashes, sends and fetches them; the API is answered by other rooms",
}
"""Folders of `app` that are not capabilities."""

MISSING_DOORS: dict[str, str] = {
    "lineage/graph.py": "its Cypher is composed: walking.py has the walks, web.py and doubts.py what else is read",
}
"""Doors that a capability's room does not have."""

STATEMENT_CASTS: dict[str, str] = {
    "app/compiler/plans.py": "where the compiler emits: names from the declaration, values as parameters",
    "app/graph/engines/neo4j.py": "constraints and indexes, whose names come from the declaration alone",
    "app/registry/writing.py": "the statements that write: names from the declaration, values as parameters",
}
"""Files with one cast of a text to `LiteralString`, that is, to a statement."""

DELETIONS: dict[str, str] = {
    "app/graph/engines/neo4j.py": "empties a graph, which is asked for by name and never on the way of a request",
    "app/artifacts/strays.py": "forgets, after a week, that bytes went which nobody had recorded; no facts",
    "app/artifacts/graph.py": "forgets how files arrived that are recorded by now, or never arrived; no facts",
    "app/registry/retracting.py": "takes a relationship out of its live type after it was written to the retracted one",
    "app/registry/service.py": "forgets idempotency keys and loads that have expired, which are no facts",
    "app/registry/writing.py": "takes a relationship out of its live type after it was written to the retracted one",
    "app/retention/expiring.py": "forgets what a plan would have done that nobody approved, and that did nothing",
}
"""Files whose statements delete, and why what they delete is no fact."""
