"""Verify, text → card, all checks, warm, beside one libsodium verification of the same message."""

import random

from cities import NOW, City
from nacl.signing import VerifyKey

from idcard.cose import decode_sign1, kid
from idcard.credential import signed, text
from idcard.verify import Verifier, verdict
from speed.beside import REPEAT, ROUNDS, peer_rows, rounds
from speed.timing import Row, table

BUDGET, CANCELLED_BUDGET = 1.15, 1.2
CANCELLATIONS = 130_000
REPAIRS = 1.05
"""What a clean typed line may cost, beside the same code from a picture."""
CITY = City()
EXTERNAL_AAD = CITY.scope.external_aad(signed.KIND)


def main() -> None:
    source = random.Random(CANCELLATIONS)  # noqa: S311
    cancelled = [source.randbytes(10) for _ in range(CANCELLATIONS)]
    verifiers = {
        "": Verifier(CITY.file),
        f", {CANCELLATIONS:,} cancellations": Verifier(CITY.trust_file(cancelled=cancelled)),
    }
    calls = {}
    rows = []
    for name in ("library", "pharmacy"):
        kind = CITY.profile(name).kind
        code = CITY.code(name)
        message = decode_sign1(text.decode(code)[1])
        key = VerifyKey(CITY.signer(kind.value).public_key)
        floor_of = message.to_be_signed(EXTERNAL_AAD), message.signature
        floor = f"floor {name}"
        calls[floor] = lambda key=key, floor_of=floor_of: key.verify(*floor_of)
        for more, verifier in verifiers.items():
            ours = f"verify, text → card, {name} ({kind.value}){more}"
            calls[ours] = lambda code=code, name=name, verifier=verifier: verifier.verify(code, name, now=NOW)
            rows.append(Row(ours, floor, CANCELLED_BUDGET if more else BUDGET))
        # A text that came well is read one way: that it could be repaired costs nothing.
        verifier, drawn = verifiers[""], f"verdict on a picture, {name}"
        calls[drawn] = lambda code=code, name=name, verifier=verifier: verdict.judge(verifier, code, name, now=NOW)
        typed = f"verdict on a typed line, {name}"
        calls[typed] = lambda code=code, name=name, verifier=verifier: verdict.judge_typed(
            verifier, code, name, now=NOW
        )
        rows.append(Row(typed, drawn, REPAIRS))

    signer = CITY.signer("revocable")
    work = {
        "seed": signer.seed,
        "kid": kid(signer.public_key),
        "message": floor_of[0],
        "external_aad": EXTERNAL_AAD,
        "credential": text.decode(code)[1],
    }
    measured = rounds("verify", calls, work)
    title = f"verify, warm: {ROUNDS} rounds of {REPEAT} calls in turn; floor: one libsodium verification"
    print(table(title, measured, rows + peer_rows(measured[0])))


if __name__ == "__main__":
    main()
