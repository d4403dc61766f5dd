"""A GraphQL selection becomes one Cypher statement and a shaper; the executor hands the shaped answer on."""
