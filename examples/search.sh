#!/bin/sh
# Calls the API of a running node, such as that of `make demo`: finds a venue by name, and the best
# rooms near it. Needs curl and python3.
#
#   examples/search.sh "iit bombay" "quiet desk"
set -eu
base=${ROOST_URL:-http://127.0.0.1:8080}/api/v1
venue=${1:-iit bombay}
words=${2:-quiet desk}

venue_id=$(curl -sS --fail-with-body --get "$base/venues/search" \
    --data-urlencode "q=$venue" --data limit=1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["data"][0]["venue"]["id"])')

curl -sS --fail-with-body --get "$base/rooms/search" \
    --data-urlencode "q=$words" --data "venue=$venue_id" --data radius_m=5000 --data limit=5 |
    python3 -c '
import json, sys
answer = json.load(sys.stdin)
meta = answer["meta"]
print("{total} rooms, {took_us} µs".format(**meta))
for hit in answer["data"]:
    room = hit["room"]
    print("{:5.1f}  {:5.0f} m  {}".format(hit["match_score"], hit["distance_m"], room["title"]))
'
