"""X.509 certificates of devices: DER → names and digest, however odd the certificate is."""

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

_WORDS = {NameOID.EMAIL_ADDRESS: "emailAddress"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """Names in RFC 4514 order (`CN=…,OU=…,O=…`), empty when they cannot be read."""

    sha256: str
    subject: str = ""
    issuer: str = ""


def read(der: bytes) -> Certificate:
    """Never raises: what the decoder refuses still has its digest."""
    digest = hashlib.sha256(der).hexdigest()
    with warnings.catch_warnings():
        # Serial numbers of zero, over-long names and the like: facts of the field, not our news.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        warnings.filterwarnings("ignore", message="Attribute's length must be")
        try:
            certificate = x509.load_der_x509_certificate(der)
        except (ValueError, TypeError, x509.InvalidVersion):
            return Certificate(digest)
        return Certificate(
            digest, _name(lambda: certificate.subject), _name(lambda: certificate.issuer)
        )


def _name(field: Callable[[], x509.Name]) -> str:
    try:
        return field().rfc4514_string(_WORDS)
    except (ValueError, TypeError):  # read lazily: bad UTF-8 shows only here
        return ""
