"""The roles that a caller may have."""

from enum import StrEnum, unique


@unique
class Role(StrEnum):
    """What a caller is there to do; several may be held at once."""

    VIEWER = "VIEWER"
    """Asks about the inventory and its lineage."""

    SCANNER = "SCANNER"
    """Reports what it found running, and nothing else."""

    ENGINEER = "ENGINEER"
    """Registers, and asks for promotions."""

    RISK_APPROVER = "RISK_APPROVER"
    """Decides for those who answer for risk."""

    SECURITY_APPROVER = "SECURITY_APPROVER"
    """Decides for those who answer for security."""

    DEPLOYER = "DEPLOYER"
    """Deploys what may be deployed, and ends deployments."""

    INCIDENT = "INCIDENT"
    """Rolls back where production is in danger."""

    AUDITOR = "AUDITOR"
    """Reads everything, with its proofs, and has stored files read again."""

    ADMIN = "ADMIN"
    """Looks after people, tokens and policies; cannot approve."""
