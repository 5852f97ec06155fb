"""Time stamps over checkpoints, by an authority of OpenSSL's that runs here."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support import Desk, run


class Authority:
    """A time-stamping authority of OpenSSL's, on this machine."""

    CONFIG = """
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = name
[name]
[ext]
extendedKeyUsage = critical,timeStamping
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
"""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "tsa.cnf").write_text(self.CONFIG, encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        key = ("-newkey", "rsa:2048", "-nodes")
        self.call(
            "req",
            "-config",
            "tsa.cnf",
            "-x509",
            *key,
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-subj",
            "/CN=Root",
            "-days",
            "30",
            "-extensions",
            "ca",
        )
        self.call("req", "-config", "tsa.cnf", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Authority")
        self.call(
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-out",
            "tsa.pem",
            "-days",
            "20",
            "-extfile",
            "tsa.cnf",
            "-extensions",
            "ext",
        )

    def call(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def answer(self, request: Path, response: Path) -> None:
        self.call(
            "ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", str(request), "-out", str(response)
        )


def test_a_time_stamp_over_a_checkpoint(tmp_path: Path) -> None:
    desk = Desk.set_up(tmp_path)
    folder = desk.folder
    (folder / "checkpoint").write_text(desk("audit", "seal").out, encoding="utf-8")
    authority = Authority(folder / "tsa")
    ask = ("audit", "stamp", str(folder / "checkpoint"))
    assert run(*ask, "-o", str(folder / "c.tsq")).code == 0
    authority.answer(folder / "c.tsq", folder / "c.tsr")
    root = ("--root", str(folder / "tsa/ca.pem"))
    done = run("--json", *ask, "--response", str(folder / "c.tsr"), *root)
    assert done.code == 0, done.err
    when = datetime.fromisoformat(json.loads(done.out)["at"])
    assert abs(when - datetime.now(UTC)) < timedelta(minutes=5)
    # OpenSSL agrees.
    authority.call(
        "ts", "-verify", "-data", str(folder / "checkpoint"), "-in", str(folder / "c.tsr"), "-CAfile", "ca.pem"
    )
    desk.note()
    (folder / "other").write_text(desk("audit", "seal").out, encoding="utf-8")
    wrong = run("--json", "audit", "stamp", str(folder / "other"), "--response", str(folder / "c.tsr"), *root)
    assert (wrong.code, wrong.error["code"]) == (6, "integrity")
    bad = run("--json", *ask, "--response", str(folder / "checkpoint"), *root)
    assert (bad.code, bad.error["reason"]) == (2, "bad_stamp")
    assert run(*ask).code == 2
    assert desk("audit", "bundle", "N-001", "-o", str(folder / "e.zip"), "--stamp", str(folder / "c.tsr")).code == 0
    assert run("audit", "verify", "--bundle", str(folder / "e.zip")).code == 0
