"""The vectors of the folder `handles` (specs/handles.md): slips with their handles, and ledgers that are put together.

Written anew here and not with the library: the checksum is division by the polynomial of BIP-173, coefficient by
coefficient, where the library folds it into one number.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBERS = (1, 3, 65535)
SECRET = bytes(range(16))
JANUARY_2028 = (2028 - 1970) * 12


def times(a: int, b: int) -> int:
    """The product in GF(32), as BIP-173 builds it: modulo x^5 + x^3 + 1."""
    product = 0
    for bit in range(5):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(9, 4, -1):
        if product >> bit & 1:
            product ^= 0b101001 << bit - 5
    return product


GENERATOR = (29, 22, 20, 21, 29, 18)
"""Coefficients of the generator polynomial of BIP-173 below x^6, highest first."""
CONSTANT = 0x2BC830A3
"""Of BIP-350."""


def checksum(city: str, values: Sequence[int]) -> list[int]:
    """Six values: the remainder of 1, the expanded city and the values, shifted by six, with the constant added."""
    letters = [ord(letter) for letter in city]
    dividend = [1, *(letter >> 5 for letter in letters), 0, *(letter & 31 for letter in letters), *values, *[0] * 6]
    for at in range(len(dividend) - 6):
        factor = dividend[at]
        for place, coefficient in enumerate(GENERATOR, 1):
            dividend[at + place] ^= times(factor, coefficient)
    return [value ^ (CONSTANT >> 5 * place & 31) for value, place in zip(dividend[-6:], range(5, -1, -1), strict=True)]


def slip(first: str = "C", *, city: str = "springfield", until: int = JANUARY_2028, secret: bytes = SECRET) -> str:
    bits = f"{until:012b}" + "".join(f"{byte:08b}" for byte in secret)
    values = [SYMBOLS.index(first), *(int(bits[at : at + 5], 2) for at in range(0, 140, 5))]
    text = "".join(SYMBOLS[value] for value in [*values, *checksum(city, values)])
    return "-".join(text[at : at + 5] for at in range(0, 35, 5))


def handle(number: int, *, city: str, environment: str, secret: bytes) -> str:
    text = f"{environment} {city} {number}".encode()
    return hashlib.blake2b(text, key=secret, person=b"idcard.handle").hexdigest()[:20]


def is_slip(
    fault: str,
    text: str,
    *,
    city: str = "springfield",
    environment: str = "production",
    until: str = "2028-01",
    secret: bytes = SECRET,
) -> dict[str, Any]:
    handles = {str(number): handle(number, city=city, environment=environment, secret=secret) for number in NUMBERS}
    expect = {"reason": None, "until": until, "secret": secret.hex(), "handles": handles}
    return {"fault": fault, "city": city, "environment": environment, "slip": text, "expect": expect}


def no_slip(
    fault: str, text: str, reason: str, *, city: str = "springfield", environment: str = "production"
) -> dict[str, Any]:
    expect = {"reason": reason}
    return {"fault": fault, "city": city, "environment": environment, "slip": text, "expect": expect}


def put_together(
    fault: str,
    ledgers: Sequence[str],
    merged: str | None,
    *,
    now: str = "2027-06-01T00:00:00Z",
    live: Sequence[str] = (),
) -> dict[str, Any]:
    expect = {"reason": "malformed"} if merged is None else {"reason": None, "merged": merged, "live": list(live)}
    return {"fault": fault, "now": now, "ledgers": list(ledgers), "expect": expect}


def ledger(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("value,expires", *lines))


GOOD = slip()
ONE, TWO, THREE = ("01" * 10, "02" * 10, "ff" * 10)


def swapped(text: str, at: int) -> str:
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def vectors() -> dict[str, dict[str, Any]]:
    test = slip("T", until=JANUARY_2028 + 11)
    ones = b"\xff" * 16
    return {
        "slip": is_slip("As it is printed.", GOOD),
        "slip-with-prefix": is_slip("As its QR symbol has it.", f"IDS1:{GOOD}"),
        "slip-spoken": is_slip("Small letters, blanks for dashes.", f"  {GOOD.lower().replace('-', ' ')}\r\n"),
        "slip-look-alikes": is_slip(
            "O for 0, I and L for 1.", GOOD.replace("0", "O").replace("1", "l", 1).replace("1", "I")
        ),
        "slip-without-dashes": is_slip("Thirty-five symbols in a row.", GOOD.replace("-", "")),
        "slip-in-odd-groups": is_slip("Dashes and blanks do not matter.", f"--{GOOD[:3]} - {GOOD[3:]}"),
        "slip-test": is_slip("Of a test city.", test, environment="test", until="2028-12"),
        "slip-of-zeros": is_slip("A secret of zeros.", slip(secret=bytes(16)), secret=bytes(16)),
        "slip-of-ones": is_slip(
            "A secret of ones, and the last month there is.",
            slip(secret=ones, until=4095),
            secret=ones,
            until="2311-04",
        ),
        "slip-first-month": is_slip("January 1970.", slip(until=0), until="1970-01"),
        "slip-short-city": is_slip("A city with an id of one letter.", slip(city="a"), city="a"),
        "slip-long-city": is_slip(
            "A city with an id of 32 letters.",
            slip(city="a-city-with-quite-a-long-name-99"),
            city="a-city-with-quite-a-long-name-99",
        ),
        "slip-one-symbol": no_slip(
            "The last symbol is another.", f"{GOOD[:-1]}{'0' if GOOD[-1] != '0' else '2'}", "misread"
        ),
        "slip-first-symbol": no_slip("T for C, and the checksum of C.", f"T{GOOD[1:]}", "misread"),
        "slip-neighbours-swapped": no_slip("Two neighbours of a group are swapped.", swapped(GOOD, 1), "misread"),
        "slip-groups-swapped": no_slip(
            "The second and third group are swapped.",
            "-".join([*GOOD.split("-")[:1], *GOOD.split("-")[2:0:-1], *GOOD.split("-")[3:]]),
            "misread",
        ),
        "slip-of-another-city": no_slip("Whole, and of another city.", slip(city="shelbyville"), "misread"),
        "slip-of-a-city-with-a-longer-id": no_slip("Of springfield-2.", slip(city="springfield-2"), "misread"),
        "slip-test-in-production": no_slip("Of the test city of the same id.", test, "other-environment"),
        "slip-production-in-test": no_slip(
            "Of the real city of the same id.", GOOD, "other-environment", environment="test"
        ),
        "slip-other-first-symbol": no_slip("A first symbol that means nothing yet.", slip("D"), "newer-program"),
        "slip-next-version": no_slip("The prefix of another version.", f"IDS2:{GOOD}", "newer-program"),
        "slip-too-short": no_slip("A symbol is missing.", GOOD[:-1], "not-a-slip"),
        "slip-too-long": no_slip("A symbol too many.", f"{GOOD}0", "not-a-slip"),
        "slip-empty": no_slip("Nothing.", "", "not-a-slip"),
        "slip-with-u": no_slip("U is no symbol.", f"{GOOD[:-1]}U", "not-a-slip"),
        "slip-of-wide-letters": no_slip("Letters outside ASCII are no symbols.", f"\uff23{GOOD[1:]}", "not-a-slip"),
        "slip-prefix-twice": no_slip("The prefix twice.", f"IDS1:IDS1:{GOOD}", "not-a-slip"),
        "slip-is-a-card": no_slip("The code of a card.", "IDC1:6BFOXN", "card"),
        "ledger": put_together("One ledger.", [ledger(f"{ONE},2028-01")], ledger(f"{ONE},2028-01"), live=[ONE]),
        "ledger-empty": put_together("Nothing is cancelled.", [ledger()], ledger()),
        "ledger-two": put_together(
            "Two offices; a value that both have counts once.",
            [ledger(f"{ONE},2028-01", f"{THREE},2028-02"), ledger(f"{ONE},2028-01", f"{TWO},2027-12")],
            ledger(f"{ONE},2028-01", f"{TWO},2027-12", f"{THREE},2028-02"),
            live=[ONE, TWO, THREE],
        ),
        "ledger-later-month": put_together(
            "One value with two months: the later one stays, whichever comes first.",
            [ledger(f"{ONE},2027-07"), ledger(f"{ONE},2028-01"), ledger(f"{ONE},2027-09")],
            ledger(f"{ONE},2028-01"),
            live=[ONE],
        ),
        "ledger-last-second": put_together(
            "A second before a value expires.",
            [ledger(f"{ONE},2027-06")],
            ledger(f"{ONE},2027-06"),
            now="2027-06-01T11:59:59Z",
            live=[ONE],
        ),
        "ledger-expired": put_together(
            "A value that has just expired is published no more.",
            [ledger(f"{ONE},2027-06", f"{TWO},2027-07")],
            ledger(f"{ONE},2027-06", f"{TWO},2027-07"),
            now="2027-06-01T12:00:00Z",
            live=[TWO],
        ),
        "ledger-any-order": put_together(
            "Lines in another order are read, and written sorted.",
            ["value,expires\n" + f"{TWO},2028-01\n{ONE},2028-01\n"],
            ledger(f"{ONE},2028-01", f"{TWO},2028-01"),
            live=[ONE, TWO],
        ),
        "ledger-no-header": put_together("The first line is missing.", [f"{ONE},2028-01\n"], None),
        "ledger-nothing": put_together("An empty file.", [""], None),
        "ledger-cut-short": put_together("The last line has no end.", [ledger(f"{ONE},2028-01")[:-1]], None),
        "ledger-value-twice": put_together("A value stands twice.", [ledger(f"{ONE},2028-01", f"{ONE},2028-02")], None),
        "ledger-capitals": put_together("Capitals.", [ledger(f"{THREE.upper()},2028-01")], None),
        "ledger-short-value": put_together("A value of 9 bytes.", [ledger(f"{ONE[2:]},2028-01")], None),
        "ledger-month-13": put_together("There is no such month.", [ledger(f"{ONE},2028-13")], None),
        "ledger-month-0": put_together("Months begin with 1.", [ledger(f"{ONE},2028-00")], None),
        "ledger-a-day": put_together("A day instead of a month.", [ledger(f"{ONE},2028-01-01")], None),
        "ledger-a-third-column": put_together("A reason stands behind.", [ledger(f"{ONE},2028-01,lost")], None),
        "ledger-empty-line": put_together("An empty line.", [ledger(f"{ONE},2028-01", "")], None),
    }
