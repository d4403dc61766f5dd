"""By which relationships the fields of the API lead from thing to thing, as the design has it; its keys and lists."""

from collections.abc import Mapping

OUT, IN = True, False
WAYS: Mapping[tuple[str, str], tuple[tuple[bool, str, str], ...]] = {
    ("Dataset", "versions"): ((IN, "VERSION_OF", "DatasetVersion"),),
    ("DatasetVersion", "dataset"): ((OUT, "VERSION_OF", "Dataset"),),
    ("DatasetVersion", "derivedFrom"): ((OUT, "DERIVED_FROM", "DatasetVersion"),),
    ("DatasetVersion", "derived"): ((IN, "DERIVED_FROM", "DatasetVersion"),),
    ("DatasetVersion", "generatedBy"): ((OUT, "GENERATED_BY", "Run"),),
    ("DatasetVersion", "trainedRuns"): ((IN, "TRAINED_ON", "Run"),),
    ("DatasetVersion", "validatedRuns"): ((IN, "VALIDATED_ON", "Run"),),
    ("DatasetVersion", "testedRuns"): ((IN, "TESTED_ON", "Run"),),
    ("DatasetVersion", "referringRuns"): ((IN, "REFERRED_TO", "Run"),),
    ("DatasetVersion", "consumingRuns"): ((IN, "CONSUMED", "Run"),),
    ("DatasetVersion", "evaluations"): ((IN, "EVALUATED_ON", "Evaluation"),),
    ("CodeCommit", "runs"): ((IN, "BUILT_FROM", "Run"),),
    ("Run", "trainingData"): ((OUT, "TRAINED_ON", "DatasetVersion"),),
    ("Run", "validationData"): ((OUT, "VALIDATED_ON", "DatasetVersion"),),
    ("Run", "testData"): ((OUT, "TESTED_ON", "DatasetVersion"),),
    ("Run", "referenceData"): ((OUT, "REFERRED_TO", "DatasetVersion"),),
    ("Run", "inputs"): ((OUT, "CONSUMED", "DatasetVersion"),),
    ("Run", "inputModels"): ((OUT, "CONSUMED", "ModelVersion"),),
    ("Run", "outputs"): ((IN, "GENERATED_BY", ""),),
    ("Run", "commit"): ((OUT, "BUILT_FROM", "CodeCommit"),),
    ("Run", "commits"): ((OUT, "BUILT_FROM", "CodeCommit"),),
    ("Run", "parent"): ((OUT, "PART_OF", "Run"),),
    ("Run", "children"): ((IN, "PART_OF", "Run"),),
    ("Model", "versions"): ((IN, "VERSION_OF", "ModelVersion"),),
    ("Model", "owners"): ((IN, "OWNS", "Actor"),),
    ("ModelVersion", "model"): ((OUT, "VERSION_OF", "Model"),),
    ("ModelVersion", "trainingData"): ((OUT, "GENERATED_BY", "Run"), (OUT, "TRAINED_ON", "DatasetVersion")),
    ("ModelVersion", "commits"): ((OUT, "GENERATED_BY", "Run"), (OUT, "BUILT_FROM", "CodeCommit")),
    ("ModelVersion", "runs"): ((OUT, "GENERATED_BY", "Run"),),
    ("ModelVersion", "artifacts"): ((OUT, "CONTAINS", "Artifact"),),
    ("ModelVersion", "deployments"): ((IN, "SERVES", "Deployment"),),
    ("ModelVersion", "owners"): ((OUT, "VERSION_OF", "Model"), (IN, "OWNS", "Actor")),
    ("ModelVersion", "evaluations"): ((IN, "EVALUATES", "Evaluation"),),
    ("ModelVersion", "bases"): ((OUT, "BASED_ON", "ModelVersion"),),
    ("ModelVersion", "derived"): ((IN, "BASED_ON", "ModelVersion"),),
    ("ModelVersion", "consumingRuns"): ((IN, "CONSUMED", "Run"),),
    ("Artifact", "modelVersions"): ((IN, "CONTAINS", "ModelVersion"),),
    ("Artifact", "generatedBy"): ((OUT, "GENERATED_BY", "Run"),),
    ("Evaluation", "modelVersion"): ((OUT, "EVALUATES", "ModelVersion"),),
    ("Evaluation", "data"): ((OUT, "EVALUATED_ON", "DatasetVersion"),),
    ("Document", "about"): ((OUT, "DESCRIBES", ""),),
    ("Endpoint", "deployments"): ((OUT, "HOSTS", "Deployment"),),
    ("Endpoint", "calls"): ((OUT, "CALLS", "Endpoint"),),
    ("Endpoint", "calledBy"): ((IN, "CALLS", "Endpoint"),),
    ("Deployment", "endpoint"): ((IN, "HOSTS", "Endpoint"),),
    ("Deployment", "modelVersion"): ((OUT, "SERVES", "ModelVersion"),),
    ("Actor", "owns"): ((OUT, "OWNS", "Model"),),
} | {
    (label, "documents"): ((IN, "DESCRIBES", "Document"),)
    for label in ("Dataset", "DatasetVersion", "CodeCommit", "Run", "Model", "ModelVersion", "Artifact", "Endpoint")
}
KEYS = {
    "dataset": ("Dataset", ("namespace", "name")),
    "datasetVersion": ("DatasetVersion", ("namespace", "name", "version")),
    "commit": ("CodeCommit", ("repository", "sha")),
    "run": ("Run", ("source", "runId")),
    "model": ("Model", ("namespace", "name")),
    "modelVersion": ("ModelVersion", ("namespace", "name", "version")),
    "endpoint": ("Endpoint", ("environment", "name")),
}
LISTS = {
    "datasets": "Dataset",
    "datasetVersions": "DatasetVersion",
    "commits": "CodeCommit",
    "runs": "Run",
    "models": "Model",
    "modelVersions": "ModelVersion",
    "artifacts": "Artifact",
    "evaluations": "Evaluation",
    "documents": "Document",
    "endpoints": "Endpoint",
    "deployments": "Deployment",
    "actors": "Actor",
}
FIRST = {
    ("DatasetVersion", "dataset"),
    ("Run", "commit"),
    ("Run", "parent"),
    ("ModelVersion", "model"),
    ("Evaluation", "modelVersion"),
    ("Evaluation", "data"),
    ("Deployment", "endpoint"),
    ("Deployment", "modelVersion"),
}
"""What shows one thing: the first in natural order, where there are several."""

RELATED = {
    (label, "version" if (label, name) in {("Evaluation", "modelVersion"), ("Deployment", "modelVersion")} else name): (
        name,
        hops,
    )
    for (label, name), hops in WAYS.items()
    if hops[-1][2]
}
"""By label and name in its filter, which field a filter asks about, and by which relationships it leads there."""
