"""A private key in memory (specs/keys.md, Signers)."""

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair, randombytes

from idcard.cose import SIGNATURE_SIZE

SEED_SIZE = 32


class SeedSigner:
    """Signs with an Ed25519 seed (RFC 8032 §5.1.5). Shows nothing of it in a repr."""

    __slots__ = ("_secret", "public_key")

    def __init__(self, seed: bytes) -> None:
        """seed: 32 bytes."""
        self.public_key, self._secret = crypto_sign_seed_keypair(seed)

    @classmethod
    def generate(cls) -> "SeedSigner":
        return cls(randombytes(SEED_SIZE))

    @property
    def seed(self) -> bytes:
        return self._secret[:SEED_SIZE]

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[:SIGNATURE_SIZE]

    def __repr__(self) -> str:
        return "SeedSigner(…)"
