#!/bin/sh
# Random passwords on the first start, in a volume that only the platform's containers mount; later starts keep them.
set -eu
umask 022
directory=${1:-/var/lib/retail/secrets}
for name in admin loader transformer reader postgresql s3 superset-admin superset-key; do
  file=$directory/$name-password
  if [ ! -s "$file" ]; then
    python -c 'import secrets; print(secrets.token_urlsafe(24), end="")' >"$file.new"
    mv "$file.new" "$file"
    echo "made $name-password"
  fi
done

# The landing zone's key, once as the S3 server reads it and once as its clients do.
key=$(cat "$directory/s3-password")
cat >"$directory/s3-credentials.new" <<INI
[default]
aws_access_key_id = retail
aws_secret_access_key = $key
INI
cat >"$directory/s3.json.new" <<JSON
{"identities": [{"name": "retail", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
  "credentials": [{"accessKey": "retail", "secretKey": "$key"}]}]}
JSON
mv "$directory/s3-credentials.new" "$directory/s3-credentials"
mv "$directory/s3.json.new" "$directory/s3.json"
