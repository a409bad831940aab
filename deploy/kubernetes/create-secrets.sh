#!/usr/bin/env bash
# Create the two Secrets the chart refers to, with random passwords, unless they are there. Passwords go from kubectl's
# standard input into the cluster; they are neither printed nor seen in the list of processes.
#
#   deploy/kubernetes/create-secrets.sh --namespace retail [--admin-password-file FILE]
set -euo pipefail

namespace=
admin_file=
while [ $# -gt 0 ]; do
  case "$1" in
  --namespace) namespace=$2; shift 2 ;;
  --admin-password-file) admin_file=$2; shift 2 ;;
  *) echo "create-secrets.sh: unknown option $1; --namespace and --admin-password-file are known" >&2; exit 2 ;;
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
field postgresql-password "$(random)" | create retail-platform-postgresql
admin=$(if [ -n "$admin_file" ]; then cat "$admin_file"; else random; fi)
{
  field admin-password "$admin"
  field loader-password "$(random)"
  field transformer-password "$(random)"
  field reader-password "$(random)"
} | create retail-platform-starrocks
