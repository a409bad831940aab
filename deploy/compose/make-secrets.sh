#!/bin/sh
# Random passwords on the first start, in a volume that only the platform's containers mount; later starts keep them.
set -eu
umask 022
directory=${1:-/var/lib/retail/secrets}
for name in admin loader transformer reader postgresql; do
  file=$directory/$name-password
  if [ ! -s "$file" ]; then
    python -c 'import secrets; print(secrets.token_urlsafe(24), end="")' >"$file.new"
    mv "$file.new" "$file"
    echo "made $name-password"
  fi
done
