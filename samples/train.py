"""Trains the models of the sample inventory under MLflow, on data sets that scikit-learn ships.

    python train.py TRACKING_URI REPOSITORY

Run by the Python of an environment with the whole MLflow (see record.py), in an empty folder. REPOSITORY is a folder
with the git repository that the runs are said to be built from.

What it makes: biopsies, cleaned and split by runs; a screening model in three versions, the best of a sweep in
production; a triage model fine-tuned from it; a screening model that is only validated on the biopsies; a reader of
digits that has nothing to do with them; a vendor's model of which nobody knows what it was trained on.
"""

# MLflow's environment is another one than that in which types are checked.
# pyright: reportMissingImports=false, reportPrivateImportUsage=false, reportAttributeAccessIssue=false
# pyright: reportPossiblyUnboundVariable=false

import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.data.pandas_dataset import PandasDataset
from mlflow.entities import LoggedModelInput
from mlflow.tracking import MlflowClient
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.preprocessing import StandardScaler

REMOTE = "https://git.example.com/clinical-models/training.git"
BIOPSIES = "https://data.example.com/oncology/biopsies.csv"
REFERRALS = "https://data.example.com/oncology/referrals.csv"
DIGITS = "https://data.example.com/forms/digits.csv"


@dataclass(frozen=True)
class Data:
    """A data set, and how MLflow knows it."""

    frame: pd.DataFrame
    logged: PandasDataset


def data(frame: pd.DataFrame, name: str, source: str) -> Data:
    """A data set under that name and address."""
    return Data(frame, mlflow.data.from_pandas(frame, source=source, name=name, targets="target"))


