#!/bin/sh
# Before the code locations start: wait for warehouse and landing zone, create schema and users, write down who is who.
#
# The embedded warehouse has one user, with the password made by make-secrets.sh. The all-in-one StarRocks comes with root
# and an empty password, reachable inside the compose network only; there the three least-privilege users are created.
set -eu
secrets=/var/lib/retail/secrets
user_of() { # file by file, so that nobody reads half of one
  printf %s "$2" >"$secrets/$1-user.new"
  mv "$secrets/$1-user.new" "$secrets/$1-user"
}
password_of() {
  printf %s "$2" >"$secrets/$1-current.new"
  mv "$secrets/$1-current.new" "$secrets/$1-current"
}

if ! getent hosts warehouse >/dev/null; then
  echo "init: there is no warehouse: start one with it, docker compose --profile embedded up, or --profile starrocks." >&2
  exit 1
fi
# A bucket that isn't there yet is made by the check that writes to it.
retail-platform doctor --check=warehouse-answers --check=landing-zone --wait="${WAIT_SECONDS:-600}"

admin=$(cat "$secrets/admin-password")
if STARROCKS_PASSWORD=$admin retail-platform doctor --check=warehouse-login >/dev/null 2>&1; then
  STARROCKS_PASSWORD=$admin retail-platform init-db
  for role in loader transformer reader; do
    user_of "$role" root
    password_of "$role" "$admin"
  done
else
  for role in LOADER TRANSFORMER READER; do
    file=$secrets/$(printf %s "$role" | tr '[:upper:]' '[:lower:]')-password
    export "STARROCKS_${role}_PASSWORD=$(cat "$file")"
  done
  retail-platform init-db --grants
  for role in loader transformer reader; do
    user_of "$role" "retail_$role"
    password_of "$role" "$(cat "$secrets/$role-password")"
  done
fi
