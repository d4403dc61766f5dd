"""Every label, one declaration each."""

from graph_schema.declare import JSON_LENGTH, KEY_LENGTH, SOUGHT_LENGTH, Implied, Kind, Nested, Node, Property

STAGES = ("DEVELOPMENT", "STAGING", "SHADOW", "CANARY", "PRODUCTION", "RETIRED", "ARCHIVED")
"""The stages of a version, in the order of its life (governance)."""

METHODS = ("VERIFIED", "CLAIMED", "INFERRED")
"""How a fact came to be held: the service checked it, a client said it, a rule concluded it."""


ARTIFACT_STATES = ("STORED", "MISSING", "DAMAGED", "UNREADABLE", "REMOVED")
"""What the service found when it last read the bytes of an artifact; or that it removed them itself."""

PLAN_STATES = ("PLANNING", "PLANNED", "APPROVED", "APPLYING", "APPLIED", "EXPIRED")
"""Where a retention plan stands."""

FILE_KINDS = ("WEIGHTS", "CONFIGURATION", "TOKENIZER", "SIGNATURE", "ENVIRONMENT", "OTHER")
"""What a file of a version is for."""


def _key(
    name: str, description: str, kind: Kind = Kind.TEXT, *, stored: str = "", choices: tuple[str, ...] = ()
) -> Property:
    return Property(
        name,
        kind,
        description,
        required=True,
        fixed=True,
        max_length=KEY_LENGTH,
        stored=stored,
        choices=choices,
        searchable=kind is Kind.TEXT,
    )


def _text(name: str, description: str, *, searchable: bool = False, choices: tuple[str, ...] = ()) -> Property:
    return Property(name, Kind.TEXT, description, searchable=searchable, choices=choices)


def _person(name: str, description: str) -> Property:
    return Property(name, Kind.TEXT, description, searchable=True, personal=True)


def _sought(name: str, description: str, *, searchable: bool = False) -> Property:
    return Property(name, Kind.TEXT, description, max_length=SOUGHT_LENGTH, searchable=searchable, sought=True)


def _time(name: str, description: str) -> Property:
    return Property(name, Kind.TIME, description)


def _count(name: str, description: str) -> Property:
    return Property(name, Kind.INTEGER, description, minimum=0)


def _json(name: str, description: str) -> Property:
    return Property(name, Kind.JSON, description, max_length=JSON_LENGTH)


PROVENANCE = (
    Property("source", Kind.TEXT, "The system that said so.", max_length=KEY_LENGTH),
    Property("assertedBy", Kind.TEXT, "The uid of the actor who sent it.", personal=True),
    Property("method", Kind.TEXT, "VERIFIED, CLAIMED or INFERRED.", choices=METHODS),
    Property("confidence", Kind.FLOAT, "How sure its source is, a ratio from 0 to 1.", minimum=0, maximum=1),
    Property("evidence", Kind.DIGEST, "The sha256 of a stored document that shows it."),
    Property("recordedAt", Kind.TIME, "When it was recorded here."),
    Property("retractedAt", Kind.TIME, "When it was retracted; null while it holds."),
    Property("retractedBy", Kind.TEXT, "The uid of the actor who retracted it.", personal=True),
)
"""On every node and every relationship: who said it, how, how surely, and when."""

BOOKKEEPING = (
    Property("uid", Kind.TEXT, "The digest over label and natural key; unique."),
    Property("scopes", Kind.TEXTS, "The scopes in which its source says it."),
    Property("loads", Kind.TEXTS, "The tokens of the loads under way that named it."),
    Property("lock", Kind.TEXT, "Written before anything is compared, so that two writers wait for each other."),
)
"""On every node and every relationship, for the service itself."""

