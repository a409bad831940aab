#!/usr/bin/env bash
# Make base images where no container registry is reachable: a Debian with Python for BASE_IMAGE, and one with Postgres
# that understands what compose says to the official image. Needs root, debootstrap and a Docker engine.
#
#   deploy/image/local/bases.sh [--suite bookworm] [--mirror URL]
#
# Tags: retail-base:local and retail-postgres:local. Use them with
#   BASE_IMAGE=retail-base:local POSTGRES_IMAGE=retail-postgres:local
set -euo pipefail

suite=bookworm
mirror=
while [ $# -gt 0 ]; do
  case "$1" in
  --suite) suite=$2; shift 2 ;;
  --mirror) mirror=$2; shift 2 ;;
  *) echo "bases.sh: unknown option $1; --suite and --mirror are known" >&2; exit 2 ;;
  esac
done
command -v debootstrap >/dev/null || { echo "bases.sh: debootstrap is missing; install the package of that name" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "bases.sh: debootstrap needs root" >&2; exit 1; }
docker version >/dev/null || { echo "bases.sh: no Docker engine answers; start one or set DOCKER_HOST" >&2; exit 1; }

work=$(mktemp -d /var/tmp/retail-bases.XXXXXX) # not /tmp: devices must be allowed there
trap 'rm -rf "$work"' EXIT

bootstrap() { # name, packages, docker import options...
  local name=$1 packages=$2
  shift 2
  debootstrap --variant=minbase --include="$packages" "$suite" "$work/$name" ${mirror:+"$mirror"} >"$work/$name.log" ||
    { tail -n 20 "$work/$name.log" >&2; exit 1; }
  rm -rf "$work/$name"/var/cache/apt/archives/*.deb "$work/$name"/var/lib/apt/lists/* "$work/$name"/usr/share/{doc,man,locale}
  tar -C "$work/$name" -c . | docker import "$@" - "retail-$name:local"
}

bootstrap base ca-certificates,python3,python3-venv
bootstrap postgres-root postgresql
docker build --tag retail-postgres:local --build-arg BASE_IMAGE=retail-postgres-root:local "$(dirname "$0")/postgres"
docker images --filter reference='retail-*:local'
