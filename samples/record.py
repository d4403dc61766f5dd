"""Makes samples/inventory/mlflow.jsonl anew: trains in MLflow's own environment, reads the store, writes its rows.

    python -m samples.record

The environment is the one that the tests use. What the rows say of the folder in which the store was made is replaced,
so that the file is about the models and not about a machine. What stands in serving.jsonl was written by hand.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from app.loading.loader import LoadOptions
from app.loading.sending import write_lines
from loaders.mlflow import LOADER
from tests.servers import mlflow

HERE = Path(__file__).parent
INVENTORY = HERE / "inventory"
STAGES = {"champion": "PRODUCTION", "challenger": "STAGING"}

AUTHOR = {
    "GIT_AUTHOR_NAME": "Model training",
    "GIT_AUTHOR_EMAIL": "model-training@example.com",
    "GIT_AUTHOR_DATE": "2026-11-02T09:00:00Z",
    "GIT_COMMITTER_NAME": "Model training",
    "GIT_COMMITTER_EMAIL": "model-training@example.com",
    "GIT_COMMITTER_DATE": "2026-11-02T09:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
"""Who commits, and when: the commit of the same script is the same commit."""


def make_repository(folder: Path) -> None:
    """A git repository in that folder that holds the training script."""
    folder.mkdir()
    shutil.copy(HERE / "train.py", folder)
    for words in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "--quiet", "-m", "Train"]):
        command = ["git", "-C", str(folder), *words]
        subprocess.run(command, env=os.environ | AUTHOR, check=True)


def main() -> int:
    """Train, read and write. 0 when all of it was read."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_repository(folder / "repository")
        location = f"sqlite:///{folder / 'mlflow.db'}"
        mlflow.run_script(HERE / "train.py", location, str(folder / "repository"), folder=folder)
        reading = LOADER.open(location, LoadOptions("mlflow", stages=STAGES), folder / "reading")
        text = StringIO()
        report = write_lines(reading, "mlflow", text)
        reading.close()
        written = text.getvalue().replace(f"{folder}/mlruns", "mlflow-artifacts:")
    for reason, count in report.skipped.items():
        print(f"{count} × {reason} ({', '.join(report.examples[reason])})")
    if report.failure or str(folder) in written:
        print(report.failure or "The rows still name the folder in which they were made.", file=sys.stderr)
        return 1
    (INVENTORY / "mlflow.jsonl").write_text(written, encoding="utf-8")
    print(f"{written.count(chr(10)) - 1} rows in {INVENTORY / 'mlflow.jsonl'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