NODE_BOOKKEEPING = (
    Property("undescribed", Kind.BOOLEAN, "Whether it is only named by relationships, and nobody has described it."),
    Property(
        "statements", Kind.INTEGER, "How many sources' words are kept as Statements; 0: the node is its only word."
    ),
    Property("since", Kind.JSON, "Since when its source says each property, where that is not `recordedAt`."),
    Property("sortKey", Kind.TEXT, "Its natural order as one text."),
    Property("searchText", Kind.TEXT, "What free-text search looks into, without case and accents."),
)
"""On every node that clients describe, for the service itself."""

NAMESPACES = Property(
    "namespaces",
    Kind.TEXTS,
    "The namespaces of the registrations that named it; an actor's also those where it acted. They decide who sees it.",
)
"""On every node whose natural key has no namespace."""

DATASET = Node(
    "Dataset",
    "A body of data under one name, whatever its versions; named as OpenLineage names datasets.",
    key=(
        _key("namespace", "Where the name is known: a store, a catalogue, a team."),
        _key("name", "Its name in the namespace."),
    ),
    properties=(
        _text("description", "What it holds, for people.", searchable=True),
        _sought("owner", "Who answers for it.", searchable=True),
        _text("classification", "How sensitive it is, in the owner's words."),
        Property("containsPersonalData", Kind.BOOLEAN, "Whether it holds data about identifiable people."),
    ),
    input_name="dataset",
    ref_name="dataset",
    sort=("namespace", "name"),
)

DATASET_VERSION = Node(
    "DatasetVersion",
    "One state of a dataset: what a run read or wrote.",
    key=(
        _key("namespace", "The dataset's namespace."),
        _key("name", "The dataset's name."),
        _key("version", "The version as its system gives it, else its digest, else `@unversioned`."),
    ),
    properties=(
        Property(
            "digest", Kind.TEXT, "The digest of its content, as its source computed it.", fixed=True, searchable=True
        ),
        _text("digestAlgorithm", "How the digest was computed (sha256, md5, ...)."),
        _text("uri", "Where it is kept.", searchable=True),
        Property("addresses", Kind.TEXTS, "Every address at which it was seen.", searchable=True),
        _text("description", "What is particular to this version.", searchable=True),
        _count("rows", "How many rows it has."),
        _count("bytes", "How many bytes it has."),
        _json("schema", "Its columns and their types, as its source describes them."),
        _time("createdAt", "When it was made."),
    ),
    input_name="datasetVersion",
    ref_name="datasetVersion",
    begins="createdAt",
    implied=(Implied("VERSION_OF", "Dataset", ("namespace", "name")),),
    sort=("namespace", "name", "version"),
)

CODE_COMMIT = Node(
    "CodeCommit",
    "A commit of a code repository.",
    key=(
        _key("repository", "The repository's address, normalised: https://host/path."),
        _key("sha", "The commit's hash."),
    ),
    properties=(
        _text("branch", "The branch it was taken from.", searchable=True),
        _text("message", "The commit message.", searchable=True),
        _person("author", "Who wrote it, as the repository says."),
        _time("committedAt", "When it was committed."),
        Property("dirty", Kind.BOOLEAN, "Whether the work tree had changes that the commit does not hold."),
    ),
    input_name="commit",
    ref_name="commit",
    begins="committedAt",
    sort=("repository", "sha"),
)

RUN = Node(
    "Run",
    "One execution: a training, a preparation of data, an evaluation job.",
    key=(
        _key("source", "The system that ran it.", stored="runSource"),
        _key("runId", "Its id in that system."),
    ),
    properties=(
        _text("experiment", "The experiment or job that it belongs to.", searchable=True),
        _text("name", "Its name, for people.", searchable=True),
        _text("status", "Its state in the words of its system."),
        _time("startedAt", "When it started."),
        _time("endedAt", "When it ended."),
        _json("parameters", "Its parameters, by name."),
        _json("metrics", "Its last metrics, by name."),
        Property("containerImageDigest", Kind.DIGEST, "The digest of the container image that it ran in."),
        _person("user", "Who started it, as its system says."),
    ),
    input_name="run",
    ref_name="run",
    begins="startedAt",
    ends="endedAt",
    sort=("runSource", "runId"),
)

