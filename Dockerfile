# Pedigree as one image: pinned and hashed requirements, no compiler and no shell of a user that could write to it, not root.
#
#   docker compose up --detach --wait     builds it, and starts it beside Neo4j: see docker-compose.yml
#
# The explorer is in it where `make explorer` built it before.
FROM python:3.11-slim AS build

WORKDIR /source
RUN python -m venv /opt/pedigree
COPY requirements/runtime.txt requirements/runtime.txt
RUN /opt/pedigree/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes --requirement requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY graph_schema graph_schema
COPY app app
COPY loaders loaders
RUN /opt/pedigree/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.11-slim

RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/pedigree pedigree
COPY --from=build /opt/pedigree /opt/pedigree
USER 10001
WORKDIR /var/lib/pedigree
# It listens where others reach it, and so wants to know who is calling.
ENV PATH=/opt/pedigree/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PEDIGREE_HOME=/var/lib/pedigree \
    PEDIGREE_HOST=0.0.0.0 \
    PEDIGREE_AUTH=tokens \
    PEDIGREE_LOG_FORMAT=json
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --retries=3 --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
ENTRYPOINT ["pedigree"]
CMD ["serve"]
