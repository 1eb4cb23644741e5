#!/bin/bash
# Starts Elasticsearch as the real image's entrypoint does: a variable whose name has dots in it is
# a setting, and a variable that ends in _FILE names the file of a secret.
set -euo pipefail
if [[ "${1:-eswrapper}" != eswrapper ]]; then
  exec "$@"
fi
if [[ -n "${ELASTIC_PASSWORD_FILE:-}" ]]; then
  mode=$(stat -L -c %a "$ELASTIC_PASSWORD_FILE")
  if [[ "$mode" != 400 && "$mode" != 600 ]]; then
    echo "ERROR: $ELASTIC_PASSWORD_FILE must have the mode 400 or 600, not $mode" >&2
    exit 1
  fi
  ELASTIC_PASSWORD=$(<"$ELASTIC_PASSWORD_FILE")
fi
settings=()
while IFS='=' read -r -d '' name value; do
  if [[ "$name" =~ ^[a-z0-9_]+(\.[a-z0-9_]+)+$ ]]; then
    settings+=("-E$name=$value")
  fi
done < <(env -0)
if [[ -n "${ELASTIC_PASSWORD:-}" ]]; then
  [[ -f config/elasticsearch.keystore ]] || elasticsearch-keystore create
  elasticsearch-keystore add -x -f bootstrap.password <<<"$ELASTIC_PASSWORD"
fi
exec elasticsearch "${settings[@]}"
