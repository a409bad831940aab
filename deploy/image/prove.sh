#!/usr/bin/env bash
# Prove image and compose file where no registry is reachable: base images, wheels, image, the platform up with the
# embedded warehouse, a day loaded, marts built, checks green; down and up again, and nothing is lost.
# Needs root, debootstrap, a Docker engine and compose; takes about fifteen minutes on two cores.
#
#   COMPOSE="docker compose" PYTHON=.venv/bin/python deploy/image/prove.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
compose=(${COMPOSE:-docker compose} --project-name retail-proof --profile embedded)
python=${PYTHON:-python3}
export BASE_IMAGE=retail-base:local POSTGRES_IMAGE=retail-postgres:local
export DAGSTER_PUBLISHED_PORT=${DAGSTER_PUBLISHED_PORT:-33001} STARROCKS_PUBLISHED_PORT=39030
export STARROCKS_PUBLISHED_HTTP_PORT=38030 STARROCKS_PUBLISHED_BE_PORT=38040
url=http://127.0.0.1:$DAGSTER_PUBLISHED_PORT

deploy/image/local/bases.sh
deploy/image/wheels.sh "$python"
docker build --network=none --build-arg BASE_IMAGE=$BASE_IMAGE --tag "${RETAIL_IMAGE:-retail-platform:0.1.0}" .

trap '"${compose[@]}" down --volumes' EXIT
inspect() { "${compose[@]}" exec -T ingestion with-secrets retail-platform inspect --json; }
up() {
  "${compose[@]}" up --detach --no-build
  "${compose[@]}" exec -T webserver retail-platform doctor --check=code-locations --webserver-url=http://127.0.0.1:3000 --wait=180
}

up
"$python" deploy/smoke.py --webserver-url "$url"

# No password in any log or in the containers' configuration.
for name in admin postgresql; do
  secret=$("${compose[@]}" exec -T ingestion cat "/var/lib/retail/secrets/$name-password")
  ! "${compose[@]}" logs --no-color | grep --quiet --fixed-strings -e "$secret"
  ! "${compose[@]}" ps --quiet --all | xargs docker inspect | grep --quiet --fixed-strings -e "$secret"
done

"${compose[@]}" stop daemon
before=$(inspect)
"${compose[@]}" down
up
[ "$(inspect | "$python" -c 'import json, sys; print({k: v["rows"] for k, v in json.load(sys.stdin)["tables"].items()})')" = \
  "$("$python" -c 'import json, sys; print({k: v["rows"] for k, v in json.load(sys.stdin)["tables"].items()})' <<<"$before")" ]
echo "proved"
