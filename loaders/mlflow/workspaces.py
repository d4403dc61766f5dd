"""The workspaces of an MLflow store: one store may hold several, in which the same names stand for other things.

A load reads one of them, so that nothing of another is taken for its own.
"""

import re
from collections.abc import Collection
from pathlib import Path

from app.loading.loader import SourceUnusable
from graph_schema.canonical import shown
from loaders.mlflow.read_only import ReadOnly

DEFAULT = "default"
"""The workspace that MLflow makes with a store; whoever names none means this one."""

HEADER = "X-MLFLOW-WORKSPACE"
"""Tells a tracking server which workspace is meant."""

NAMES = re.compile(r"[!-~]+")
"""What a name is made of: MLflow allows less, and a header takes no more."""

_WITH_THE_NAME = (
    "experiments",
    "registered_models",
    "registered_model_tags",
    "registered_model_aliases",
    "model_versions",
    "model_version_tags",
)
"""The tables of a database that say for each row in which workspace it is."""

_WITH_AN_EXPERIMENT = ("runs", "logged_models")
"""Those whose rows are in the workspace of their experiment; all others are asked by the ids that are in these."""

_SHOWN = 20
"""How many names a message lists."""

_CHOSEN = "CREATE TEMP TABLE chosen AS SELECT CAST(? AS TEXT) AS workspace"
# A temporary view goes before a table of its name, and is not in the file.
_NAMED = "CREATE TEMP VIEW {0} AS SELECT * FROM main.{0} WHERE workspace = (SELECT workspace FROM temp.chosen)"
_OF_EXPERIMENTS = (
    "CREATE TEMP VIEW {0} AS SELECT * FROM main.{0} WHERE experiment_id IN (SELECT experiment_id FROM temp.experiments)"
)


def is_elsewhere(workspace: str) -> bool:
    """Whether that is another workspace than the one that every store has."""
    return workspace not in {"", DEFAULT}


def refused_workspace(place: str, workspace: str) -> SourceUnusable:
    """The error where a workspace is asked for of what has none."""
    return SourceUnusable(
        f"{place} has no workspaces, so that there is none called {shown(workspace)}.", remedy="Leave out --workspace."
    )


def see_only(file: ReadOnly, path: Path, tables: Collection[str], workspace: str) -> str:
    """Lets every later statement see the rows of one workspace only.

    Args:
        file: the database.
        path: of it.
        tables: that it has.
        workspace: the one that the user chose; empty where none was chosen.

    Returns:
        What leaves of the table of experiments itself those of the default workspace.

    Raises:
        SourceUnusable: it has no such workspace, or others than the default one, and none was chosen.
    """
    if all(row[1] != "workspace" for row in file.rows("PRAGMA table_info(experiments)")):
        if is_elsewhere(workspace):
            raise refused_workspace(str(path), workspace)
        return ""
    _check(file, path, workspace)
    file.rows(_CHOSEN, (workspace or DEFAULT,))
    for view, names in ((_NAMED, _WITH_THE_NAME), (_OF_EXPERIMENTS, _WITH_AN_EXPERIMENT)):
        for name in names:
            if name in tables:
                file.rows(view.format(name))
    return f"WHERE workspace = '{DEFAULT}'"


def _check(file: ReadOnly, path: Path, workspace: str) -> None:
    found = file.rows("SELECT workspace FROM experiments UNION SELECT workspace FROM registered_models ORDER BY 1")
    there = [row[0] for row in found]
    names = ", ".join(map(shown, there[:_SHOWN])) + (f" and {len(there) - _SHOWN:,} more" * (len(there) > _SHOWN))
    if not workspace and any(map(is_elsewhere, there)):
        raise SourceUnusable(
            f"{path} is kept in workspaces ({names}), of which a load reads one.",
            remedy="Name it with --workspace, and load each under a --source of its own.",
        )
    if is_elsewhere(workspace) and workspace not in there:
        raise SourceUnusable(
            f"{path} holds nothing of a workspace called {shown(workspace)}: it has {names or 'none'}.",
            remedy="Name one of these with --workspace.",
        )
