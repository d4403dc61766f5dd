"""The documents that `pedigree push`, `pedigree pull` and `pedigree verify` send."""

_ERROR = "... on RequestError { code message path }"
_UPLOAD = """
fragment Going on Upload {
  id
  state
  manifestDigest
  verifiedBytes
}
"""

NAMED = """
query PedigreeNamed($id: ID!) {
  node(id: $id) {
    __typename
    ... on ModelVersion { namespace name version }
    ... on Model { namespace name }
    ... on Endpoint { environment name }
  }
}
"""
"""The key of what an id stands for."""

STAGED = """
query PedigreePullStaged($key: ModelKey!, $stage: Stage!, $first: Int!) {
  model(key: $key) {
    versions(where: { stage: { eq: $stage } }, first: $first) {
      totalCount
      edges { node { namespace name version } }
    }
  }
}
"""
"""The versions of a model in a stage."""

SERVED = """
query PedigreePullServed($endpoint: NodeRef!, $at: DateTime!, $first: Int!) {
  servedAt(endpoint: $endpoint, at: $at, first: $first) {
    totalCount
    edges { node { modelVersion { namespace name version } } }
  }
}
"""
"""What an endpoint serves."""

FILES = """
query PedigreePullFiles($key: ModelVersionKey!, $after: String, $verified: Boolean) {
  modelVersion(key: $key) {
    manifestDigest
    filesRemovedAt
    filesRemovedUnder
    filesPurgedAt
    files(first: 100, after: $after, verified: $verified) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { node { path kind artifact { digest bytes } } }
    }
  }
}
"""
"""A page of a version's files."""

DOWNLOADS = f"""
mutation PedigreePullAddresses($input: DownloadUrlInput!) {{
  downloadUrl(input: $input) {{
    __typename
    ... on DownloadUrlResult {{ downloads {{ digest url error {{ code message path }} }} }}
    {_ERROR}
  }}
}}
"""
"""Addresses that give artifacts."""

BEGIN_UPLOAD = f"""
mutation PedigreePushBegin($input: BeginUploadInput!) {{
  beginUpload(input: $input) {{ __typename ...Going {_ERROR} }}
}}
{_UPLOAD}"""
"""An upload of the files of a version, or the one that is under way."""

MISSING = """
query PedigreePushMissing($id: ID!, $after: Int) {
  upload(id: $id) {
    missing(after: $after) { number path partBytes parts { number bytes url } }
  }
}
"""
"""What of it has not arrived, with addresses that take it."""

COMPLETE_UPLOAD = f"""
mutation PedigreePushComplete($input: CompleteUploadInput!) {{
  completeUpload(input: $input) {{ __typename ...Going {_ERROR} }}
}}
{_UPLOAD}"""
"""The end of it."""

VERIFY = f"""
mutation PedigreeVerify($input: VerifyArtifactsInput!) {{
  verifyArtifacts(input: $input) {{
    __typename
    ... on VerifyArtifactsResult {{ checked {{ digest bytes state message }} next }}
    {_ERROR}
  }}
}}
"""
"""Artifacts, read again, and where to go on."""

STORE_DIFFERENCES = """
query PedigreeDifferences($after: Digest) {
  storeDifferences(after: $after) {
    differences { digest kind storedBytes storedAt recordedBytes }
    compared
    next
  }
}
"""
"""How the store and the record differ, and where to go on."""

REMOVE_UNRECORDED = f"""
mutation PedigreeRemoveUnrecorded($input: RemoveUnrecordedInput!) {{
  removeUnrecorded(input: $input) {{
    __typename
    ... on RemoveUnrecordedResult {{ artifacts {{ digest bytes kept }} }}
    {_ERROR}
  }}
}}
"""
"""Bytes that nobody recorded, removed or kept."""

RECORD_DIFFERENCES = f"""
mutation PedigreeRecordDifferences($input: RecordDifferencesInput!) {{
  recordDifferences(input: $input) {{
    __typename
    ... on VerifyArtifactsResult {{ checked {{ digest bytes state message }} next }}
    {_ERROR}
  }}
}}
"""
"""Artifacts that differ, read again."""

FILE_DOCUMENTS = {
    "push, pull or verify, by an id": NAMED,
    "push": BEGIN_UPLOAD,
    "push (what is missing)": MISSING,
    "push (the end)": COMPLETE_UPLOAD,
    "pull or verify": FILES,
    "pull (addresses)": DOWNLOADS,
    "pull or verify model:…": STAGED,
    "pull or verify endpoint:…": SERVED,
    "verify (what is read)": VERIFY,
    "reconcile (what differs)": STORE_DIFFERENCES,
    "reconcile (what is removed)": REMOVE_UNRECORDED,
    "reconcile (what is recorded)": RECORD_DIFFERENCES,
}
"""All of them, by the commands that send them."""
