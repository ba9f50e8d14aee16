"""Contact data and private files under lock: what only the service can read, and what contact
data can be found by.

Both keys come from the service's secret: with another secret nothing here opens again.
"""

import base64
import hashlib
import hmac
import re
import uuid

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from geoapp.errors import Invalid


class Sealer:
    """Seals words and finds them again, with keys made from the service's secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._find_key = self._derive(b"geoapp look-up")
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derive(b"geoapp sealing")))

    def seal(self, words: str) -> bytes:
        """`words` so that only this secret opens them; the same words look different each time."""
        return self._fernet.encrypt(words.encode())

    def unseal(self, sealed: bytes) -> str:
        """The words.

        Raises:
            Invalid: they were sealed with another secret, or were touched since.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise Invalid(
                "Contact data cannot be read: start with the GEOAPP_SECRET it was sealed with."
            ) from None

    def seal_file(self, data: bytes) -> bytes:
        """As `seal`, of a file: only as much longer as its seal is."""
        return base64.urlsafe_b64decode(self._fernet.encrypt(data))

    def unseal_file(self, sealed: bytes) -> bytes:
        """The file.

        Raises:
            Invalid: it was sealed with another secret, or was touched since.
        """
        try:
            return self._fernet.decrypt(base64.urlsafe_b64encode(sealed))
        except InvalidToken:
            raise Invalid(
                "This file cannot be read: start with the GEOAPP_SECRET it was sealed with."
            ) from None

    def look_up(self, words: str) -> bytes:
        """A digest of 32 bytes that finds the same words again and tells nothing of them."""
        return hmac.new(self._find_key, words.encode(), hashlib.sha256).digest()

    def sign_id(self, kind: str, row_id: uuid.UUID) -> str:
        """What the link of a mail carries for the row it stands for, of one kind of link; it is
        never stored, so the worker makes it when it sends."""
        text = f"{kind}:{row_id}".encode()
        mark = hmac.new(self._secret, text, hashlib.sha256).digest()[:24]
        return f"{row_id.hex}.{base64.urlsafe_b64encode(mark).decode()}"

    def read_id(self, kind: str, words: str) -> uuid.UUID | None:
        """The row a link of this kind stands for; None where it is none of ours."""
        head, _, _ = words.partition(".")
        if not re.fullmatch("[0-9a-f]{32}", head):
            return None
        row_id = uuid.UUID(hex=head)
        expected = self.sign_id(kind, row_id)
        return row_id if hmac.compare_digest(expected.encode(), words.encode()) else None

    def _derive(self, purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(self._secret)
