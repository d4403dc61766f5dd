"""The enums of the API. Their values are the texts that the graph stores."""

from enum import Enum

import strawberry

from app.compiler.facets import FacetEnum


@strawberry.enum(description="A stage in the life of a model version.")
class Stage(Enum):
    """A stage in the life of a model version; the order is that of its life."""

    DEVELOPMENT = strawberry.enum_value(
        "DEVELOPMENT", description="It is being made; so is what nobody has claimed a stage for."
    )
    STAGING = strawberry.enum_value("STAGING", description="It is being tried before production.")
    SHADOW = strawberry.enum_value(
        "SHADOW", description="It answers beside production, and nobody acts on its answers."
    )
    CANARY = strawberry.enum_value("CANARY", description="It answers a small share of production.")
    PRODUCTION = strawberry.enum_value("PRODUCTION", description="It is relied on.")
    RETIRED = strawberry.enum_value("RETIRED", description="It is no longer relied on, and can be taken up again.")
    ARCHIVED = strawberry.enum_value("ARCHIVED", description="It is kept for the record only.")


@strawberry.enum(description="The role in which a run used data.")
class DataRole(Enum):
    """The role in which a run used data; each is a relationship type of its own."""

    TRAINING = strawberry.enum_value("TRAINING", description="It was trained on the data.")
    VALIDATION = strawberry.enum_value("VALIDATION", description="It was validated on the data.")
    TEST = strawberry.enum_value("TEST", description="It was tested on the data.")
    REFERENCE = strawberry.enum_value("REFERENCE", description="It referred to the data.")
    INPUT = strawberry.enum_value(
        "INPUT", description="It turned the data into other data. A model that a run used is always an input."
    )


@strawberry.enum(description="Which way a walk goes.")
class Direction(Enum):
    """Which way a walk goes."""

    UPSTREAM = strawberry.enum_value("UPSTREAM", description="To where things come from.")
    DOWNSTREAM = strawberry.enum_value("DOWNSTREAM", description="To what things flow into.")


@strawberry.enum(description="How a fact came to be held.")
class Method(Enum):
    """How a fact came to be held."""

    VERIFIED = strawberry.enum_value("VERIFIED", description="The service checked it.")
    CLAIMED = strawberry.enum_value("CLAIMED", description="A client said it.")
    INFERRED = strawberry.enum_value("INFERRED", description="A rule concluded it.")


@strawberry.enum(description="What the service found when it last read the bytes of an artifact.")
class ArtifactState(Enum):
    """What the service found when it last read the bytes of an artifact."""

    STORED = strawberry.enum_value("STORED", description="They are there, and are those of the digest.")
    MISSING = strawberry.enum_value("MISSING", description="The store has nothing under the digest.")
    DAMAGED = strawberry.enum_value(
        "DAMAGED", description="What the store has under the digest is something else: use none of it."
    )
    UNREADABLE = strawberry.enum_value("UNREADABLE", description="The store answers, but does not give them.")
    REMOVED = strawberry.enum_value("REMOVED", description="The service removed them, under a retention policy.")


@strawberry.enum(description="What a file of a version is for.")
class FileKind(Enum):
    """What a file of a version is for."""

    WEIGHTS = strawberry.enum_value("WEIGHTS", description="What was learnt.")
    CONFIGURATION = strawberry.enum_value("CONFIGURATION", description="How the model is built and run.")
    TOKENIZER = strawberry.enum_value("TOKENIZER", description="How text becomes tokens.")
    SIGNATURE = strawberry.enum_value("SIGNATURE", description="What goes into the model and what comes out.")
    ENVIRONMENT = strawberry.enum_value("ENVIRONMENT", description="What must be installed where it runs.")
    OTHER = strawberry.enum_value("OTHER", description="Anything else.")


@strawberry.enum(description="What an evaluation examined.")
class EvaluationKind(Enum):
    """What an evaluation examined."""

    QUALITY = strawberry.enum_value("QUALITY", description="How well it does what it is for.")
    BENCHMARK = strawberry.enum_value("BENCHMARK", description="How it compares with others on a common task.")
    BIAS = strawberry.enum_value("BIAS", description="Whether it treats groups of people alike.")
    ROBUSTNESS = strawberry.enum_value("ROBUSTNESS", description="How it takes unusual or hostile input.")
    SAFETY = strawberry.enum_value("SAFETY", description="Whether it can do harm.")


