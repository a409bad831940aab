# The one image of the platform: code locations, webserver, daemon, jobs, embedded warehouse.
#
#   docker build --tag retail-platform .
#
# Any Debian-like base with Python 3.11 to 3.13 will do: --build-arg BASE_IMAGE=... The same base is used for both
# stages, because the virtual environment points to its Python. Where no package index is reachable, put the wheels into
# deploy/image/wheelhouse first (deploy/image/wheels.sh); they are used whenever they are there.
ARG BASE_IMAGE=python:3.12-slim-bookworm

FROM ${BASE_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
RUN python3 -m venv /opt/retail

# Dependencies first: they change seldom and are nearly all of the image.
COPY deploy/image/install.sh deploy/image/
COPY deploy/image/wheelhouse/ deploy/image/wheelhouse/
COPY pyproject.toml constraints.txt ./
RUN sh deploy/image/install.sh dependencies

COPY README.md LICENSE workspace.yaml dagster.yaml ./
COPY dbt/ dbt/
COPY retail_platform/ retail_platform/
RUN sh deploy/image/install.sh platform

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="retail-platform" \
      org.opencontainers.image.description="A Dagster-native retail data platform on dbt and StarRocks" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# The places that have to be writable; compose and chart mount volumes over them, the rest of the root is read-only.
RUN groupadd --gid 10001 retail \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin retail \
 && install -d -o 10001 -g 10001 /var/lib/retail /var/lib/retail/landing /var/lib/retail/starrocks /var/lib/retail/secrets \
      /opt/dagster/dagster_home /opt/dagster/dagster_home/storage
COPY --from=build /opt/retail /opt/retail
COPY deploy/image/with-secrets /usr/local/bin/with-secrets

ENV PATH=/opt/retail/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    DAGSTER_HOME=/opt/dagster/dagster_home \
    DAGSTER_DISABLE_TELEMETRY=1 \
    RETAIL_HOME=/var/lib/retail \
    DBT_TARGET_PATH=/tmp/dbt/target \
    DBT_LOG_PATH=/tmp/dbt/logs

USER 10001:10001
WORKDIR /tmp
# What a container is asked depends on what runs in it: RETAIL_HEALTHCHECK is grpc:PORT, http:PORT/path or tcp:PORT.
HEALTHCHECK --interval=15s --timeout=10s --start-period=90s --retries=4 \
  CMD ["python", "-m", "retail_platform.deployment.alive"]
# No entrypoint: Kubernetes, Dagster's launchers and compose say the whole command.
CMD ["retail-platform", "--help"]
