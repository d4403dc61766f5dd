"""How the fields of this room ask its service, and say what it refuses."""

from typing import Any

from strawberry import Info

from app.artifacts.announcing import UploadRefused
from app.artifacts.failures import BadManifest, UploadIncomplete, UploadMismatch
from app.artifacts.service import Artifacts
from app.errors import PedigreeError
from app.registry.types.registering import RequestError, RequestErrorCode
from app.registry.verifying import Contradicted

REFUSALS = (UploadRefused, BadManifest, UploadIncomplete, UploadMismatch, Contradicted)
"""What is wrong with a request, and so is told as its result; all else is an error of the answer."""


def artifacts(info: Info[Any, Any]) -> Artifacts:
    """The service of the request."""
    return info.context.services.artifacts


def shown_error(refused: PedigreeError) -> RequestError:
    """A refusal, as a result shows it."""
    return RequestError(code=RequestErrorCode[refused.code.name], message=refused.message, path=refused.path)
