"""Mint one revocable code, record → text, beside one libsodium signature and one verification of the same message."""

from cities import ADULT, HANDLE, NOW, City
from nacl.signing import SigningKey

from idcard.city.record import Record
from idcard.cose import decode_sign1, kid
from idcard.credential import signed, text
from idcard.issuing.minting import mint
from speed.beside import REPEAT, ROUNDS, peer_rows, rounds
from speed.timing import Row, table

BUDGET = 1.4
OURS = "mint, record → text, self-check included"
FLOOR = "floor"
CITY = City()


def main() -> None:
    profile = CITY.profile("pharmacy")
    issuer = CITY.issuer(profile.kind)
    signer = CITY.signer(profile.kind.value)
    credential = text.decode(CITY.code("pharmacy"))[1]
    external_aad = CITY.scope.external_aad(signed.KIND)
    message = decode_sign1(credential).to_be_signed(external_aad)
    key = SigningKey(signer.seed)
    calls = {
        FLOOR: lambda: key.verify_key.verify(message, key.sign(message).signature),
        OURS: lambda: mint(Record(ADULT), profile, issuer, now=NOW, handle=HANDLE),
    }
    work = {
        "seed": signer.seed,
        "kid": kid(signer.public_key),
        "message": message,
        "external_aad": external_aad,
        "credential": credential,
    }
    measured = rounds("mint", calls, work)
    title = (
        f"mint, revocable: {ROUNDS} rounds of {REPEAT} calls in turn; floor: one libsodium signature and verification; "
        "the peers check nothing"
    )
    print(table(title, measured, [Row(OURS, FLOOR, BUDGET), *peer_rows(measured[0])]))


if __name__ == "__main__":
    main()