def written(frame: pd.DataFrame, name: str) -> Data:
    """A data set that the active run makes: an artifact of it, and said to be its output."""
    file = Path(f"{name}.csv")
    frame.to_csv(file, index=False)
    mlflow.log_artifact(str(file))
    made = data(frame, name, mlflow.get_artifact_uri(file.name).removeprefix("file://"))
    mlflow.log_input(made.logged, context="output")
    return made


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that a model sees."""
    return frame.drop(columns="target")


class Trainer:
    """Trains and records, as one team from one repository does.

    Args:
        repository: the folder of the git repository.
    """

    def __init__(self, repository: str) -> None:
        self._client = MlflowClient()
        self._tags = {
            "mlflow.user": "model-training",
            "mlflow.source.name": "train.py",
            "mlflow.source.git.commit": self._git(repository, "rev-parse", "HEAD"),
            "mlflow.source.git.branch": self._git(repository, "branch", "--show-current"),
            "mlflow.source.git.repoURL": REMOTE,
        }

    @staticmethod
    def _git(repository: str, *words: str) -> str:
        command = ["git", "-C", repository, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def run(self, name: str, *, nested: bool = False) -> Any:
        """A run of that name, with the commit that it was built from."""
        return mlflow.start_run(run_name=name, nested=nested, tags=self._tags)

    def fit(self, train: Data, alpha: float, start: SGDClassifier | None = None) -> SGDClassifier:
        """A classifier fitted to the data, from scratch or going on from another one."""
        model = start or SGDClassifier(loss="log_loss", alpha=alpha, random_state=0)
        mlflow.log_params({"alpha": alpha, "epochs": 5})
        mlflow.log_input(train.logged, context="training")
        classes = sorted(train.frame["target"].unique())
        for _ in range(5):
            model.partial_fit(features(train.frame), train.frame["target"], classes=classes)
        return model

    def keep(self, model: SGDClassifier, name: str, checked_on: Data, context: str = "validation") -> str:
        """The id of the model as the active run logs it, with its accuracy on other data."""
        mlflow.log_input(checked_on.logged, context=context)
        logged = mlflow.sklearn.log_model(model, name=name, pip_requirements=["scikit-learn"])
        accuracy = model.score(features(checked_on.frame), checked_on.frame["target"])
        mlflow.log_metric("accuracy", round(accuracy, 4), model_id=logged.model_id, dataset=checked_on.logged)
        return logged.model_id

    def register(self, name: str, model_id: str, description: str, alias: str = "") -> None:
        """A further version of a registered model."""
        if not self._client.search_registered_models(f"name = '{name}'"):
            self._client.create_registered_model(name)
        source = f"models:/{model_id}"
        version = self._client.create_model_version(name, source, description=description).version
        if alias:
            self._client.set_registered_model_alias(name, alias, version)

    def prepare_biopsies(self) -> tuple[Data, Data, Data]:
        """The raw biopsies, and what is made of them: a part to train on and a part to hold out."""
        mlflow.set_experiment("data-preparation")
        frame = load_breast_cancer(as_frame=True).frame.iloc[:400]
        raw = data(frame, "biopsies", BIOPSIES)
        with self.run("clean biopsies"):
            mlflow.log_input(raw.logged, context="input")
            scaled = pd.DataFrame(StandardScaler().fit_transform(features(frame)), columns=features(frame).columns)
            clean = written(scaled.assign(target=frame["target"].to_numpy()), "biopsies-clean")
        with self.run("split biopsies"):
            mlflow.log_input(clean.logged, context="input")
            train = written(clean.frame.iloc[:300], "biopsies-train")
            holdout = written(clean.frame.iloc[300:], "biopsies-holdout")
        return raw, train, holdout

    def screening(self, train: Data, holdout: Data) -> tuple[str, SGDClassifier]:
        """Three versions of the screening model; the best of a sweep is in production. Returns that one."""
        mlflow.set_experiment("tumour-screening")
        with self.run("baseline"):
            baseline = self.keep(self.fit(train, 1.0), "classifier", holdout)
        self.register("tumour-screening", baseline, "The first one, kept for comparison.")
        tried: dict[float, tuple[str, SGDClassifier]] = {}
        with self.run("sweep"):
            for alpha in (0.1, 0.01, 0.001):
                with self.run(f"alpha {alpha}", nested=True):
                    model = self.fit(train, alpha)
                    tried[alpha] = (self.keep(model, "classifier", holdout), model)
        self.register("tumour-screening", tried[0.01][0], "The best of the sweep.", "champion")
        self.register("tumour-screening", tried[0.001][0], "Waits for its validation.", "challenger")
        return tried[0.01]

    def triage(self, base: tuple[str, SGDClassifier], referrals: Data, holdout: Data) -> None:
        """A model that goes on from the screening model, on other data."""
        mlflow.set_experiment("tumour-triage")
        with self.run("fine-tune on referrals") as run:
            self._client.log_inputs(run.info.run_id, models=[LoggedModelInput(base[0])])
            tuned = self.keep(self.fit(referrals, 0.01, base[1]), "classifier", holdout, "test")
        self.register("tumour-triage", tuned, "Fine-tuned from tumour-screening.", "champion")

    def partner(self, referrals: Data, biopsies: Data) -> None:
        """A model that was never trained on the biopsies, only validated on them."""
        mlflow.set_experiment("referral-screening")
        with self.run("train on referrals"):
            model = self.keep(self.fit(referrals, 0.01), "classifier", biopsies)
        self.register("referral-screening", model, "Validated on our biopsies, not trained on them.", "champion")

    def digits(self) -> None:
        """Another branch of the inventory: the reader of handwritten forms."""
        mlflow.set_experiment("form-reading")
        frame = load_digits(as_frame=True).frame
        raw = data(frame, "digits", DIGITS)
        with self.run("scale digits"):
            mlflow.log_input(raw.logged, context="input")
            scaled = written((features(frame) / 16).assign(target=frame["target"]).iloc[:900], "digits-scaled")
        test = data((features(frame) / 16).assign(target=frame["target"]).iloc[900:], "digits-test", DIGITS)
        with self.run("read digits"):
            model = self.keep(self.fit(scaled, 0.001), "classifier", test, "test")
        self.register("form-reader", model, "Reads the digits of paper forms.", "champion")

    def vendor(self) -> None:
        """A model that was bought: a version without a run, so that its ancestry is unknown."""
        name = "readmission-risk"
        self._client.create_registered_model(name)
        place = "https://models.example.com/vendor/readmission-risk/4"
        self._client.create_model_version(name, place, description="Bought; the vendor does not say what it learned.")
        self._client.set_registered_model_alias(name, "champion", "1")


def main() -> None:
    """Make the store."""
    warnings.simplefilter("ignore")
    mlflow.set_tracking_uri(sys.argv[1])
    trainer = Trainer(sys.argv[2])
    raw, train, holdout = trainer.prepare_biopsies()
    frame = load_breast_cancer(as_frame=True).frame.iloc[400:]
    scaled = pd.DataFrame(StandardScaler().fit_transform(features(frame)), columns=features(frame).columns)
    referrals = data(scaled.assign(target=frame["target"].to_numpy()), "referrals", REFERRALS)
    best = trainer.screening(train, holdout)
    trainer.partner(referrals, raw)
    trainer.triage(best, referrals, holdout)
    trainer.digits()
    trainer.vendor()


if __name__ == "__main__":
    main()
