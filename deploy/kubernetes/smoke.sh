#!/usr/bin/env bash
# Prove a release on a real cluster: `helm test`, a day loaded and marts built through its webserver, and the way of a run:
# its job as it has to be, followed to its end, taken away when the run is terminated.
#
#   PYTHON=.venv/bin/python deploy/kubernetes/smoke.sh --release retail --namespace retail
set -euo pipefail

release=retail
namespace=retail
while [ $# -gt 0 ]; do
  case "$1" in
  --release) release=$2; shift 2 ;;
  --namespace) namespace=$2; shift 2 ;;
  *) echo "smoke.sh: unknown option $1; --release and --namespace are known" >&2; exit 2 ;;
  esac
done
here=$(cd "$(dirname "$0")/.." && pwd)
port=${PORT:-33000}
python=${PYTHON:-python3}

helm test "$release" --namespace "$namespace" --logs
service=$(kubectl --namespace "$namespace" get service --output name \
  --selector "app.kubernetes.io/instance=$release,app.kubernetes.io/component=dagster-webserver")
[ -n "$service" ] || { echo "smoke.sh: release $release has no webserver in $namespace" >&2; exit 1; }
kubectl --namespace "$namespace" port-forward "$service" "$port:http" >/dev/null &
forward=$!
trap 'kill "$forward"' EXIT
for _ in $(seq 30); do
  curl --silent --fail --output /dev/null "http://127.0.0.1:$port/server_info" && break
  sleep 1
done
"$python" "$here/smoke.py" --webserver-url "http://127.0.0.1:$port"
"$python" "$here/kubernetes/run_pods.py" --webserver-url "http://127.0.0.1:$port" --release "$release" --namespace "$namespace"
