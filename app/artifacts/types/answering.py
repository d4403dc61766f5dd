"""How the fields of this room ask its service, and which of its errors they tell as results."""

from typing import Any

from strawberry import Info

from app.artifacts.announcing import UploadRefused
from app.artifacts.failures import BadFile, BadManifest, UploadIncomplete, UploadMismatch
from app.artifacts.service import Artifacts
from app.registry.verifying import Contradicted

REFUSALS = (UploadRefused, BadManifest, UploadIncomplete, UploadMismatch, BadFile, Contradicted)
"""What is wrong with a request, and so is told as its result; all else is an error of the answer."""


def artifacts(info: Info[Any, Any]) -> Artifacts:
    """The service of the request."""
    return info.context.services.artifacts
