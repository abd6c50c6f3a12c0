"""Runs schemathesis against a node, as each role.

    run.py ROOST SCHEMATHESIS [ROLE...]

DATABASE_URL names an empty database. Requests are generated from a fixed seed, so a run that fails
fails again. Prints what each role did, and exits with 1 if anything is not as documented.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOMS = 300

# The key of the University of Mumbai among the shipped universities.
UNIVERSITY = "019b76da-a800-771e-899f-4a4a73005e2e"

# How the user of each role is created.
USERS = {
    "student": [],
    "landlord": ["--capacity", "12"],
    "official": ["--university", UNIVERSITY],
    "admin": [],
}

# What the API key of each role is created with.
SCOPES = "search,rooms:write,venues:write,requests:write,feed:read,metrics:read"
KEYS = {
    "key": ["--scopes", SCOPES],
    "filtered_key": ["--scopes", "search", "--filter", "city:Mumbai AND price <= 2000"],
}

ROLES = ["anonymous", *USERS, *KEYS]

# These end the session or the secret of their caller, so each role calls them last.
ENDS_SESSION = ["logout", "logout_everywhere"]
ENDS_SECRET = ["rotate_key", "revoke_key"]

# These answer with a stream of events that does not end.
ENDLESS = ["listen_to_feed", "listen_to_requests"]

# Long enough for a busy machine. A node that is fine never takes that long.
READY_WITHIN_S = 120


def main():
    roost, schemathesis, *roles = sys.argv[1:]
    roost = str(Path(roost).resolve())
    with tempfile.TemporaryDirectory(prefix="roost-conformance-") as folder:
        return Conformance(roost, schemathesis, Path(folder)).run(roles or ROLES)


class Conformance:
    def __init__(self, roost, schemathesis, folder):
        self.roost = roost
        self.schemathesis = str(Path(schemathesis).resolve().parent / "schemathesis")
        self.folder = folder
        # Kept, because it has the cause of a failure.
        self.log = Path(".roost/conformance-node.log").resolve()

    def run(self, roles):
        self.command("migrate")
        self.command("import", "shipped", "--rooms", str(ROOMS))
        passwords = {role: self.create_user(role) for role in USERS}
        credentials = {role: Secrets(self, role) for role in KEYS}
        node = self.start_node()
        try:
            base = self.wait_until_ready(node)
            # Before the first generated request: those may sign in with these addresses too, and
            # reach the limit of an account.
            credentials |= {role: Sessions(base, role, passwords[role]) for role in USERS}
            self.landlord_id = credentials["landlord"].get("landlords/me")["id"]
            # Generating requests takes as long as answering them.
            with ThreadPoolExecutor(os.cpu_count()) as processes:
                fine = processes.map(
                    lambda role: self.check(base, role, credentials.get(role)), roles
                )
                failed = [role for role, is_fine in zip(roles, fine) if not is_fine]
            is_ready = node.poll() is None and get(f"{base}/health/ready") is not None
        finally:
            node.terminate()
            node.wait()
        faults = [line for line in self.log.read_text().splitlines() if '"level":"ERROR"' in line]
        for fault in faults:
            print(fault)
        if failed or faults or not is_ready:
            print(f"conformance: failed for {', '.join(failed) or 'the node'}")
            return 1
        print(f"conformance: {len(roles)} roles, every answer is as documented")
        return 0

    def check(self, base, role, credentials):
        """Calls all routes as a role, and returns whether each answer is as documented."""
        started = time.monotonic()
        (self.folder / role).mkdir()
        last = credentials.ended_by if credentials else ENDS_SESSION
        others = [["--exclude-operation-id", operation] for operation in [*last, *ENDLESS]]
        is_fine, output = self.call(base, role, credentials, sum(others, []))
        for operation in last if credentials else []:
            one = ["--include-operation-id", operation]
            is_fine_too, more = self.call(base, role, credentials, one)
            is_fine, output = is_fine and is_fine_too, output + more
        outcome = "every answer is as documented" if is_fine else "FAILED"
        seconds = time.monotonic() - started
        # At once, because other roles print too.
        print(f"{output}== {role}: {outcome} ({seconds:.0f} s)", flush=True)
        return is_fine

    def call(self, base, role, credentials, operations):
        """Calls some routes as a role, and returns whether each answer is as documented, and what
        schemathesis has printed."""
        config = (HERE / "schemathesis.toml").read_text()
        if credentials:
            config += f'\n[auth.openapi.{credentials.scheme}]\nbearer = "{credentials.next()}"\n'
        folder = self.folder / role
        (folder / "schemathesis.toml").write_text(config)
        command = [self.schemathesis, "run", f"{base}/openapi.json", *operations]
        environment = {
            **os.environ,
            "ROLE": role,
            "LANDLORD_ID": self.landlord_id,
            "PYTHONPATH": str(HERE),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        called = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return called.returncode == 0, f"== {role}: {' '.join(operations)}\n{called.stdout}"

    def create_user(self, role):
        arguments = ["--role", role, "--name", f"The {role}", *USERS[role]]
        printed = self.command("users", "create", f"{role}@example.com", *arguments)
        return re.search("Password, shown only now: (.+)", printed)[1]

    def create_key(self, role):
        arguments = ["--name", role, "--requests-per-minute", "1000000", *KEYS[role]]
        printed = self.command("keys", "create", *arguments)
        return re.search("Secret, shown only now: (.+)", printed)[1]

    def start_node(self):
        settings = {
            "ROOST_DATA_DIR": str(self.folder / "data"),
            "ROOST_LISTEN": "127.0.0.1:0",
            "ROOST_LOG_FORMAT": "json",
            # Each request comes from another client address, see hooks.py.
            "ROOST_TRUSTED_PROXIES": "127.0.0.1",
        }
        with self.log.open("w") as log:
            return subprocess.Popen(
                [self.roost, "serve"], env={**os.environ, **settings}, cwd=self.folder, stderr=log
            )

    def wait_until_ready(self, node):
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and node.poll() is None:
            found = re.search('"the API listens".*?"address":"([^"]+)"', self.log.read_text())
            if found and get(f"http://{found[1]}/health/ready") is not None:
                return f"http://{found[1]}"
            time.sleep(0.1)
        sys.exit(f"the node is not ready:\n{self.log.read_text()}")

    def command(self, *arguments):
        command = [self.roost, *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"roost {arguments[0]} failed:\n{done.stderr}")
        return done.stdout


class Secrets:
    """Keys of one role: one for most routes, and one for each that ends its secret."""

    scheme = "api_key"
    ended_by = ENDS_SECRET

    def __init__(self, conformance, role):
        self.secrets = [conformance.create_key(role) for _ in range(1 + len(self.ended_by))]

    def next(self):
        """The secret of the next key."""
        return self.secrets.pop()


class Sessions:
    """The sessions of a user: one for most routes, and one for each that ends it."""

    scheme = "access_token"
    ended_by = ENDS_SESSION

    def __init__(self, base, role, password):
        self.base = base
        credentials = {"email": f"{role}@example.com", "password": password}
        count = 1 + len(self.ended_by)
        self.open = [post(f"{base}/api/v1/auth/login", credentials) for _ in range(count)]

    def get(self, path):
        """What this user reads at a path."""
        token = self.open[0]["data"]["access_token"]
        return get(f"{self.base}/api/v1/{path}", {"authorization": f"Bearer {token}"})["data"]

    def next(self):
        """The fresh access token of the next session."""
        refresh = {"refresh_token": self.open.pop()["data"]["refresh_token"]}
        return post(f"{self.base}/api/v1/auth/refresh", refresh)["data"]["access_token"]


def get(url, headers={}):
    """The JSON of an answer; None unless it is 200."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return json.load(answer)
    except (urllib.error.URLError, ConnectionError):
        return None


def post(url, body):
    headers = {"content-type": "application/json", "x-forwarded-for": "192.0.2.1"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