MODEL = Node(
    "Model",
    "A model under one name, whatever its versions.",
    key=(_key("namespace", "Where the name is known."), _key("name", "Its name in the namespace.")),
    properties=(
        _text("description", "What it is, for people.", searchable=True),
        _sought("owner", "Who answers for it.", searchable=True),
        _text("purpose", "What it decides or predicts.", searchable=True),
        _text("intendedUse", "The use that it is meant for.", searchable=True),
        _text("restrictions", "The uses that it must not be put to.", searchable=True),
        Property("riskTier", Kind.INTEGER, "The tier of its risk; 1 is the highest.", minimum=1, maximum=9),
        _text("materiality", "How much depends on it, in the owner's words."),
        _text("regulatedAs", "The category under which it is regulated."),
        _text("businessUnit", "The part of the business that uses it.", searchable=True),
    ),
    input_name="model",
    ref_name="model",
    sort=("namespace", "name"),
)

MODEL_VERSION = Node(
    "ModelVersion",
    "One version of a model: the thing that is approved, deployed and serves.",
    key=(
        _key("namespace", "The model's namespace."),
        _key("name", "The model's name."),
        _key("version", "The version, as its system gives it."),
    ),
    properties=(
        Property(
            "claimedStage", Kind.TEXT, "The stage that a source claims; the later claim of two counts.", choices=STAGES
        ),
        _time("claimedStageSince", "Since when the source claims that stage; when recorded, if it does not say."),
        Property(
            "manifestDigest",
            Kind.DIGEST,
            "The digest over the version's files and their paths.",
            fixed=True,
            sought=True,
        ),
        _text("description", "What is particular to this version.", searchable=True),
        _sought("framework", "What it was made with."),
        _sought("format", "The format of its files."),
        _text("uri", "Where its files are kept, as its source says.", searchable=True),
        _json("signature", "Its inputs and outputs, as its source describes them."),
        _json("parameters", "Its parameters, by name."),
        _json("metrics", "Its metrics, by name."),
        _time("validatedUntil", "Until when its validation holds."),
        _time("registeredAt", "When it was registered in its system."),
        Property("filesRemovedAt", Kind.TIME, "When a retention policy took its files away.", checked=True),
        Property("filesRemovedUnder", Kind.TEXT, "The name of that policy.", checked=True),
        Property("filesPurgeAt", Kind.TIME, "When their bytes go; until then the files can be restored.", checked=True),
        Property(
            "filesPurgedAt", Kind.TIME, "When their bytes went, as far as no other version has them.", checked=True
        ),
        Property("bytesFreed", Kind.INTEGER, "How many bytes the store was freed of then.", minimum=0, checked=True),
        Property(
            "filesTieredAt", Kind.TIME, "When a retention policy had its files moved to the colder store.", checked=True
        ),
        Property("filesTieredUnder", Kind.TEXT, "The name of that policy.", checked=True),
    ),
    input_name="modelVersion",
    ref_name="modelVersion",
    begins="registeredAt",
    implied=(Implied("VERSION_OF", "Model", ("namespace", "name")),),
    sort=("namespace", "name", "version"),
)

STAGE = Property(
    "stage",
    Kind.TEXT,
    "The stage that counts: the latest claim that has begun, else DEVELOPMENT.",
    choices=STAGES,
)
"""On every model version, derived from the claims when they are written, and again when their times come."""

STAGES_CLAIMED = (
    Property("stageTimes", Kind.TIMES, "When it changed its stage by what is claimed, in order; before, DEVELOPMENT."),
    Property("stages", Kind.TEXTS, "The stage that it was in from each of these times on."),
    _time("stageDue", "The first of these times that had not come when the stage was last derived."),
    Property(
        "claims", Kind.JSON, "By source, what it claims of stages over time: since when, the stage or null, when said."
    ),
)
"""On a model version of which a stage was ever claimed, derived from the claims when they are written."""

