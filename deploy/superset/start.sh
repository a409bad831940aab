#!/bin/sh
# Prepare Superset, then serve it.
set -eu
here=$(dirname "$0")
python "$here/provision.py"
exec gunicorn --bind "${SUPERSET_BIND:-0.0.0.0:8088}" --workers "${SUPERSET_WORKERS:-2}" --worker-class gthread --threads 8 \
  --timeout 120 --worker-tmp-dir /tmp 'superset.app:create_app()'
