"""What may stand between a program and its PostgreSQL server: a line that is cut, and a pooler of connections.

Both listen on a socket in a folder of their own and know just enough of the protocol: each message is a byte and its
length, the first one of a client has no byte.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

COMMIT = b"COMMIT\x00"
_PORT = ".s.PGSQL.5432"


class Gone(Exception):
    """The other side closed."""


def _exactly(sock: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        more = sock.recv(size - len(got))
        if not more:
            raise Gone
        got += more
    return got


def _first(sock: socket.socket) -> bytes:
    size = _exactly(sock, 4)
    return size + _exactly(sock, struct.unpack("!I", size)[0] - 4)


def _message(sock: socket.socket) -> tuple[bytes, bytes]:
    """The kind of a message, and the whole of it."""
    head = _exactly(sock, 5)
    return head[:1], head + _exactly(sock, struct.unpack("!I", head[1:])[0] - 4)


class _Listener:
    """Takes connections for a server that listens in another folder."""

    def __init__(self, server: Path) -> None:
        self._server = str(server / _PORT)
        self._folder = tempfile.TemporaryDirectory(prefix="pg")
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(f"{self._folder.name}/{_PORT}")
        self._socket.listen(100)
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    @property
    def host(self) -> str:
        """The folder to connect to, as it stands in a URL."""
        return quote(self._folder.name)

    def close(self) -> None:
        """End all connections."""
        for each in [self._socket, *self._open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=60)
        for each in [self._socket, *self._open]:
            each.close()
        self._folder.cleanup()

    def _begin(self, work: object, *given: object) -> None:
        thread = threading.Thread(target=self._run, args=(work, *given), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, work: object, *given: object) -> None:
        assert callable(work)
        with contextlib.suppress(Gone, OSError):
            work(*given)

    def _accept(self) -> None:
        while True:
            client = self._socket.accept()[0]
            self._open.append(client)
            self._begin(self._serve, client)

    def _connected(self) -> socket.socket:
        server = socket.socket(socket.AF_UNIX)
        self._open.append(server)
        server.connect(self._server)
        return server

    def _serve(self, client: socket.socket) -> None:
        raise NotImplementedError


class Line(_Listener):
    """Hands everything on, until it is to cut the line at the next commit: `cut` says how.

    `answer`: the commit is done and its answer is lost. `question`: the commit never arrives. `late`: the line is cut,
    and the commit arrives half a second later.
    """

    cut: str | None = None
    closed = False
    cuts = 0

    def _serve(self, client: socket.socket) -> None:
        if self.closed:
            client.shutdown(socket.SHUT_RDWR)
            return
        server = self._connected()
        server.sendall(_first(client))
        self._begin(self._answer, server, client)
        try:
            while True:
                kind, message = _message(client)
                if kind == b"Q" and message.endswith(COMMIT) and (cut := self.cut):
                    self.cut, self.cuts = None, self.cuts + 1
                    if cut == "answer":
                        client.shutdown(socket.SHUT_RDWR)
                        server.sendall(message)
                        time.sleep(0.2)
                    elif cut == "late":
                        client.shutdown(socket.SHUT_RDWR)
                        time.sleep(0.5)
                        server.sendall(message)
                        time.sleep(0.2)
                    raise Gone
                server.sendall(message)
        finally:
            for each in (client, server):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        while True:
            data = server.recv(65_536)
            if not data:
                client.shutdown(socket.SHUT_RDWR)
                return
            with contextlib.suppress(OSError):
                client.sendall(data)


class Pooler(_Listener):
    """Lends a connection to the server for one transaction, the longest unused first, as poolers in that mode do."""

    def __init__(self, server: Path, size: int) -> None:
        self._size = size
        self._idle: list[socket.socket] = []
        self._free = threading.Semaphore(size)
        self._greeting = b""
        self._lock = threading.Lock()
        super().__init__(server)

    def _serve(self, client: socket.socket) -> None:
        startup = _first(client)
        with self._lock:
            while len(self._idle) < self._size and not self._greeting:
                self._greet(startup)
            if not self._greeting:
                raise Gone
        client.sendall(self._greeting)
        while True:
            kind, message = _message(client)
            if kind == b"X":
                return
            self._free.acquire()
            with self._lock:
                server = self._idle.pop(0)
            try:
                self._lend(client, server, kind, message)
            finally:
                with self._lock:
                    self._idle.append(server)
                self._free.release()

    def _greet(self, startup: bytes) -> None:
        """Open all connections to the server; a client is greeted as the first of them was."""
        for _ in range(self._size):
            server = self._connected()
            server.sendall(startup)
            said = b""
            while True:
                kind, message = _message(server)
                said += message
                if kind == b"Z":
                    break
            self._idle.append(server)
            greeting = said
        self._greeting = greeting

    def _lend(self, client: socket.socket, server: socket.socket, kind: bytes, message: bytes) -> None:
        while True:
            server.sendall(message)
            # A group of messages ends with a query or a sync, and its answers with the state of the transaction.
            while kind not in (b"Q", b"S"):
                kind, message = _message(client)
                server.sendall(message)
            while True:
                answer, whole = _message(server)
                client.sendall(whole)
                if answer == b"Z":
                    break
            if whole.endswith(b"I"):
                return
            kind, message = _message(client)