HELD = Property("holds", Kind.TEXTS, "The references of the legal holds on it.")
"""On a model or a version that a legal hold is on."""

ARTIFACT = Node(
    "Artifact",
    "Bytes, named by their digest.",
    key=(_key("digest", "The sha256 of the bytes.", Kind.DIGEST),),
    properties=(
        _count("bytes", "How many there are."),
        _text("mediaType", "Their media type."),
        _text("uri", "Where they are kept, as their source says.", searchable=True),
        Property("verifiedAt", Kind.TIME, "When the service itself read and hashed them.", checked=True),
        Property(
            "state",
            Kind.TEXT,
            "What the service found when it last read them; null: it never had them.",
            choices=ARTIFACT_STATES,
            checked=True,
        ),
        Property(
            "coldSince", Kind.TIME, "Since when they lie in the colder store; null: in the usual one.", checked=True
        ),
        Property("format", Kind.TEXT, "Their format, as their header tells it.", checked=True),
        Property("unsafe", Kind.BOOLEAN, "Whether loading them may execute code that they hold.", checked=True),
        Property(
            "flaw",
            Kind.TEXT,
            "What is wrong with them as a file of their format, as seen when they were handed over; null: nothing was "
            "seen, or nobody looked.",
            checked=True,
        ),
    ),
    input_name="artifact",
    ref_name="artifact",
    sort=("digest",),
)

CHECKED_AT = Property("checkedAt", Kind.TIME, "When the service last read them, or looked for them in vain.")
"""On every artifact whose bytes the service has had; that it looked again is no news about them."""

HELD_IN = Property(
    "heldIn",
    Kind.TEXTS,
    "The namespaces of the versions for which the service read them: who sees one of these is shown what it found.",
)
"""On every artifact whose bytes the service has had."""

AS_CLAIMED = {
    "bytes": _count("claimedBytes", "How many bytes others than the service say that there are."),
    "source": Property("claimedSource", Kind.TEXT, "Which other source described it, or named it first."),
    "assertedBy": Property("claimedBy", Kind.TEXT, "The uid of the actor who did.", personal=True),
    "method": Property("claimedMethod", Kind.TEXT, "How it is held by that.", choices=METHODS),
    "evidence": Property("claimedEvidence", Kind.DIGEST, "The sha256 of a stored document that shows it."),
    "recordedAt": _time("claimedAt", "When that was recorded here."),
    "undescribed": Property("unclaimed", Kind.BOOLEAN, "Whether nobody but the service describes it."),
}
"""On every artifact, by property: how it is shown to who may not know that the service has had the bytes."""

MOVING = _time(
    "filesMoving", "Since when its files are to be moved to the colder store; null once they were, as far as may be."
)
"""On a version whose files a policy moves."""

PURGING = _time("purging", "Since when the service is removing the bytes from the store; null while it is not.")
"""On an artifact whose bytes go."""

RELEASING = _time(
    "releasing", "Since when the service is removing what was moved from the usual store; null while it is not."
)
"""On an artifact whose bytes lie in the colder store."""

EVALUATION = Node(
    "Evaluation",
    "One examination of a model version, with its result.",
    key=(
        Nested(
            "modelVersion", "ModelVersion", ("modelNamespace", "modelName", "modelVersion"), "The version examined."
        ),
        _key("name", "The name of the examination."),
        _key("evaluatedAt", "When it was made.", Kind.TIME),
    ),
    properties=(
        _text("kind", "What was examined.", choices=("QUALITY", "BENCHMARK", "BIAS", "ROBUSTNESS", "SAFETY")),
        _json("metrics", "The results, by name."),
        Property("passed", Kind.BOOLEAN, "Whether the thresholds were met."),
        _json("thresholds", "The thresholds, by metric."),
    ),
    input_name="evaluation",
    begins="evaluatedAt",
    implied=(
        Implied("EVALUATES", "ModelVersion", ("modelNamespace", "modelName", "modelVersion")),
        Implied("EVALUATED_ON", "DatasetVersion", field="data", single=True),
    ),
    sort=("modelNamespace", "modelName", "modelVersion", "name", "evaluatedAt"),
)

