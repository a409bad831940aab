#!/usr/bin/env bash
# Fetch the wheels the image is made of into deploy/image/wheelhouse, for a build without network.
# Run it with the Python version of the base image; the index is the one pip is configured for.
#
#   deploy/image/wheels.sh [python]
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${1:-python3}
requirements=$(mktemp)
trap 'rm -f "$requirements"' EXIT
"$python" - >"$requirements" <<'PYTHON'
import tomllib

with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)
parts = (project["project"]["dependencies"], project["project"]["optional-dependencies"]["s3"], project["build-system"]["requires"])
print("\n".join(requirement for part in parts for requirement in part))
PYTHON
rm -f deploy/image/wheelhouse/*.whl
"$python" -m pip download --quiet --only-binary=:all: --constraint constraints.txt --requirement "$requirements" --dest deploy/image/wheelhouse
echo "$(find deploy/image/wheelhouse -name '*.whl' | wc -l) wheels, $(du -sh deploy/image/wheelhouse | cut -f1)"
