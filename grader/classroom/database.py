"""The gradebook's database, SQLite or PostgreSQL: how to open it, what may be in the way, and where its password is."""

import contextlib
import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from grader.base.errors import CourseError
from grader.base.files import write_atomically

POSTGRESQL = "postgresql+psycopg"
PASSWORD_FILE = "gradebook.pgpass"
BUSY_SECONDS = 30  # how long SQLite waits for another program's lock
OTHERS_SHARE = 0.5  # SQLite is left to others for this share of the time that we used it
PAUSES = (0.1, 0.5, 2, 5)  # seconds before a transaction is tried again
# Serialization failure, deadlock, lock not available; and a server that is shutting down.
_PASSING_STATES = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03")
_DENIED = "42501"


class DatabaseError(CourseError):
    """The gradebook's database cannot be used, now or at all; the message says what to do."""


class Database:
    """An open database; one connection is kept for as long as it is open.

    Parameters
    ----------
    url : str, as nbgrader's ``c.CourseDirectory.db_url``

    Raises
    ------
    DatabaseError
        If there is no way there.
    """

    def __init__(self, url):
        self.url = normal(url)
        self._engine = _engine(self.url)
        self._next_turn = 0.0
        try:
            self.transaction(lambda session: session.connection())
        except DBAPIError as e:
            self.close()
            raise DatabaseError(_explained(self.url, e)) from None

    def transaction(self, work):
        """The result of ``work(session)``, in one transaction: all of it is written, or nothing.

        This waits for another program's lock, and may call `work` again. Others get their turn.

        Raises
        ------
        DatabaseError
            If the database stays locked or out of reach.
        """
        for pause in (*PAUSES, None):
            try:
                return self._in_turn(work)
            except DBAPIError as e:
                passing = _passing(e)
                if not passing and not isinstance(e, OperationalError) and _state(e) != _DENIED:
                    raise
                if not passing or pause is None:
                    raise DatabaseError(_explained(self.url, e)) from e
                time.sleep(pause)

    def compact(self):
        """Rewrite SQLite's file, so that no deleted data stays in it. PostgreSQL does this by itself.

        Raises
        ------
        DatabaseError
            If another program keeps it locked.
        """
        if self.url.get_backend_name() == "sqlite":
            # VACUUM must not run in a transaction, and SQLAlchemy would begin one.
            with contextlib.closing(self._engine.raw_connection()) as connection:
                try:
                    connection.driver_connection.execute("VACUUM")
                except sqlite3.OperationalError as e:
                    raise DatabaseError(
                        f"the deleted data is still in the gradebook's file ({e}): close other programs that use it, and run again"
                    ) from None

    def close(self):
        self._engine.dispose()

    def _in_turn(self, work):
        time.sleep(max(0, self._next_turn - time.monotonic()))
        with Session(self._engine) as session, session.begin():
            session.connection()  # takes SQLite's lock
            begun = time.monotonic()
            result = work(session)
        if self.url.get_backend_name() == "sqlite":  # programs that wait for its lock look only now and then
            self._next_turn = time.monotonic() + OTHERS_SHARE * (time.monotonic() - begun)
        return result


def normal(url):
    """The URL of a database, with its driver; SQLite's path absolute.

    Raises
    ------
    DatabaseError
        If it is not a URL, or is one of another kind of database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    kind = parsed.get_backend_name() if parsed else None
    if kind in ("postgresql", "postgres"):
        password = parsed.query.get("password")
        parsed = parsed.set(drivername=POSTGRESQL).difference_update_query(["password"])
        return parsed.set(password=password) if password else parsed
    if kind == "sqlite":
        return parsed.set(database=str(Path(parsed.database).absolute())) if parsed.database else parsed
    shown = str(url) if parsed is None else parsed.render_as_string()
    raise DatabaseError(
        f"{shown} cannot hold a gradebook: give postgresql://user@host/database, or sqlite:////path/gradebook.db"
    )


def setting(url, folder):
    """The lines of nbgrader_config.py that make nbgrader use a database.

    A password goes to a file of its own that only its owner can read, in the format that every PostgreSQL program knows
    (https://www.postgresql.org/docs/current/libpq-pgpass.html). The line still finds it if the folder is moved.

    Parameters
    ----------
    url : of `normal`
    folder : Path, the class's
    """
    if not url.password:
        return f"c.CourseDirectory.db_url = {url.render_as_string()!r}\n"
    escaped = url.password.replace("\\", r"\\").replace(":", r"\:")
    write_atomically(folder / PASSWORD_FILE, f"*:*:*:*:{escaped}\n", mode=0o600)
    bare = URL.create(
        url.drivername, url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()
    beginning = f"{bare}{'&' if url.query else '?'}passfile="
    return (
        "from pathlib import Path\nfrom urllib.parse import quote\n\n"
        f"c.CourseDirectory.db_url = {beginning!r} + quote(str(Path(__file__).resolve().with_name({PASSWORD_FILE!r})))\n"
    )


def _engine(url):
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        # Python's driver would take the write lock only after reading, too late to wait for it.
        event.listen(engine, "connect", lambda connection, record: setattr(connection, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        return engine
    try:
        return create_engine(url, connect_args={"connect_timeout": 10}, pool_pre_ping=True)
    except ModuleNotFoundError as e:
        raise DatabaseError(
            f"PostgreSQL needs the package psycopg, which is not installed ({e}): in the course's folder, pip install -e '.[postgres]'"
        ) from None


def _state(error):
    """PostgreSQL's code for an error, or None: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
    return getattr(error.orig, "sqlstate", None)


def _passing(error):
    """Whether the error may go away after a while: a lock, or a server that restarts."""
    locked = isinstance(error, OperationalError) and "locked" in str(error.orig)
    return error.connection_invalidated or _state(error) in _PASSING_STATES or locked


def _explained(url, error):
    shown = url.difference_update_query(["passfile"]).render_as_string()
    said = " ".join(str(error.orig).split())
    if "locked" in said:
        return f"the gradebook {shown} stays locked because another program is writing to it: close that program and run again"
    if _state(error) == _DENIED:
        return (
            f"{url.username} may not create tables there ({said}): make this user the owner, with "
            f"alter database {url.database} owner to {url.username}"
        )
    if url.get_backend_name() == "sqlite" or _state(error):
        return f"the gradebook {shown} cannot be used: {said}"
    place = f"{url.host or url.query.get('host') or 'this machine'}:{url.port or url.query.get('port') or 5432}"
    if "password" in said and ("failed" in said or "no password" in said):
        return (
            f"{place} refuses the password of {url.username}, or requires one: give it in PGPASSWORD, in ~/.pgpass or in the "
            f"address, postgresql://user:password@host/database"
        )
    if "database" in said and "does not exist" in said:
        return f"{place} has no database {url.database!r}: create it with createdb {url.database}"
    if "role" in said and "does not exist" in said:
        return f"{place} has no user {url.username!r}: create it with createuser {url.username}, or name another"
    return f"no PostgreSQL server answers for {shown} ({said}): is it running, and are host and port right?"