DOCUMENT = Node(
    "Document",
    "A document about something in the inventory, named by the digest of its bytes.",
    key=(
        _key("digest", "The sha256 of its bytes.", Kind.DIGEST),
        _key(
            "kind",
            "What it is.",
            choices=("MODEL_CARD", "VALIDATION_REPORT", "RISK_ASSESSMENT", "IMPACT_ASSESSMENT"),
        ),
    ),
    properties=(
        _text("title", "Its title.", searchable=True),
        _time("validUntil", "Until when it holds."),
    ),
    input_name="document",
    implied=(Implied("DESCRIBES", "", field="about"),),
    sort=("digest", "kind"),
)

ENDPOINT = Node(
    "Endpoint",
    "A place where models answer.",
    key=(_key("environment", "The environment that it is in."), _key("name", "Its name there.")),
    properties=(
        _text("url", "Its address.", searchable=True),
        _text("runtime", "What serves there."),
        _text("region", "Where it runs."),
        _sought("owner", "Who answers for it.", searchable=True),
        _text("purpose", "What it is used for.", searchable=True),
    ),
    input_name="endpoint",
    ref_name="endpoint",
    sort=("environment", "name"),
)

DEPLOYMENT = Node(
    "Deployment",
    "A model version on an endpoint, from a time on.",
    key=(
        Nested("endpoint", "Endpoint", ("endpointEnvironment", "endpointName"), "The endpoint that hosts it."),
        Nested(
            "modelVersion", "ModelVersion", ("modelNamespace", "modelName", "modelVersion"), "The version that serves."
        ),
        _key("startedAt", "When it started.", Kind.TIME),
    ),
    properties=(
        _time("endedAt", "When it ended; null while it serves."),
        Property(
            "trafficWeight", Kind.FLOAT, "Its share of the endpoint's traffic, from 0 to 1.", minimum=0, maximum=1
        ),
        _text("mode", "How it serves.", choices=("LIVE", "CANARY", "SHADOW")),
        Property("imageDigest", Kind.DIGEST, "The digest of the image that serves."),
        _person("deployedBy", "Who deployed it, as its source says."),
    ),
    input_name="deployment",
    begins="startedAt",
    ends="endedAt",
    implied=(
        Implied("SERVES", "ModelVersion", ("modelNamespace", "modelName", "modelVersion")),
        Implied("HOSTS", "Endpoint", ("endpointEnvironment", "endpointName"), outgoing=False),
    ),
    sort=("endpointEnvironment", "endpointName", "modelNamespace", "modelName", "modelVersion", "startedAt"),
)

ACTOR = Node(
    "Actor",
    "A person or a service that acts.",
    key=(_key("issuer", "Who vouches for the identity."), _key("subject", "The identity there.")),
    properties=(
        _text("kind", "A person or a service.", choices=("PERSON", "SERVICE")),
        _text("displayName", "Its name, for people.", searchable=True),
        Property("active", Kind.BOOLEAN, "Whether it may still act."),
    ),
    input_name="actor",
    sort=("issuer", "subject"),
)

SOURCE = Node(
    "Source",
    "A system that facts come from, and which store of it.",
    key=(_key("name", "The name under which it speaks."),),
    properties=(
        _text("store", "Which store of the system this is; another one under the same name is refused."),
        _count("expectedEvery", "Seconds after which it is stale without a complete load."),
        _time("firstLoadAt", "When it first spoke."),
        _time("lastCompleteLoadAt", "When a complete load of it last ended."),
        Property("namespaces", Kind.TEXTS, "The namespaces of which it speaks; who sees one of them sees it."),
    ),
    sort=("name",),
)

