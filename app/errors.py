"""The one tree of errors: stable codes, and messages that name the place and the remedy."""

from enum import StrEnum, unique


@unique
class ErrorCode(StrEnum):
    """What went wrong, as clients may rely on it. A code is never renamed."""

    INTERNAL = "INTERNAL"
    """Nothing that the caller could foresee; the log holds it under the correlation id."""

    TIMEOUT = "TIMEOUT"
    """The answer took longer than it may. There is no half answer."""

    GRAPH_UNREACHABLE = "GRAPH_UNREACHABLE"
    """No graph answers at the address that the settings name."""

    GRAPH_LOGIN_REFUSED = "GRAPH_LOGIN_REFUSED"
    """The graph refuses the user or the password that the settings name."""

    GRAPH_DATABASE_UNKNOWN = "GRAPH_DATABASE_UNKNOWN"
    """The graph has no database of the name that the settings give."""

    GRAPH_UNSUPPORTED = "GRAPH_UNSUPPORTED"
    """What answers is not a graph that Pedigree can use, or a release too old for it."""

    GRAPH_FULL = "GRAPH_FULL"
    """The graph has no room to store more. What is stored can be read; nothing was lost."""

    GRAPH_BUSY = "GRAPH_BUSY"
    """Other writers held the same things for longer than a writer waits. Nothing was changed."""

    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    """The graph went away while it stored a change: it may or may not be there."""

    HOME_UNUSABLE = "HOME_UNUSABLE"
    """The folder of the embedded graph cannot be made, read or written."""

    ENGINE_FAILED = "ENGINE_FAILED"
    """The embedded graph engine does not start."""

    ARTIFACTS_UNREACHABLE = "ARTIFACTS_UNREACHABLE"
    """The store of artifacts does not answer, or stopped answering."""

    ARTIFACTS_LOGIN_REFUSED = "ARTIFACTS_LOGIN_REFUSED"
    """The store of artifacts refuses the access key, the secret key, or what they may do."""

    ARTIFACTS_PLACE_UNKNOWN = "ARTIFACTS_PLACE_UNKNOWN"
    """The bucket, or the folder, of the artifacts is not there."""

    ARTIFACTS_READ_ONLY = "ARTIFACTS_READ_ONLY"
    """The store of artifacts can be read, but takes nothing. Nothing was changed."""

    ARTIFACTS_FULL = "ARTIFACTS_FULL"
    """The store of artifacts has no room for more. What it holds can be read; nothing was lost."""

    MANIFEST_DIFFERS = "MANIFEST_DIFFERS"
    """A version has other files already: the message says what differs. The files of a version never change."""

    ARTIFACT_MISSING = "ARTIFACT_MISSING"
    """The store holds no bytes of that digest."""

    ARTIFACT_DAMAGED = "ARTIFACT_DAMAGED"
    """The bytes that the store holds under a digest are no longer those of the digest."""

    UPLOAD_INCOMPLETE = "UPLOAD_INCOMPLETE"
    """Parts of an upload have not arrived: the message says which. The others are kept."""

    UPLOAD_MISMATCH = "UPLOAD_MISMATCH"
    """What arrived has another size or digest than was announced. Nothing of it was kept."""

    BAD_FILE = "BAD_FILE"
    """A file is certainly broken, or made to do harm: the message says which, and why. Nothing of it was kept."""

    URL_EXPIRED = "URL_EXPIRED"
    """The time of a signed address is over."""

    URL_REFUSED = "URL_REFUSED"
    """A signed address that was changed, or is for another method."""

    BAD_MANIFEST = "BAD_MANIFEST"
    """The files of a version, or one of their paths, are not what they may be."""

    SOURCE_UNREACHABLE = "SOURCE_UNREACHABLE"
    """The system that is loaded from does not answer, or stopped answering."""

    SOURCE_UNUSABLE = "SOURCE_UNUSABLE"
    """What the location names is not a store that the loader can read."""

    LOAD_UNKNOWN = "LOAD_UNKNOWN"
    """There is no unfinished load to resume, or what was kept of it cannot be read."""

    LOAD_UNDER_WAY = "LOAD_UNDER_WAY"
    """Another process is at the load that a command would go on with."""

    SETTINGS_REFUSED = "SETTINGS_REFUSED"
    """A setting has a value that it cannot have."""

    ADDRESS_UNUSABLE = "ADDRESS_UNUSABLE"
    """The service cannot listen where the settings say."""

    SERVER_UNREACHABLE = "SERVER_UNREACHABLE"
    """No Pedigree answers at the address that a command was given."""

    BAD_USAGE = "BAD_USAGE"
    """A command's words make no sense."""

    BAD_REQUEST = "BAD_REQUEST"
    """A request is not what GraphQL over HTTP says it must be."""

    BAD_JSON = "BAD_JSON"
    """What was sent is not JSON in UTF-8, or holds text that is not Unicode."""

    BAD_METHOD = "BAD_METHOD"
    """A method that is not taken here, or a mutation by one that changes nothing. The header Allow names the others."""

    BAD_ACCEPT = "BAD_ACCEPT"
    """None of the forms that the header Accept names is one that answers have."""

    BAD_CONTENT_TYPE = "BAD_CONTENT_TYPE"
    """A body of another kind than JSON, or a compressed one."""

    BAD_HOST = "BAD_HOST"
    """Without login, a request that names another host than this machine."""

    FORBIDDEN = "FORBIDDEN"
    """The caller may not do that, or not in that namespace; the message names what is missing, and nothing was done."""

    RATE_LIMITED = "RATE_LIMITED"
    """The caller has spent what it may for now; the message and the header Retry-After say when to come back."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    """No token that lets anybody in came with the request."""

    ISSUER_UNREACHABLE = "ISSUER_UNREACHABLE"
    """The issuer of OIDC tokens does not answer, or what it answers holds no key that can be used."""

    SCOPE_TOO_WIDE = "SCOPE_TOO_WIDE"
    """A token that would let its holder do or see more than its actor may, or than the one who makes it."""

    TOO_MANY_TOKENS = "TOO_MANY_TOKENS"
    """As many live tokens act as the actor as may."""

    LAST_ADMIN = "LAST_ADMIN"
    """After this nobody could look after people and tokens any more. Nothing was changed."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    """A document is not GraphQL."""

    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    """A document does not fit the schema."""

    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    """The body of a request has more bytes than it may."""

    HEAD_TOO_LARGE = "HEAD_TOO_LARGE"
    """The head of a request has more bytes, or more headers, than it may."""

    TOO_SLOW = "TOO_SLOW"
    """A request did not come to its end in the time that it has for that."""

    BATCHING_OFF = "BATCHING_OFF"
    """A list of requests, where the service takes one at a time."""

    BATCH_TOO_LARGE = "BATCH_TOO_LARGE"
    """A list of more requests than one body may hold, or whose documents are together more than one may be."""

    BAD_ID = "BAD_ID"
    """An id that this service does not give out."""

    BAD_FACET = "BAD_FACET"
    """The things of a list cannot be counted by the property that a facet names."""

    BAD_PAGE = "BAD_PAGE"
    """A page that is too large, or asked for from both ends."""

    BAD_CURSOR = "BAD_CURSOR"
    """A cursor of another list, or one that was changed."""

    BAD_START = "BAD_START"
    """Nothing to start a walk from: no thing is named, too many are, or one that nothing flows from or to."""

    BAD_COMPARISON = "BAD_COMPARISON"
    """Nothing to compare: fewer than two versions are named, too many, one of them twice, or another kind of thing."""

    NOT_IN_ONE_STATEMENT = "NOT_IN_ONE_STATEMENT"
    """A field within another that this graph's engine cannot answer with it: the message names a root field."""

    COST_TOO_HIGH = "COST_TOO_HIGH"
    """The operation asks for more than one request may cost; nothing of it was run."""

    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    """A document is deeper, has more aliases or more tokens than it may."""

    DOCUMENT_UNKNOWN = "DOCUMENT_UNKNOWN"
    """No document is registered under the identifier."""

    DOCUMENT_NOT_REGISTERED = "DOCUMENT_NOT_REGISTERED"
    """The service answers registered documents only, and this is none of them."""

    SCHEMA_TOO_NEW = "SCHEMA_TOO_NEW"
    """A newer release of Pedigree has changed the graph since."""

    TOO_MANY_ITEMS = "TOO_MANY_ITEMS"
    """A batch has more items than one may have."""

    SOURCE_MISMATCH = "SOURCE_MISMATCH"
    """Another store already speaks under the name of the source."""

    RETRACTION_TOO_LARGE = "RETRACTION_TOO_LARGE"
    """A complete load would retract a larger share of what its source holds than it may. Nothing was changed."""

    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    """The idempotency key was used for another request."""

    BAD_KEY = "BAD_KEY"
    """A natural key has a part that is missing, too long, or of characters that cannot be stored."""

    BAD_VALUE = "BAD_VALUE"
    """A value is not what its field takes."""

    BAD_ENDS = "BAD_ENDS"
    """A relationship names another number of ends than it has, or an end of a kind that it does not join."""

    SELF_REFERENCE = "SELF_REFERENCE"
    """A thing is said to come from itself."""

    CONTRADICTION = "CONTRADICTION"
    """An item says something else than an earlier one of the same batch."""

    FIXED_VALUE = "FIXED_VALUE"
    """A value that stays for ever, a digest, was said differently before."""

    NOT_FOUND = "NOT_FOUND"
    """A thing that is named is not there."""

    OTHER_SOURCE = "OTHER_SOURCE"
    """What a source would take back, another source said."""

    BATCH_ABORTED = "BATCH_ABORTED"
    """Nothing is wrong with the item, but its batch is all or nothing, and another item was refused."""


