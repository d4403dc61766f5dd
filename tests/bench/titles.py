"""What is measured, by the names that `--only` takes, in the order of the page."""

TITLES = {
    "driver": "Against the raw driver",
    "strawberry": "Against plain Strawberry with DataLoaders",
    "login": "With a token, against without login",
    "statements": "Statements",
    "diamonds": "Diamonds",
    "growth": "Growth",
    "hubs": "Hubs",
    "mlflow": "Against MLflow: the headline question",
    "tags": "Against MLflow: versions by tags",
    "ml-metadata": "Against ML Metadata: the headline question",
    "bulk": "Registering in bulk, against raw statements",
    "registering": "Registering, against MLflow",
    "ml-metadata-registering": "Registering, against ML Metadata",
    "artifacts": "Files, against the minio client",
    "memory": "Memory",
}
"""What each measure is called on the page."""