STATEMENT = Node(
    "Statement",
    "What one source said about a node: kept once a second source speaks or a value changes.",
    key=(
        _key("about", "The uid of the node."),
        _key("source", "The source that said it."),
        _key("recordedAt", "When it was recorded.", Kind.TIME),
    ),
    properties=(
        _text("aboutLabel", "The label of the node."),
        _json("word", "What the source says, property by property."),
        _json("since", "Since when it says each property, where that is not `recordedAt`."),
        _time("supersededAt", "When the same source said something else; null for its current word."),
    ),
)

SNAPSHOT = Node(
    "Snapshot",
    "A node as it was recorded until it changed: it holds all properties that the node had, but its own `uid`.",
    key=(
        _key("about", "The uid of the node."),
        _key("recordedAt", "Since when the node was recorded so.", Kind.TIME),
    ),
    properties=(_time("recordedUntil", "When it changed, or was retracted; it is not recorded so any more then."),),
)

LOAD = Node(
    "Load",
    "A load that is under way or has ended; forgotten 30 days after its last batch, one that was run dry after a day.",
    key=(
        _key("source", "The source that it loads from."),
        _key("scope", "The scope that it speaks of."),
        _key("name", "Its name."),
        _key("dryRun", "`dry` where it changes nothing, `real` otherwise."),
    ),
    properties=(
        _text("token", "What marks the facts that it named; another one each time the name is used anew."),
        _time("startedAt", "When its first batch came."),
        _time("endedAt", "When it was completed."),
        _text("lastBatch", "The digest of the batch that completed it: the same again does not begin a new load."),
        _time("expiresAt", "When it is forgotten."),
    ),
)

MENTION = Node(
    "Mention",
    "A fact that a load named while it was run dry; kept until the load ends or a day passes.",
    key=(_key("load", "The load's token."), _key("fact", "The uid of the fact.")),
    properties=(
        Property("fresh", Kind.BOOLEAN, "Whether the load would create the fact."),
        _time("expiresAt", "When it is forgotten."),
    ),
)

IDEMPOTENCY_KEY = Node(
    "IdempotencyKey",
    "A request that was carried out, with its result, so that sending it again changes nothing; kept for 7 days.",
    key=(_key("caller", "The uid of the actor."), _key("key", "The key that the caller chose, or the service.")),
    properties=(
        _text("bodyDigest", "The sha256 of the canonical body (RFC 8785)."),
        _text("result", "The result, as JSON."),
        _time("expiresAt", "When it is forgotten."),
    ),
)

_CHANGE = _count("change", "Which change of `AccessState` made it what it is: by it services learn what is new.")

PERSISTED_DOCUMENT = Node(
    "PersistedDocument",
    "A GraphQL document that was registered, to be asked for by its identifier.",
    key=(_key("documentId", "`sha256:` and the hex sha256 of its text, or an identifier of the client's own."),),
    properties=(
        _text("text", "The document."),
        Property("operations", Kind.TEXTS, "The names of its operations, in its order."),
        _time("registeredAt", "When it was registered."),
    ),
)

ROLE_GRANT = Node(
    "RoleGrant",
    "What an actor may do, and in which namespaces: what an admin granted it.",
    key=(_key("issuer", "Who vouches for the actor's identity."), _key("subject", "The identity there.")),
    properties=(
        Property("roles", Kind.TEXTS, "The roles that it holds; none after all were taken away."),
        Property("namespaces", Kind.TEXTS, "The namespaces that it may see and register in; absent: all there are."),
        _time("grantedAt", "When this was granted."),
        _text("grantedBy", "The uid of the actor who granted it."),
        _CHANGE,
    ),
)

