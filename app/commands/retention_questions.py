"""The documents that `pedigree retention`, `pedigree hold` and `pedigree storage` send."""

_ERROR = "... on RequestError { code message path }"
_PLAN = """
fragment Plan on RetentionPlan {
  id
  state
  policyName
  policyDigest
  digest
  plannedAt
  plannedBy
  versionCount
  bytes
  freedBytes
  tierVersionCount
  tierBytes
  kept { reason versions }
  approvedAt
  approvedBy
  appliedAt
  appliedBy
  removed
  tiered
  spared
}
"""
_HOLD = """
fragment Hold on LegalHold {
  id
  onId
  reference
  reason
  placedAt
  placedBy
  liftedAt
  liftedBy
}
"""

PLAN_RETENTION = f"""
mutation PedigreeRetentionPlan($input: PlanRetentionInput!) {{
  planRetention(input: $input) {{ __typename ...Plan {_ERROR} }}
}}
{_PLAN}"""
"""A plan by a policy."""

PLAN = f"""
query PedigreeRetentionPlanNow($id: ID!) {{
  retentionPlan(id: $id) {{ ...Plan }}
}}
{_PLAN}"""
"""A plan as it stands."""

PLANS = f"""
query PedigreeRetentionList($first: Int, $after: String) {{
  retentionPlans(first: $first, after: $after) {{
    pageInfo {{ hasNextPage endCursor }}
    edges {{ node {{ ...Plan }} }}
  }}
}}
{_PLAN}"""
"""A page of plans."""

ITEMS = """
query PedigreeRetentionItems($id: ID!, $first: Int, $after: String) {
  retentionPlan(id: $id) {
    items(first: $first, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { node { number modelVersionId namespace name version rule fileCount bytes outcome } }
    }
  }
}
"""
"""A page of a plan's items."""

APPROVE_RETENTION = f"""
mutation PedigreeRetentionApprove($input: ApproveRetentionInput!) {{
  approveRetention(input: $input) {{ __typename ...Plan {_ERROR} }}
}}
{_PLAN}"""
"""The word of the second person."""

APPLY_RETENTION = f"""
mutation PedigreeRetentionApply($input: ApplyRetentionInput!) {{
  applyRetention(input: $input) {{ __typename ...Plan {_ERROR} }}
}}
{_PLAN}"""
"""A plan, carried out, or how far it is."""

RESTORE_FILES = f"""
mutation PedigreeRetentionRestore($input: RestoreFilesInput!) {{
  restoreFiles(input: $input) {{
    __typename
    ... on RestoreFilesResult {{ modelVersionId }}
    {_ERROR}
  }}
}}
"""
"""Files that are given back."""

PLACE_HOLD = f"""
mutation PedigreeHoldPlace($input: PlaceHoldInput!) {{
  placeHold(input: $input) {{ __typename ...Hold {_ERROR} }}
}}
{_HOLD}"""
"""A hold, placed."""

LIFT_HOLD = f"""
mutation PedigreeHoldLift($input: LiftHoldInput!) {{
  liftHold(input: $input) {{ __typename ...Hold {_ERROR} }}
}}
{_HOLD}"""
"""A hold, lifted."""

HOLDS = f"""
query PedigreeHoldList($lifted: Boolean!, $first: Int, $after: String) {{
  legalHolds(lifted: $lifted, first: $first, after: $after) {{
    pageInfo {{ hasNextPage endCursor }}
    edges {{ node {{ ...Hold }} }}
  }}
}}
{_HOLD}"""
"""A page of holds."""

NAMES = """
query PedigreeNames($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    id
    ... on Actor { issuer subject }
    ... on Model { namespace name }
    ... on ModelVersion { namespace name version }
  }
}
"""
"""What people call actors, models and versions, by their ids."""

STORAGE = """
query PedigreeStorage($by: StorageGrouping!, $first: Int!, $price: Float, $coldPrice: Float, $overhead: Float!) {
  storageReport(pricePerGibMonth: $price, coldPricePerGibMonth: $coldPrice, overhead: $overhead) {
    at
    artifacts
    bytes
    coldBytes
    savedBytes
    monthlyGrowthBytes
    monthlyCost
    groups(by: $by, first: $first) { name artifacts bytes coldBytes ownBytes sharedBytes savedBytes monthlyCost }
    forecast { at bytes monthlyCost }
  }
}
"""
"""What is stored, and what it costs."""

RETENTION_DOCUMENTS = {
    "retention plan": PLAN_RETENTION,
    "retention plan, show (as it stands)": PLAN,
    "retention list": PLANS,
    "retention show (its items)": ITEMS,
    "retention approve": APPROVE_RETENTION,
    "retention apply": APPLY_RETENTION,
    "retention restore": RESTORE_FILES,
    "retention show or hold list (names)": NAMES,
    "hold place": PLACE_HOLD,
    "hold lift": LIFT_HOLD,
    "hold list": HOLDS,
    "storage": STORAGE,
}
"""All of them, by the commands that send them."""
