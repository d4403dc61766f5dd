"""What a deployment decides: one frozen object, read once at the start and passed in."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app import addresses
from app.addresses import is_loopback
from app.artifact_settings import ArtifactSettings
from app.errors import ErrorCode, PedigreeError

PREFIX = "PEDIGREE_"
MIB = 1024 * 1024

_GRAPH_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_SERVER_SCHEMES = ("http", "https")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What OIDC tokens may be signed with: never what one key both makes and verifies, which such a service would hold."""

_Positive = Annotated[int, Field(ge=1)]


class SettingsRefused(PedigreeError):
    """Some settings have values that they cannot have; the message names each, and the remedy."""

    standard_code = ErrorCode.SETTINGS_REFUSED


class Settings(ArtifactSettings):
    """Everything that a deployment decides; each setting is the environment variable `PEDIGREE_` and its name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Annotated[
        Path,
        Field(description="The folder of the embedded graph, of artifacts, and of what unfinished loads remember."),
    ] = Path(platformdirs.user_data_dir("pedigree", appauthor=False))
    graph_url: Annotated[
        str | None,
        Field(description="The Neo4j to use, as bolt://host:7687 or neo4j+s://host. Without it: the embedded graph."),
    ] = None
    graph_user: Annotated[str, Field(description="Who logs in to that Neo4j.", min_length=1)] = "neo4j"
    graph_password: Annotated[SecretStr, Field(description="The password of that user.")] = SecretStr("")
    graph_database: Annotated[str, Field(description="The database of that Neo4j.", min_length=1)] = "neo4j"

    host: Annotated[str, Field(description="The address that `pedigree serve` listens on.", min_length=1)] = "127.0.0.1"
    port: Annotated[
        int, Field(description="The port that `pedigree serve` listens on; 0 takes a free one.", ge=0, le=65_535)
    ] = 8000
    auth: Annotated[
        Literal["none", "tokens", "oidc"],
        Field(
            description="How callers prove who they are. `none`: not at all, on a loopback address only; `tokens`: by "
            "API tokens; `oidc`: by tokens of an issuer, or by API tokens."
        ),
    ] = "none"
    token_days: Annotated[int, Field(description="The longest life of an API token, in days.", ge=1, le=3_660)] = 90
    oidc_issuer: Annotated[
        str | None, Field(description="The issuer of OIDC tokens, to the letter as they name it: https://…")
    ] = None
    oidc_audience: Annotated[str | None, Field(description="For whom such a token must be: this service.")] = None
    oidc_algorithms: Annotated[
        str, Field(description="What they may be signed with, apart by commas; asymmetric algorithms only.")
    ] = "RS256"
    oidc_skew_seconds: Annotated[
        float, Field(description="By how much the issuer's clock may differ from this machine's.", ge=0, le=600)
    ] = 60.0
    oidc_subject_claim: Annotated[
        str, Field(description="The claim that tells one caller from another, and never changes.", min_length=1)
    ] = "sub"
    oidc_rules: Annotated[
        str, Field(description="Which claims give which roles and namespaces: JSON, or the path of a file with it.")
    ] = ""
    oidc_keys_url: Annotated[
        str | None, Field(description="Where the issuer's keys are, if not at its own address.")
    ] = None
    server: Annotated[
        str | None,
        Field(description="The running Pedigree that commands speak to. Without it they open the graph themselves."),
    ] = None
    token: Annotated[
        SecretStr, Field(description="The API token that commands send to that server; it is never shown.")
    ] = SecretStr("")

    cors_origins: Annotated[
        str, Field(description="The origins whose pages browsers let ask, apart by commas: https://portal.example.org.")
    ] = ""
    documents: Annotated[
        Literal["any", "registered"],
        Field(description="Which documents are answered over HTTP: any, or only those that were registered."),
    ] = "any"
    batching: Annotated[
        bool, Field(description="Whether a body may hold a list of requests, each answered as if it had come alone.")
    ] = False

    limit_batch: Annotated[_Positive, Field(description="The most requests in such a list.")] = 10
    limit_body_bytes: Annotated[_Positive, Field(description="The most bytes in the body of a request.")] = MIB
    limit_bulk_body_bytes: Annotated[
        _Positive,
        Field(description="The same where a bulk field (registerLineage, retract, beginUpload) is asked for."),
    ] = 8 * MIB
    limit_head_bytes: Annotated[
        int, Field(description="The most bytes in the head of a request: address and headers.", ge=4_096)
    ] = 32_768
    limit_request_seconds: Annotated[
        float, Field(description="How long a client may take to send a request; its head in 10.", gt=0, le=3_600)
    ] = 60.0
    limit_tokens: Annotated[_Positive, Field(description="The most tokens in a document, variables apart.")] = 2_000
    limit_depth: Annotated[_Positive, Field(description="How deep fields may nest; introspection is not counted.")] = 12
    limit_aliases: Annotated[_Positive, Field(description="The most aliases, each as often as it is used.")] = 30
    limit_cost: Annotated[
        _Positive, Field(description="The most that an operation may cost, counted before it runs.")
    ] = 100_000
    limit_cost_per_minute: Annotated[
        int,
        Field(
            description="The cost that each caller who has logged in may spend in a minute, on each instance; 0: any.",
            ge=0,
        ),
    ] = 1_000_000
    limit_cost_burst: Annotated[
        int,
        Field(
            description="The most that such a caller may spend at once; 0: what comes in a minute, and at least what "
            "one operation may cost.",
            ge=0,
        ),
    ] = 0
    limit_hops: Annotated[int, Field(description="How far a traversal may walk.", ge=1, le=1_000)] = 100
    limit_nodes: Annotated[_Positive, Field(description="The most distinct answers of a traversal.")] = 10_000
    limit_seconds: Annotated[float, Field(description="How long a query may take.", gt=0, le=3_600)] = 5.0
    log_format: Annotated[
        Literal["auto", "text", "json"],
        Field(description="How log lines look: for people, as JSON, or by whether standard error is a terminal."),
    ] = "auto"

    bulk_fields: ClassVar[frozenset[str]] = frozenset({"registerLineage", "retract", "beginUpload"})
    """The fields that take many items, and so a larger body."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The command line outranks `.env`, which outranks the environment."""
        del settings_cls, file_secret_settings
        return init_settings, dotenv_settings, env_settings

    @field_validator("home")
    @classmethod
    def _home(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("graph_url")
    @classmethod
    def _graph_url(cls, value: str | None) -> str | None:
        example = "write it as bolt://127.0.0.1:7687 or neo4j+s://graph.example.org"
        if value is not None:
            parts = addresses.address(value, _GRAPH_SCHEMES, example)
            addresses.refuse_login(parts, "PEDIGREE_GRAPH_USER and PEDIGREE_GRAPH_PASSWORD")
        return value

    @field_validator("oidc_issuer", "oidc_keys_url")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        return None if value is None else addresses.issuer(value)

    @field_validator("oidc_algorithms")
    @classmethod
    def _algorithms(cls, value: str) -> str:
        names = [name.strip() for name in value.split(",")]
        wrong = [name for name in names if name not in ALGORITHMS]
        if wrong:
            raise ValueError(f"names {', '.join(wrong) or 'nothing'}: choose from {', '.join(ALGORITHMS)}")
        return ",".join(names)

    @field_validator("oidc_rules")
    @classmethod
    def _rules(cls, value: str) -> str:
        """The rules themselves, where a file holds them."""
        if not value or value.lstrip().startswith("["):
            return value
        try:
            return Path(value).expanduser().read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            raise ValueError(f"is neither a JSON list nor a file that can be read: {reason}") from error

    @field_validator("cors_origins")
    @classmethod
    def _cors_origins(cls, value: str) -> str:
        return ",".join(addresses.origins(value))

    @field_validator("server")
    @classmethod
    def _server(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = addresses.address(value, _SERVER_SCHEMES, "write it as http://127.0.0.1:8000")
        addresses.refuse_login(parts, "PEDIGREE_TOKEN")
        return value.rstrip("/").removesuffix("/graphql")

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may ask."""
        return tuple(self.cors_origins.split(",")) if self.cors_origins else ()

    @model_validator(mode="after")
    def _loopback(self) -> Self:
        if self.auth == "none" and not is_loopback(self.host):
            message = (
                f"PEDIGREE_HOST is {self.host}, but PEDIGREE_AUTH is none: whoever reaches that address could read and "
                "write everything. Listen on 127.0.0.1, or set PEDIGREE_AUTH=tokens"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _oidc(self) -> Self:
        if self.auth == "oidc" and not (self.oidc_issuer and self.oidc_audience):
            raise ValueError("PEDIGREE_AUTH is oidc, and PEDIGREE_OIDC_ISSUER or PEDIGREE_OIDC_AUDIENCE is not set")
        return self

    @model_validator(mode="after")
    def _bulk(self) -> Self:
        if self.limit_bulk_body_bytes < self.limit_body_bytes:
            raise ValueError(
                "PEDIGREE_LIMIT_BULK_BODY_BYTES is less than PEDIGREE_LIMIT_BODY_BYTES. Raise it, or lower that"
            )
        return self

    @model_validator(mode="after")
    def _burst(self) -> Self:
        if self.limit_cost_per_minute and 0 < self.limit_cost_burst < self.limit_cost:
            raise ValueError(
                "PEDIGREE_LIMIT_COST_BURST is less than PEDIGREE_LIMIT_COST: an operation that is allowed could never "
                "be paid. Raise it, or lower that"
            )
        return self


def read_settings(**command_line: Any) -> Settings:
    """The settings from the environment, `.env` in the working folder, and the command line, in rising order.

    Args:
        command_line: settings by their names; None where the command line does not give one.

    Raises:
        SettingsRefused: a value cannot be; all such are named, and no value is shown that may be a secret.
    """
    given = {name: value for name, value in command_line.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsRefused("\n".join(_complaint(dict(each)) for each in error.errors())) from None
    except UnicodeDecodeError as error:
        raise SettingsRefused(".env in the working folder is not UTF-8 text. Save it as such, or remove it.") from error


def _complaint(error: dict[str, Any]) -> str:
    said = str(error["msg"])
    ours = said.removeprefix("Value error, ")
    if not error["loc"]:
        return f"{ours}."
    name = str(error["loc"][0]).lower()
    meaning = Settings.model_fields[name].description if name in Settings.model_fields else "No such setting."
    return f"{PREFIX}{name.upper()}{': ' if ours == said else ' '}{ours}. {meaning}"