API_TOKEN = Node(
    "ApiToken",
    "An API token: whom it acts as, and within which bounds. Of the token itself only the digest is kept.",
    key=(_key("digest", "The sha256 of the token.", Kind.DIGEST),),
    properties=(
        _text("name", "What it is for."),
        _text("issuer", "Who vouches for the identity of the actor that it acts as."),
        _text("subject", "The identity there."),
        Property("roles", Kind.TEXTS, "The roles that it is limited to; those of them count that its actor holds."),
        Property("namespaces", Kind.TEXTS, "The namespaces that it is limited to; absent: all that its actor sees."),
        _time("createdAt", "When it was made."),
        _text("createdBy", "The uid of the actor who made it."),
        _time("expiresAt", "When it ends; it is told of after that, too."),
        _time("revokedAt", "When it was revoked; null while it was not."),
        _text("revokedBy", "The uid of the actor who revoked it."),
        _CHANGE,
    ),
)

ACCESS_STATE = Node(
    "AccessState",
    "How often anything about who may come in was changed; there is one, and each change takes its lock.",
    key=(_key("name", "Always `pedigree`."),),
    properties=(_count("changes", "How many changes there were."),),
)

UPLOAD = Node(
    "Upload",
    "The files of a version on their way in, as one actor announced them; forgotten 7 days after it last did.",
    key=(
        _key("actor", "The uid of the actor."),
        _key("version", "The uid of the version."),
        _key("manifestDigest", "The digest over the files and their paths.", Kind.DIGEST),
    ),
    properties=(
        _text("namespace", "The namespace of the version's model."),
        _text("model", "The name of its model."),
        _text("versionName", "The version, as its system gives it."),
        _text("place", "Where in the store its bytes arrive."),
        Property("complete", Kind.BOOLEAN, "Whether all of it has arrived, and was recorded."),
        _count("files", "How many files it has."),
        _count("bytes", "How many bytes they have together."),
        _count("verifiedBytes", "How many of these have arrived and were hashed, or need not come."),
        _time("beganAt", "When it was announced, for the last time."),
        _time("expiresAt", "When what arrived of it may be removed."),
        _text("verifier", "Which service is hashing what arrived; null while none is."),
        _time("verifierUntil", "Until when the others wait for it."),
    ),
)

UPLOAD_FILE = Node(
    "UploadFile",
    "One file of an upload; forgotten when all have arrived.",
    key=(_key("upload", "The uid of the upload."), _count("number", "Which of its files, from 0.")),
    properties=(
        _text("path", "Where in the version's folder."),
        Property("digest", Kind.DIGEST, "The sha256 of its bytes, as it was announced."),
        _count("bytes", "How many there are, as it was announced."),
        _text("kind", "What it is for.", choices=FILE_KINDS),
        _text("token", "The store's own name for what arrives; null until its first address was given."),
        Property("done", Kind.BOOLEAN, "Whether nothing of it need come any more."),
        _time("doneAt", "When it was last seen that it need not: what was removed from the store after that must."),
        _text("format", "Its format, as its header tells it."),
        Property("unsafe", Kind.BOOLEAN, "Whether loading it may execute code that it holds."),
        _text("flaw", "What is wrong with it as a file of its format."),
    ),
)

STRAY = Node(
    "Stray",
    "Bytes that the store held and nobody had recorded: being removed from it, or removed.",
    key=(_key("digest", "The sha256 of the bytes.", Kind.DIGEST),),
    properties=(
        _time("removingSince", "Since when somebody is removing them; null when that is done."),
        _text("remover", "Who is; null while nobody is."),
        _time("removedAt", "When they were removed: an upload that saw them before that must bring them again."),
        _time("expiresAt", "When this may be forgotten, unless an upload still names them."),
    ),
)

LEGAL_HOLD = Node(
    "LegalHold",
    "A hold on a model or a version: no policy takes its files away while it lasts.",
    key=(_key("about", "The uid of the node."), _key("reference", "What the hold is known by: a case, a request.")),
    properties=(
        _text("aboutLabel", "The label of the node."),
        _text("namespace", "The namespace of the node."),
        _text("reason", "Why it is held."),
        _time("placedAt", "When it was placed."),
        _text("placedBy", "The uid of the actor who placed it."),
        _time("liftedAt", "When it was lifted; null while it lasts."),
        _text("liftedBy", "The uid of the actor who lifted it."),
    ),
)

