"""A PostgreSQL server of the tests' own: a new one in a temporary folder, ended afterwards."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

USER, PASSWORD = "course", "gates & σ: 100% %41 \\ open"


def programs():
    """The folder of PostgreSQL's programs, or None. Debian has them outside of PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    found = shutil.which("initdb")
    places += [Path(os.path.realpath(found)).parent] if found else []
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


@contextlib.contextmanager
def server():
    """Start a server that wants the password of USER; its port on localhost.

    PostgreSQL refuses to run as root: there, the system's user postgres or nobody runs it.
    """
    place = programs()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    as_user = {}
    if os.geteuid() == 0:
        owner = next(user for user in ("postgres", "nobody") if _known(user))
        shutil.chown(folder, owner)
        as_user = {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []}
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    data, log = folder / "data", (folder / "log").open("w")
    hasty = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # nothing of it is to survive
    options = ("-U", USER, f"--pwfile={folder / 'password'}", "--auth=scram-sha-256", "-E", "UTF8", "--no-sync")
    running = None
    try:
        subprocess.run(
            [place / "initdb", "-D", data, *options], check=True, stdout=log, stderr=log, cwd=folder, **as_user
        )
        command = [place / "postgres", "-D", data, "-p", str(port), "-k", folder]
        command += [word for setting in ("listen_addresses=127.0.0.1", *hasty) for word in ("-c", setting)]
        running = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **as_user)
        ready = [place / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        end = time.monotonic() + 60
        while subprocess.run(ready).returncode:
            if running.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
            time.sleep(0.1)
        yield port
    finally:
        if running and running.poll() is None:
            running.terminate()
            running.wait(30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def database():
    """Start a server and make an empty database; its address, password included."""
    with server() as port:
        execute(port, "create database course")
        yield address(port, "course")


def address(port, name):
    return f"postgresql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/{name}"


def execute(port, statement):
    """Run a statement as the server's owner."""
    import psycopg

    with psycopg.connect(host="127.0.0.1", port=port, user=USER, password=PASSWORD, dbname="postgres") as connection:
        connection.autocommit = True
        connection.execute(statement)


def _known(user):
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False
