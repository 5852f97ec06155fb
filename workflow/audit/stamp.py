"""Time stamps over checkpoints: RFC 3161, by the extra `stamp`. The one door of `rfc3161_client`.

What is stamped is the whole signed note, byte for byte. The request goes to an authority by whatever way the house
has; nothing is sent from here.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerificationError, VerifierBuilder
from rfc3161_client import decode_timestamp_response as decode

from workflow.audit.keys import read_text
from workflow.errors import InputError, IntegrityError, Problem

_MAX = 1_000_000


def request(checkpoint: Path) -> bytes:
    """A request for a time stamp (DER), with SHA-256 and a nonce, that asks for the authority's certificate."""
    note = read_text(checkpoint).encode()
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def check(checkpoint: Path, response: Path, roots: list[Path]) -> datetime:
    """When the authority saw the checkpoint, in UTC.

    Raises InputError for what is no response or no certificate, IntegrityError when it is not a stamp of an authority
    under one of the roots over this very checkpoint.
    """
    note = read_text(checkpoint).encode()
    try:
        answer = decode(response.read_bytes()[:_MAX])
        builder = VerifierBuilder()
        for path in roots:
            for each in x509.load_pem_x509_certificates(path.read_bytes()[:_MAX]):
                builder = builder.add_root_certificate(each)
        verifier = builder.build()
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise InputError("bad_stamp", file=str(response), problem=problem) from None
    try:
        verifier.verify_message(answer, note)
    except (VerificationError, ValueError) as error:
        raise IntegrityError([Problem("stamp", {"problem": " ".join(str(error).split())[:200]})]) from None
    found: datetime = answer.tst_info.gen_time
    return found
