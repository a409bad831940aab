#!/usr/bin/env bash
# Create the two Secrets the chart refers to, with random passwords, unless they are there. Passwords go from kubectl's
# standard input into the cluster; they are neither printed nor seen in the list of processes.
#
#   deploy/kubernetes/create-secrets.sh --namespace retail [--admin-password-file FILE] [--existing-postgresql NAMESPACE/SECRET]
#
# With a Dagster that is there already the password of Postgres is its own: its Secret is copied under its name.
set -euo pipefail

namespace=
admin_file=
existing=
while [ $# -gt 0 ]; do
  case "$1" in
  --namespace) namespace=$2; shift 2 ;;
  --admin-password-file) admin_file=$2; shift 2 ;;
  --existing-postgresql) existing=$2; shift 2 ;;
  *)
    echo "create-secrets.sh: unknown option $1; known: --namespace, --admin-password-file, --existing-postgresql" >&2
    exit 2
    ;;
  esac
done
[ -n "$namespace" ] || { echo "create-secrets.sh: name the namespace: --namespace retail" >&2; exit 2; }
kubectl=${KUBECTL:-kubectl}

random() { head -c 24 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_'; }
field() { printf '  %s: %s\n' "$1" "$(printf %s "$2" | base64 | tr -d '\n')"; }

create() { # name; fields on standard input
  if "$kubectl" --namespace "$namespace" get secret "$1" >/dev/null 2>&1; then
    echo "secret/$1 is there; left as it is"
    return
  fi
  { printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\ntype: Opaque\ndata:\n' "$1"; cat; } |
    "$kubectl" --namespace "$namespace" create --filename -
}

"$kubectl" get namespace "$namespace" >/dev/null 2>&1 || "$kubectl" create namespace "$namespace"
if [ -n "$existing" ]; then
  coded=$("$kubectl" --namespace "${existing%%/*}" get secret "${existing#*/}" --output 'jsonpath={.data.postgresql-password}')
  [ -n "$coded" ] || { echo "create-secrets.sh: secret $existing has no key postgresql-password" >&2; exit 1; }
  printf '  postgresql-password: %s\n' "$coded" | create "${existing#*/}"
else
  field postgresql-password "$(random)" | create retail-platform-postgresql
fi
admin=$(if [ -n "$admin_file" ]; then cat "$admin_file"; else random; fi)
{
  field admin-password "$admin"
  field loader-password "$(random)"
  field transformer-password "$(random)"
  field reader-password "$(random)"
} | create retail-platform-starrocks
