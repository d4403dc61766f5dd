"""The documents that are measured."""

HEADLINE = """
query Headline($of: [NodeRef!]!) {
  impact(of: $of, first: 25) {
    edges {
      hops
      node {
        version
        stage
        model { namespace name owner }
        deployments(live: true, first: 5) { edges { node { startedAt endpoint { environment name } } } }
      }
      witness {
        from { ...Name }
        to { ...Name }
        relationship { type source method confidence }
      }
    }
    pageInfo { hasNextPage endCursor }
    completeness { truncatedBy hiddenCount }
  }
}
fragment Name on Node {
  __typename
  id
  ... on DatasetVersion { name version }
  ... on Run { runId }
  ... on ModelVersion { name version }
}
"""
"""The headline question as a portal asks it: one statement."""

COMPLETE = HEADLINE.replace("truncatedBy hiddenCount", "complete truncatedBy hiddenCount unknownAncestry")
"""The same as an investigator asks it: what cannot be ruled out costs a statement of its own."""

NAMES = """
query Names($of: [NodeRef!]!, $after: String) {
  impact(of: $of, first: 100, after: $after) {
    edges { node { version model { name } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
"""Which versions: the answer of a peer that knows neither hops nor witnesses."""

LIST = """
query List {
  modelVersions(first: 100) { edges { node { namespace name version stage registeredAt } } }
}
"""
"""A hundred rows of five fields."""

NESTED = """
query Nested {
  models(first: 25) {
    edges {
      node {
        name
        versions(first: 5) {
          edges { node { version stage trainingData(first: 3) { edges { node { name version digest } } } } }
        }
      }
    }
  }
}
"""
"""Lists in three levels."""

REACH = """
query Reach($start: [NodeRef!]!) {
  lineage(start: $start, direction: DOWNSTREAM) { nodes { hops node { id } } completeness { truncatedBy } }
}
"""

IMPACT = """
query Impact($of: [NodeRef!]!) {
  impact(of: $of, stages: [], first: 100) { totalCount edges { hops node { version } } completeness { truncatedBy } }
}
"""

WITNESSES = """
query Witnesses($of: [NodeRef!]!) {
  impact(of: $of, stages: [], first: 25) {
    edges { hops node { version } witness { from { id } to { id } relationship { type } } }
  }
}
"""
