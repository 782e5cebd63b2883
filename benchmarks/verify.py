"""Verify, text → card, all checks, warm, beside one libsodium verification of the same message."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # where the made-up cities are

from beside import REPEAT, ROUNDS, peer_rows, rounds
from cities import NOW, City
from nacl.signing import VerifyKey
from timing import Row, table

from idcard.cose import decode_sign1, kid
from idcard.credential import text
from idcard.verify import Verifier

BUDGET = 1.3
CITY = City()


def main() -> None:
    verifier = Verifier(CITY.file)
    calls = {}
    rows = []
    for name in ("library", "pharmacy"):
        kind = CITY.profile(name).kind
        code = CITY.code(name)
        signed = decode_sign1(text.decode(code)[1])
        key = VerifyKey(CITY.signer(kind.value).public_key)
        message, signature = signed.to_be_signed(), signed.signature
        floor, ours = f"floor {name}", f"idcard, text → card, {name} ({kind.value})"
        calls[floor] = lambda key=key, message=message, signature=signature: key.verify(message, signature)
        calls[ours] = lambda code=code, name=name: verifier.verify(code, name, now=NOW)
        rows.append(Row(ours, floor, BUDGET))

    signer = CITY.signer("revocable")
    work = {
        "seed": signer.seed,
        "kid": kid(signer.public_key),
        "message": message,
        "credential": text.decode(code)[1],
    }
    measured = rounds("verify", calls, work)
    title = f"verify, warm: {ROUNDS} rounds of {REPEAT} calls in turn; floor: one libsodium verification"
    print(table(title, measured, rows + peer_rows(measured[0])))


if __name__ == "__main__":
    main()
