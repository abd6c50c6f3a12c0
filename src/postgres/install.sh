# Installs a PostgreSQL server with PostGIS on Debian, Ubuntu and their family, as root.
# Arguments: a major version, or "any" for the newest that the system's packages have (15 or later).
# Started by `roost`; it creates no cluster and starts no service.
set -eu
export DEBIAN_FRONTEND=noninteractive
wanted=$1
setting=/etc/postgresql-common/createcluster.d/roost-installs.conf
trap 'rm -f "$setting"; rmdir "${setting%/*}" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM

# The newest major version that has a PostGIS package, or nothing.
version() {
    apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' |
        sed -n 's/^postgresql-\([0-9]*\)-postgis-3 .*/\1/p' | sort -n |
        awk -v wanted="$wanted" '$1 >= 15 && (wanted == "any" || wanted == $1) { v = $1 } END { print v }'
}
install() {
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

found=$(version)
if [ -z "$found" ]; then
    apt-get update
    found=$(version)
fi
if [ -z "$found" ]; then
    echo "this system's packages have no PostGIS for PostgreSQL 15 or later (version wanted: $wanted);" \
        "https://www.postgresql.org/download/ has packages for it" >&2
    exit 1
fi
# The tools first: the setting below is theirs, and must be in force before the server is installed.
# A list of packages that is out of date names files that are gone, so the first failure refreshes it.
[ -e /etc/postgresql-common/createcluster.conf ] || install postgresql-common ||
    { apt-get update && install postgresql-common; }
mkdir -p "${setting%/*}"
echo "create_main_cluster = false" >"$setting"
install "postgresql-$found" "postgresql-$found-postgis-3" ||
    { apt-get update && install "postgresql-$found" "postgresql-$found-postgis-3"; }
