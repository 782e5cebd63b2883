"""Verify, text → card, all checks, warm, beside one libsodium verification of the same message."""

from cities import NOW, City
from nacl.signing import VerifyKey

from idcard.cose import decode_sign1, kid
from idcard.credential import signed, text
from idcard.verify import Verifier
from speed.beside import REPEAT, ROUNDS, peer_rows, rounds
from speed.timing import Row, table

BUDGET = 1.3
CITY = City()
EXTERNAL_AAD = CITY.scope.external_aad(signed.KIND)


def main() -> None:
    verifier = Verifier(CITY.file)
    calls = {}
    rows = []
    for name in ("library", "pharmacy"):
        kind = CITY.profile(name).kind
        code = CITY.code(name)
        message = decode_sign1(text.decode(code)[1])
        key = VerifyKey(CITY.signer(kind.value).public_key)
        floor_of = message.to_be_signed(EXTERNAL_AAD), message.signature
        floor, ours = f"floor {name}", f"idcard, text → card, {name} ({kind.value})"
        calls[floor] = lambda key=key, floor_of=floor_of: key.verify(*floor_of)
        calls[ours] = lambda code=code, name=name: verifier.verify(code, name, now=NOW)
        rows.append(Row(ours, floor, BUDGET))

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