@strawberry.enum(description="What a document is.")
class DocumentKind(Enum):
    """What a document is."""

    MODEL_CARD = strawberry.enum_value("MODEL_CARD", description="What the model is, for whom, and its limits.")
    VALIDATION_REPORT = strawberry.enum_value("VALIDATION_REPORT", description="What an independent validation found.")
    RISK_ASSESSMENT = strawberry.enum_value("RISK_ASSESSMENT", description="What can go wrong, and how badly.")
    IMPACT_ASSESSMENT = strawberry.enum_value("IMPACT_ASSESSMENT", description="Whom it affects, and how.")


@strawberry.enum(description="How a deployment serves.")
class DeploymentMode(Enum):
    """How a deployment serves."""

    LIVE = strawberry.enum_value("LIVE", description="Its answers are used.")
    CANARY = strawberry.enum_value("CANARY", description="Its answers are used for a small share of the traffic.")
    SHADOW = strawberry.enum_value("SHADOW", description="Its answers are compared and not used.")


@strawberry.enum(description="What an actor is.")
class ActorKind(Enum):
    """What an actor is."""

    PERSON = strawberry.enum_value("PERSON", description="A person.")
    SERVICE = strawberry.enum_value("SERVICE", description="A program that acts on its own account.")


@strawberry.enum(description="A property by whose values the things of a list are counted, where they have it.")
class FacetBy(FacetEnum):
    """A property by whose values the things of a list are counted."""

    NAMESPACE = strawberry.enum_value(
        ("namespace", "namespaces"),
        description="The namespace; of what has none in its key, those of the registrations that named it.",
    )
    SOURCE = strawberry.enum_value(
        ("source",), description="The system whose word of it counts: of several the verified, then the newest."
    )
    UNDESCRIBED = strawberry.enum_value(("undescribed",), description="Whether nobody has described it yet.")
    STAGE = strawberry.enum_value(("stage",), description="The stage that counts.")
    OWNER = strawberry.enum_value(("owner",), description="Who answers for it.")
    FRAMEWORK = strawberry.enum_value(("framework",), description="What it was made with.")
    FORMAT = strawberry.enum_value(("format",), description="The format of its files.")
    RISK_TIER = strawberry.enum_value(("riskTier",), description="The tier of its risk.")
    MATERIALITY = strawberry.enum_value(("materiality",), description="How much depends on it.")
    REGULATED_AS = strawberry.enum_value(("regulatedAs",), description="The category under which it is regulated.")
    BUSINESS_UNIT = strawberry.enum_value(("businessUnit",), description="The part of the business that uses it.")
    CLASSIFICATION = strawberry.enum_value(("classification",), description="How sensitive it is.")
    CONTAINS_PERSONAL_DATA = strawberry.enum_value(
        ("containsPersonalData",), description="Whether it holds data about identifiable people."
    )
    EXPERIMENT = strawberry.enum_value(("experiment",), description="The experiment or job that it belongs to.")
    STATUS = strawberry.enum_value(("status",), description="Its state in the words of its system.")
    REPOSITORY = strawberry.enum_value(("repository",), description="The repository that it is in.")
    KIND = strawberry.enum_value(("kind",), description="What it is.")
    PASSED = strawberry.enum_value(("passed",), description="Whether the thresholds were met.")
    ENVIRONMENT = strawberry.enum_value(
        ("environment", "endpointEnvironment"), description="The environment that it is in."
    )
    RUNTIME = strawberry.enum_value(("runtime",), description="What serves there.")
    REGION = strawberry.enum_value(("region",), description="Where it runs.")
    MODE = strawberry.enum_value(("mode",), description="How it serves.")
    MEDIA_TYPE = strawberry.enum_value(("mediaType",), description="The media type.")
    ACTIVE = strawberry.enum_value(("active",), description="Whether it may still act.")
