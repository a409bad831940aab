#!/usr/bin/env bash
# Prove image and compose file where no registry is reachable: base images, wheels, image, the platform up with the
# embedded warehouse, a day loaded, marts built, checks green; down and up again, and nothing is lost, nor by a backup of
# Dagster's database; no secret in layers, logs, containers' configuration, manifests or Dagster's database.
# Needs root, debootstrap, a Docker engine and compose; takes ten minutes on two busy cores, twice that from nothing.
#
#   COMPOSE="docker compose" PYTHON=.venv/bin/python deploy/image/prove.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(realpath -s "${PYTHON:-python3}")
export BASE_IMAGE=retail-base:local POSTGRES_IMAGE=retail-postgres:local RETAIL_IMAGE=${RETAIL_IMAGE:-retail-platform:0.1.0}
# Below the ports the system hands out by itself, one of which may be taken at the moment.
export DAGSTER_PUBLISHED_PORT=${DAGSTER_PUBLISHED_PORT:-23001} STARROCKS_PUBLISHED_PORT=29130
export STARROCKS_PUBLISHED_HTTP_PORT=28130 STARROCKS_PUBLISHED_BE_PORT=28140
url=http://127.0.0.1:$DAGSTER_PUBLISHED_PORT

have() { docker image inspect "$1" >/dev/null 2>&1; }
{ have "$BASE_IMAGE" && have "$POSTGRES_IMAGE"; } || deploy/image/local/bases.sh
ls deploy/image/wheelhouse/*.whl >/dev/null 2>&1 || deploy/image/wheels.sh "$python"
"$python" deploy/kubernetes_tools.py # helm, whose manifests are searched, too

# Built from a copy in which secrets lie about where people leave them.
scratch=$(mktemp -d /var/tmp/retail-proof.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
secrets=$scratch/secrets
context=$scratch/context
mkdir "$context"
git ls-files -z | xargs -0 cp --parents --target-directory="$context"
cp deploy/image/wheelhouse/*.whl "$context/deploy/image/wheelhouse/"
marker=planted-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
echo "$marker" >"$secrets"
mkdir -p "$context"/.local "$context"/dbt/target "$context"/dbt/logs "$context"/.git
for place in .env .local/password dbt/target/run_results.json dbt/logs/dbt.log dbt/.user.yml .git/config key.pem; do
  echo "$marker" >"$context/$place"
done
cd "$context"
docker build --network=none --build-arg "BASE_IMAGE=$BASE_IMAGE" --tag "$RETAIL_IMAGE" .
rm .env # compose would read it

compose=(${COMPOSE:-docker compose} --project-name retail-proof --profile embedded)
trap '"${compose[@]}" down --volumes; rm -rf "$scratch"' EXIT
scan() { "$python" deploy/image/scan_secrets.py --secrets "$secrets" "$@"; }
inspect() {
  "${compose[@]}" exec -T ingestion with-secrets retail-platform inspect --json |
    "$python" -c 'import json, sys; print({k: v["rows"] for k, v in json.load(sys.stdin)["tables"].items()})'
}
up() {
  "${compose[@]}" up --detach --no-build
  "${compose[@]}" exec -T webserver retail-platform doctor --check=code-locations --webserver-url=http://127.0.0.1:3000 --wait=300
}

up
"$python" deploy/smoke.py --webserver-url "$url" --timeout "${SMOKE_SECONDS:-900}"

# The passwords made at the start join what is searched for.
"${compose[@]}" exec -T ingestion sh -c 'for f in /var/lib/retail/secrets/*-password; do cat "$f"; echo; done' >>"$secrets"
scan --image "$RETAIL_IMAGE"
"${compose[@]}" logs --no-color | scan --stdin "the containers' logs"
"${compose[@]}" ps --quiet --all 2>/dev/null | xargs docker inspect | scan --stdin "the containers' configuration"
"${compose[@]}" exec -T postgres pg_dump --username=dagster dagster >"$scratch/dump"
scan --stdin "Dagster's database" <"$scratch/dump"
"${compose[@]}" exec -T webserver tar -c -C /opt/dagster/dagster_home/storage . | scan --stdin "the logs of runs"
for values in helm/retail-platform/ci/*-values.yaml; do
  "$(dirname "$python")/helm" template proof helm/retail-platform --values "$values"
done | scan --stdin "the rendered manifests"

# Without the daemon nothing new starts; what sensors started meanwhile ends first, or it would write between two looks.
postgres() { "${compose[@]}" exec -T postgres "$@"; }
count() { postgres psql --username=dagster --dbname="$1" --tuples-only --no-align --command="SELECT COUNT(*) FROM $2"; }
"${compose[@]}" stop daemon
for _ in $(seq 300); do
  running=$(count dagster "runs WHERE status IN ('STARTING', 'STARTED', 'CANCELING')")
  [ "$running" = 0 ] && break
  sleep 1
done
[ "$running" = 0 ] || { echo "prove.sh: $running runs don't end" >&2; exit 1; }
before=$(inspect)

# A backup of Dagster's database, as the pages tell it, restored beside the original.
had=$(count dagster event_logs)
postgres pg_dump --username=dagster --format=custom dagster >"$scratch/backup"
postgres createdb --username=dagster restored
postgres pg_restore --username=dagster --dbname=restored <"$scratch/backup"
got=$(count restored event_logs)
[ "$had" -gt 0 ] && [ "$got" -ge "$had" ] || { echo "prove.sh: the backup has $got of $had events" >&2; exit 1; }

"${compose[@]}" down
up
[ "$(inspect)" = "$before" ] || { echo "prove.sh: rows differ after down and up" >&2; exit 1; }
echo "proved: $before"
