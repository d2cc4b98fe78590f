"""How the secrets of authenticators rest in the database: encrypted by a key that the database does not hold."""

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


class SealedSecrets(DefaultMFAAdapter):
    """django-allauth's adapter whose secrets are sealed by the first of SECOND_FACTOR_KEYS and opened by any.

    So a key is changed by putting the new one in front; the old one stays until nothing is sealed by it.
    """

    def encrypt(self, text: str) -> str:
        """Sealed text (Fernet: AES-128-CBC and HMAC-SHA256)."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed. Raises cryptography's InvalidToken when no key fits."""
        return _keys().decrypt(encrypted_text.encode()).decode()


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SECOND_FACTOR_KEYS])
