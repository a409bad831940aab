#!/bin/sh
# Runs while the image is built: `install.sh dependencies`, then `install.sh platform`.
set -eu

wheels=deploy/image/wheelhouse
if ls "$wheels"/*.whl >/dev/null 2>&1; then
  set -- "$1" --no-index "--find-links=$wheels"
  echo "installing from $wheels"
fi
step=$1
shift
pip=/opt/retail/bin/pip

case "$step" in
dependencies)
  # What pyproject.toml asks for, at the versions constraints.txt pins, without building the package itself.
  /opt/retail/bin/python - >requirements.txt <<'PYTHON'
import sys

try:
    import tomllib
except ImportError:
    sys.exit("Python 3.11 or newer is needed in BASE_IMAGE")
with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)["project"]
print("\n".join([*project["dependencies"], *project["optional-dependencies"]["s3"]]))
PYTHON
  "$pip" install "$@" --constraint constraints.txt --requirement requirements.txt
  # What a running platform never reads: tests, sources of compiled modules, source maps, debugging symbols, the calendars
  # of other languages, the interfaces of other cloud services, asynchronous
  # and enterprise twins of clients.
  site=$(/opt/retail/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  find "$site" -type d \( -name tests -o -name test \) -not -path '*/dbt/*' -not -path '*/dagster*' -prune -exec rm -rf {} +
  find "$site" -type f \( -name '*.map' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pyi' -o -name '*.c' -o -name '*.h' \) -delete
  find "$site/babel/locale-data" -name '*.dat' -not -name 'en*' -not -name root.dat -delete
  find "$site/botocore/data" -mindepth 1 -maxdepth 1 -type d -not -name s3 -not -name 'sso*' -not -name sts -exec rm -rf {} +
  rm -rf "$site/kubernetes/aio" "$site/mysql/vendor"
  if command -v strip >/dev/null; then
    find "$site" -name '*.so*' -size +200k -exec strip --strip-unneeded {} + || echo "some modules can't be stripped"
  fi
  ;;
platform)
  "$pip" install "$@" --no-deps .
  # The manifest is baked: no process parses the project when it starts. No warehouse is asked.
  # From elsewhere: here the sources would be imported instead of what was installed.
  cd /
  PATH=/opt/retail/bin:$PATH RETAIL_HOME=/tmp/retail /opt/retail/bin/python -c \
    'from retail_platform.transformation.dbt_project import load_project; print(load_project().manifest_path)'
  # Under a read-only root nothing is compiled later. Templates of packages are no modules, hence the pattern.
  /opt/retail/bin/python -m compileall -q -j 0 -x '/dagster/_generate/|/templates/' /opt/retail/lib
  "$pip" uninstall --quiet --yes pip setuptools
  ;;
*)
  echo "install.sh: unknown step '$step'; dependencies or platform" >&2
  exit 2
  ;;
esac