class PedigreeError(Exception):
    """An error that tells its reader what to do.

    Args:
        message: What is wrong, and where, in a sentence or two.
        code: What clients and scripts decide by; the class's own unless another is given.
        path: The place in the input that offends, as `nodes[3].run.startedAt`; None where the input is not at fault.
        remedy: What to do about it, a sentence of its own; empty where the message says it.

    Attributes:
        what: The message without the remedy.
    """

    standard_code = ErrorCode.INTERNAL

    def __init__(
        self, message: str, *, code: ErrorCode | None = None, path: str | None = None, remedy: str = ""
    ) -> None:
        self.code = code or self.standard_code
        self.what = message
        self.message = f"{message} {remedy}" if remedy else message
        self.path = path
        super().__init__(self.message)


class GraphError(PedigreeError):
    """The graph did not do what was asked."""


class StatementFailed(GraphError):
    """The graph refused a statement: a fault in this program, not in what its caller sent."""


class TookTooLong(GraphError):
    """A statement was ended because its time was over."""

    standard_code = ErrorCode.TIMEOUT


class GraphUnreachable(GraphError):
    """Nothing answers where the graph should be."""

    standard_code = ErrorCode.GRAPH_UNREACHABLE


class LoginRefused(GraphError):
    """The graph refuses the user or the password."""

    standard_code = ErrorCode.GRAPH_LOGIN_REFUSED


class DatabaseUnknown(GraphError):
    """The graph has no such database."""

    standard_code = ErrorCode.GRAPH_DATABASE_UNKNOWN


class GraphUnsupported(GraphError):
    """What answers is no graph that can be used."""

    standard_code = ErrorCode.GRAPH_UNSUPPORTED


class GraphFull(GraphError):
    """There is no room to store more."""

    standard_code = ErrorCode.GRAPH_FULL


class GraphBusy(GraphError):
    """Conflicts with other writers did not end in time; nothing was changed."""

    standard_code = ErrorCode.GRAPH_BUSY


class OutcomeUnknown(GraphError):
    """The graph went away during a commit; only an idempotency key makes it safe to send the change again."""

    standard_code = ErrorCode.OUTCOME_UNKNOWN


class HomeUnusable(PedigreeError):
    """The folder of the embedded graph cannot be used."""

    standard_code = ErrorCode.HOME_UNUSABLE


class EngineFailed(PedigreeError):
    """The embedded graph engine does not start."""

    standard_code = ErrorCode.ENGINE_FAILED
