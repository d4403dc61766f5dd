"""The documents that the commands send."""

from app.commands.file_questions import FILE_DOCUMENTS
from app.commands.retention_questions import RETENTION_DOCUMENTS

_THING = """
fragment Thing on Node {
  __typename
  id
  ... on Dataset { namespace name }
  ... on DatasetVersion { namespace name version }
  ... on CodeCommit { repository sha }
  ... on Run { source runId runName: name }
  ... on Model { namespace name }
  ... on ModelVersion { namespace name version stage }
  ... on Artifact { digest }
  ... on Endpoint { environment name }
}
"""
_COMPLETENESS = """
fragment Completeness on Completeness {
  complete
  truncatedBy
  hiddenCount
  unknownAncestry
  staleSources { name }
}
"""
_STEP = """
fragment Step on Step {
  from { ...Thing }
  to { ...Thing }
  relationship { type source method confidence }
}
"""
_DECLARED = (
    "$roles: [DataRole!], $maxHops: Int, $asOf: DateTime, $knownAt: DateTime, $sources: [String!], "
    "$minConfidence: Float"
)
_GIVEN = (
    "roles: $roles, maxHops: $maxHops, asOf: $asOf, knownAt: $knownAt, sources: $sources, minConfidence: $minConfidence"
)

IMPACT = f"""
query Impact(
  $of: [NodeRef!]!, $stages: [Stage!], $first: Int, $after: String, {_DECLARED}
) {{
  impact(of: $of, stages: $stages, first: $first, after: $after, {_GIVEN}) {{
    totalCount
    pageInfo {{ hasNextPage endCursor }}
    edges {{
      hops
      node {{
        ...Thing
        deployments(live: true, first: 5) {{ edges {{ node {{ endpoint {{ environment name }} }} }} }}
      }}
      witness {{ ...Step }}
    }}
    completeness {{ ...Completeness }}
  }}
}}
{_THING}{_STEP}{_COMPLETENESS}"""
"""The headline question."""

LINEAGE = f"""
query Lineage($start: [NodeRef!]!, $direction: Direction!, {_DECLARED}) {{
  lineage(start: $start, direction: $direction, {_GIVEN}) {{
    nodes {{ hops node {{ ...Thing }} }}
    relationships {{ ...Step }}
    completeness {{ ...Completeness }}
  }}
}}
{_THING}{_STEP}{_COMPLETENESS}"""
"""Everything upstream, or downstream, of some things."""

PATH = f"""
query Path($from: NodeRef!, $to: NodeRef!, {_DECLARED}) {{
  path(from: $from, to: $to, {_GIVEN}) {{
    steps {{ ...Step }}
    completeness {{ ...Completeness }}
  }}
}}
{_THING}{_STEP}{_COMPLETENESS}"""
"""One shortest way from one thing to another."""

REGISTER = """
mutation Load($input: RegisterLineageInput!) {
  registerLineage(input: $input) {
    ... on RegisterLineageResult {
      created updated unchanged rejected retracted
      items { path status error { code message path } }
    }
    ... on RequestError { code message path }
  }
}
"""
"""A batch of a load."""

_SHOWN = """
fragment Token on ApiToken {
  id
  name
  issuer
  subject
  roles
  namespaces
  createdAt
  expiresAt
  revokedAt
}
"""
_ERROR = "... on RequestError { code message path }"

CREATE_TOKEN = f"""
mutation PedigreeTokenCreate($input: CreateTokenInput!) {{
  createToken(input: $input) {{ __typename ... on CreateTokenResult {{ secret token {{ ...Token }} }} {_ERROR} }}
}}
{_SHOWN}"""

REVOKE_TOKEN = f"""
mutation PedigreeTokenRevoke($input: RevokeTokenInput!) {{
  revokeToken(input: $input) {{ __typename ... on RevokeTokenResult {{ token {{ ...Token }} }} {_ERROR} }}
}}
{_SHOWN}"""

TOKENS = f"""
query PedigreeTokenList($dead: Boolean!, $mine: Boolean!, $first: Int, $after: String) {{
  tokens(dead: $dead, mine: $mine, first: $first, after: $after) {{
    edges {{ node {{ ...Token }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
{_SHOWN}"""

GRANTED = """
query PedigreeGranted($actor: ActorKey!) {
  roleGrants(actor: $actor, first: 1) { edges { node { roles namespaces } } }
}
"""

SET_ROLE = f"""
mutation PedigreeGrant($input: SetRoleInput!) {{
  setRole(input: $input) {{ __typename ... on SetRoleResult {{ changed }} {_ERROR} }}
}}
"""

ME = "query PedigreeMe { viewer { issuer subject roles namespaces token { name expiresAt } } }"
"""Who a command is to the Pedigree that it asks."""

OWN = {
    "load": REGISTER,
    "impact": IMPACT,
    "lineage": LINEAGE,
    "path": PATH,
    "token create": CREATE_TOKEN,
    "token create --grant (what is held)": GRANTED,
    "token create --grant": SET_ROLE,
    "token list": TOKENS,
    "token revoke": REVOKE_TOKEN,
    "doctor": ME,
    **FILE_DOCUMENTS,
    **RETENTION_DOCUMENTS,
}
"""All of them, by the commands that send them."""