RETENTION_PLAN = Node(
    "RetentionPlan",
    "Which versions lose their files under a policy: planned, approved, carried out; kept for ever.",
    key=(_key("token", "A random name."),),
    properties=(
        _text("policyName", "The name of the policy."),
        _json("policy", "The policy."),
        _text("policyDigest", "The sha256 of its canonical form (RFC 8785)."),
        Property("namespaces", Kind.TEXTS, "The namespaces that whoever planned sees; absent: all there are."),
        Property("state", Kind.TEXT, "Where it stands.", choices=PLAN_STATES),
        _time("plannedAt", "The time of which it is, which ages count to."),
        _text("plannedBy", "The uid of the actor who had it planned."),
        Property("digest", Kind.DIGEST, "The digest over the policy, the time and all items."),
        _count("versions", "How many versions it names."),
        _count("bytes", "How many bytes their files have, each version by itself."),
        _count("freedBytes", "How many bytes the store would be freed of."),
        _count("tierVersions", "How many of the versions have their files moved to the colder store instead."),
        _count("tierBytes", "How many bytes these have, each version by itself."),
        _json("kept", "Why the other versions with files keep them: by reason, how many."),
        _time("approvedAt", "When it was approved."),
        _text("approvedBy", "The uid of the actor who approved it."),
        _time("appliedAt", "When it was carried out to its end."),
        _text("appliedBy", "The uid of the actor who had it carried out."),
        _count("removed", "Of how many versions the files were taken away."),
        _count("tiered", "Of how many the files were given to the colder store."),
        _count("spared", "How many were kept after all: something has come to protect them since."),
        _count("next", "The first item that is still to be carried out; of an expired plan: to be deleted, or null."),
        _text("worker", "Which service is at it; null while none is."),
        _time("workerUntil", "Until when the others wait for it."),
    ),
)

RETENTION_ITEM = Node(
    "RetentionItem",
    "One version in a retention plan; it goes where nobody approves the plan in 90 days.",
    key=(_key("plan", "The token of the plan."), _count("number", "Which of its items, from 0.")),
    properties=(
        _text("namespace", "The namespace of the version's model."),
        _text("model", "The name of its model."),
        _text("versionName", "The version, as its system gives it."),
        _count("rule", "Which rule of the policy it falls under, from 0."),
        _count("files", "How many files it has."),
        _count("bytes", "How many bytes they have."),
        _text("outcome", "REMOVED, TIERED, or why its files were kept after all; null until it is carried out."),
    ),
)

SCHEMA_VERSION = Node(
    "SchemaVersion",
    "The version of the declaration that this graph was migrated to; there is one.",
    key=(_key("name", "Always `pedigree`."),),
    properties=(
        Property("version", Kind.INTEGER, "The version."),
        _time("migratedAt", "When it was reached."),
        _text("claimedBy", "The service that is migrating; null while none is."),
        _time("claimedUntil", "Until when the others wait for it."),
    ),
)

DESCRIBED = (
    DATASET,
    DATASET_VERSION,
    CODE_COMMIT,
    RUN,
    MODEL,
    MODEL_VERSION,
    ARTIFACT,
    EVALUATION,
    DOCUMENT,
    ENDPOINT,
    DEPLOYMENT,
    ACTOR,
)
"""What clients describe, in the order in which a write takes their locks."""

RECORDS = (
    SOURCE,
    STATEMENT,
    SNAPSHOT,
    LOAD,
    MENTION,
    IDEMPOTENCY_KEY,
    PERSISTED_DOCUMENT,
    ROLE_GRANT,
    API_TOKEN,
    ACCESS_STATE,
    UPLOAD,
    UPLOAD_FILE,
    STRAY,
    LEGAL_HOLD,
    RETENTION_PLAN,
    RETENTION_ITEM,
    SCHEMA_VERSION,
)
"""What the service itself records."""
