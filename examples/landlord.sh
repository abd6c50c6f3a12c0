#!/bin/sh
# The first hour of a new landlord, as curl commands: registers, confirms the address with the token
# that is mailed, creates a room, has an admin verify it, finds it by a search, pauses it, and sees
# that searches do not find it any more. Needs a node that writes its mail into a folder, such as
# that of `make demo`, and the password of its admin.
#
#   ADMIN_PASSWORD=... examples/landlord.sh
set -eu
base=${ROOST_URL:-http://127.0.0.1:8080}/api/v1
mail=${ROOST_MAIL:-.roost/data/mail}
email=${LANDLORD_EMAIL:-asha.$$@example.com}
password='correct horse battery'
json='content-type: application/json'

say() { printf '\n# %s\n' "$*" >&2; }
# Prints a request as it is sent, without its token, and returns its answer.
call() {
    method=$1 path=$2 token=$3
    shift 3
    echo "\$ curl -X $method $base$path $*" >&2
    answer=$(curl -sS --fail-with-body -i -X "$method" "$base$path" \
        ${token:+-H "authorization: Bearer $token"} "$@" | tr -d '\r')
    echo "$answer" | grep -Ei '^(HTTP|roost-position|location|etag)' >&2
    echo "$answer" | tail -1 | cut -c 1-400 >&2
}
member() { echo "$answer" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -1; }
position() { echo "$answer" | sed -n 's/^roost-position: //p'; }
found() { call GET "/rooms/search?q=$word&at_least=$(position)&timeout_ms=10000" ""; }

say "Register"
call POST /auth/register "" -H "$json" -d "{\"email\": \"$email\", \"password\": \"$password\",
    \"role\": \"landlord\", \"display_name\": \"Asha Verma\", \"total_capacity\": 12}"

say "Confirm the address with the token of the mail in $mail"
tries=0
until file=$(grep -l "^To: $email" "$mail"/* 2>/dev/null | head -1) && [ -n "$file" ]; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || { echo "there is no mail to $email in $mail" >&2; exit 1; }
    sleep 0.1
done
token=$(tr -d '\r' <"$file" | grep -E '^[A-Za-z0-9_-]{43}$' | head -1)
call POST /auth/confirm-email "" -H "$json" -d "{\"token\": \"$token\"}"

say "Sign in"
call POST /auth/login "" -H "$json" -d "{\"email\": \"$email\", \"password\": \"$password\"}" 2>/dev/null
landlord=$(member access_token)
call POST /auth/login "" -H "$json" -d "{\"email\": \"admin@example.com\",
    \"password\": \"$ADMIN_PASSWORD\"}" 2>/dev/null
admin=$(member access_token)
echo "landlord and admin have access tokens" >&2

say "Create a room"
word=windmill$$
call POST /rooms "$landlord" -H "$json" -d "{\"title\": \"Room in the $word\", \"city\": \"Mumbai\",
    \"country_code\": \"IN\", \"location\": {\"lat\": 19.1334, \"lng\": 72.9133}, \"price\": 850,
    \"currency\": \"INR\", \"occupancy\": 2, \"room_type\": \"private_room\", \"amenities\": [\"desk\"]}"
room=$(echo "$answer" | sed -n 's/.*"data":{"id":"\([^"]*\)".*/\1/p')

say "A draft is not found"
found
echo "$answer" | grep -q '"total":0,'

say "Submit it, and have the admin verify it"
call POST "/rooms/$room/submit" "$landlord"
call POST "/rooms/$room/verify" "$admin"

say "Find it"
found
echo "$answer" | grep -q '"total":1,'

say "Pause it"
call POST "/rooms/$room/pause" "$landlord"

say "It is not found any more"
found
echo "$answer" | grep -q '"total":0,'
echo "The room was found while it was listed, and only then."
