"""The other libraries at the same work, in the environment that `make peers` builds; started by `beside.py`.

The first line of stdin says with what; each further line asks for a round of "verify" or "mint", and is answered by
one line of times.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import cbor2
import claim169
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cwt import COSE, COSEKey
from nacl.signing import SigningKey
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

from speed.timing import one_round

Calls = dict[str, Callable[[], object]]


def calls(*, seed: bytes, kid: bytes, message: bytes, external_aad: bytes, credential: bytes) -> dict[str, Calls]:
    """What is timed, by the kind of round. message: what is signed in the credential."""
    signing_key = SigningKey(seed)
    verify_key = signing_key.verify_key
    public_key = verify_key.encode()
    signature = signing_key.sign(message).signature
    payload = cbor2.loads(cbor2.loads(credential).value[2])
    exp, cti = payload[4], payload[7]

    cwt_key = COSEKey.new({1: 1, 2: kid, 3: -8, -1: 6, -2: public_key, -4: seed})
    cose_key = OKPKey(crv=Ed25519, x=public_key, d=seed)
    jwt_key = Ed25519PrivateKey.from_private_bytes(seed)
    jwt_claims = {"exp": exp, "jti": cti.hex(), "resident": True, "age": 18}
    token = jwt.encode(jwt_claims, jwt_key, "EdDSA", headers={"kid": kid.hex()})
    jwt_public_key = jwt_key.public_key()
    identity, meta = claim169.Claim169Input(id=cti.hex()), claim169.CwtMetaInput(expires_at=exp)
    qr_text = claim169.encode_with_ed25519(identity, meta, seed)

    def pycose_verify() -> Any:
        received = Sign1Message.decode(credential)
        received.key, received.external_aad = cose_key, external_aad
        assert received.verify_signature()
        return cbor2.loads(received.payload)

    def pycose_sign() -> bytes:
        sent = Sign1Message(phdr={Algorithm: EdDSA, KID: kid}, payload=cbor2.dumps(payload))
        sent.key, sent.external_aad = cose_key, external_aad
        return sent.encode()

    def cwt_verify() -> Any:
        return cbor2.loads(COSE.new(verify_kid=True).decode(credential, cwt_key, external_aad=external_aad))

    def cwt_sign() -> bytes:
        return COSE.new().encode_and_sign(
            cbor2.dumps(payload), cwt_key, protected={1: -8, 4: kid}, external_aad=external_aad
        )

    def floor_mint() -> None:
        verify_key.verify(message, signing_key.sign(message).signature)

    assert cwt_sign() == pycose_sign() == credential
    return {
        "verify": {
            "floor of the peers": lambda: verify_key.verify(message, signature),
            "python-cwt, bytes → claims": cwt_verify,
            "pycose, bytes → claims": pycose_verify,
            "PyJWT, token → claims": lambda: jwt.decode(token, jwt_public_key, algorithms=["EdDSA"]),
            "claim169, text → claims": lambda: claim169.decode_with_ed25519(qr_text, public_key),
        },
        "mint": {
            "floor of the peers": floor_mint,
            "python-cwt, claims → bytes": cwt_sign,
            "pycose, claims → bytes": pycose_sign,
            "PyJWT, claims → token": lambda: jwt.encode(jwt_claims, jwt_key, "EdDSA", headers={"kid": kid.hex()}),
            "claim169, claims → text": lambda: claim169.encode_with_ed25519(identity, meta, seed),
        },
    }


def main() -> None:
    question = json.loads(sys.stdin.readline())
    repeat = question.pop("repeat")
    kinds = calls(**{name: bytes.fromhex(value) for name, value in question.items()})
    for line in sys.stdin:
        print(json.dumps(one_round(kinds[line.strip()], repeat, time.process_time)), flush=True)


if __name__ == "__main__":
    main()
