"""python-cwt and pycose, asked to read credentials of ours and to sign credentials of our profile.

Runs in the environment of requirements.txt, with nothing of idcard. Bytes are written in hexadecimal.
stdin: {"read": [{"key", "kid", "aad", "credential"}], "sign": [{"seed", "key", "kid", "aad", "claims"}]}
stdout: {library: {"read": [claims or null], "signed": [credential]}}
"""

import json
import sys
from typing import Any

import cbor2
from cwt import COSE, CWT, COSEKey
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage, Sign1Message


def cwt_key(public_key: bytes, kid: bytes, seed: bytes | None = None) -> Any:
    params = {1: 1, 2: kid, 3: -8, -1: 6, -2: public_key}
    return COSEKey.new(params if seed is None else {**params, -4: seed})


class PythonCwt:
    """Its COSE layer, not its CWT layer.

    `CWT.encode_and_sign` puts the kid in the unprotected header, where nothing signs it. `CWT.decode` goes by the clock
    of the machine, and python-cwt 3.3 takes bytes without a COSE tag for claims and looks at no signature.
    """

    def read(self, public_key: bytes, kid: bytes, external_aad: bytes, credential: bytes) -> dict[int, Any]:
        payload = COSE.new(verify_kid=True).decode(credential, cwt_key(public_key, kid), external_aad=external_aad)
        return cbor2.loads(payload)

    def sign(self, seed: bytes, public_key: bytes, kid: bytes, external_aad: bytes, payload: bytes) -> bytes:
        # cbor2 writes a dict in its own order, so alg comes first.
        return COSE.new().encode_and_sign(
            payload, cwt_key(public_key, kid, seed), protected={1: -8, 4: kid}, external_aad=external_aad
        )


class PythonCwtPlain(PythonCwt):
    """What its shortest call makes of the same claims."""

    def sign(self, seed: bytes, public_key: bytes, kid: bytes, external_aad: bytes, payload: bytes) -> bytes:
        return CWT.new().encode_and_sign(cbor2.loads(payload), cwt_key(public_key, kid, seed))


class Pycose:
    def read(self, public_key: bytes, kid: bytes, external_aad: bytes, credential: bytes) -> dict[int, Any]:
        message = CoseMessage.decode(credential)
        message.key, message.external_aad = OKPKey(crv=Ed25519, x=public_key), external_aad
        if message.phdr != {Algorithm: EdDSA, KID: kid} or message.uhdr or not message.verify_signature():
            raise ValueError("not signed by this key")
        return cbor2.loads(message.payload)

    def sign(self, seed: bytes, public_key: bytes, kid: bytes, external_aad: bytes, payload: bytes) -> bytes:
        # Here too the order of the dict is the order of the header.
        message = Sign1Message(phdr={Algorithm: EdDSA, KID: kid}, payload=payload)
        message.key, message.external_aad = OKPKey(crv=Ed25519, x=public_key, d=seed), external_aad
        return message.encode()


LIBRARIES = {"python-cwt": PythonCwt(), "python-cwt plain": PythonCwtPlain(), "pycose": Pycose()}


def read(library: PythonCwt | Pycose, question: dict[str, str]) -> dict[str, Any] | None:
    key, kid, aad, credential = (bytes.fromhex(question[name]) for name in ("key", "kid", "aad", "credential"))
    try:
        claims = library.read(key, kid, aad, credential)
    except Exception:  # Each library refuses with whatever its parser, its checks or its signature layer raise.
        return None
    holder = sorted(claims.pop(-65537).items())
    answer = {"exp": claims.pop(4), "cti": claims.pop(7).hex() if 7 in claims else None, "holder": holder}
    return answer | {"others": sorted(claims)}


def sign(library: PythonCwt | Pycose, question: dict[str, Any]) -> str:
    seed, key, kid, aad = (bytes.fromhex(question[name]) for name in ("seed", "key", "kid", "aad"))
    claims = question["claims"]
    payload = {4: claims["exp"]}
    if claims["cti"] is not None:
        payload[7] = bytes.fromhex(claims["cti"])
    payload[-65537] = dict(claims["holder"])
    return library.sign(seed, key, kid, aad, cbor2.dumps(payload)).hex()


def main() -> None:
    questions = json.load(sys.stdin)
    answers = {
        name: {
            "read": [read(library, question) for question in questions["read"]],
            "signed": [sign(library, question) for question in questions["sign"]],
        }
        for name, library in LIBRARIES.items()
    }
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
