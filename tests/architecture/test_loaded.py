"""What a service loads when it starts: memory that each of its replicas holds for good."""

import subprocess
import sys

_SERVICE = "import sys, app.commands.serve, app.main, app.wiring; print(*sys.modules)"


def test_what_few_services_need_is_loaded_where_it_is_needed() -> None:
    loaded = subprocess.run([sys.executable, "-c", _SERVICE], capture_output=True, text=True, check=True).stdout.split()
    assert "app.artifacts.folder" in loaded
    assert "app.http.metrics" in loaded
    assert "minio" not in loaded
    assert "prometheus_client" not in loaded
    assert "mlflow" not in loaded
