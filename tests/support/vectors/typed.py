"""The vectors of the folder `typed` (specs/scan.md): what a scanner, a keyboard or copying makes of a code.

A row of the table: what happened, the text that came of it, and the answer: outcome, reason, and what was undone.
"""

import base64
from typing import Any

from support.keys_typed import Desk
from support.vectors.decision import LIBRARY, NOW, PHARMACY, SHELBYVILLE, SPRINGFIELD

ALTERED = LIBRARY[:-1] + ("0" if LIBRARY[-1] != "0" else "1")
FULL_WIDTH = {ord(" "): 0x3000} | {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
CHEROKEE = {ord(letter): chr(0x13A0 + at) for at, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}
"""Letters of a keyboard that no table has."""
DRIVING_LICENCE = (
    "@\n\x1e\rANSI 636000090002DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDDEN\nDACMICHAEL\nDDFN\nDADJOHN\r"
)
HEALTH = (
    "HC1:" + "6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2+$N IOP-IA%NFQGRJPC%OQHIZC4.OI1RM8ZA.A5:S9MKN4NN3F85QNCY0O" * 3
)
PROSE = "When the holder of a card asks for its renewal, the office compares the photo first, and only then it prints. "
_OF_SLIP = "IDS1:C0000-00000-00000-00000-00000-00000-00000"


def on(computer: str, text: str = PHARMACY, lock: str = "") -> str:
    """What appears where a scanner types as on a US keyboard."""
    return Desk("us", computer, lock).appears(text)


def of(scanner: str, text: str = PHARMACY) -> str:
    """What appears on a US keyboard where the scanner types as on another."""
    return Desk(scanner, "us").appears(text)


def korean(text: str) -> str:
    """As an input method puts keys together to syllables, where that is possible at all: consonant and vowel."""
    typed, first, vowels = (
        on("kr", text),
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ",
        "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ",
    )
    shown, at = "", 0
    while at < len(typed):
        pair = typed[at : at + 2]
        if len(pair) == 2 and pair[0] in first and pair[1] in vowels:
            shown += chr(0xAC00 + (first.index(pair[0]) * 21 + vowels.index(pair[1])) * 28)
            at += 2
        else:
            shown, at = shown + pair[0], at + 1
    return shown


Answer = tuple[str, str | None, list[str]]
NOT_A_CODE: Answer = ("reject", "not-a-code", [])


def good(*undone: str) -> Answer:
    return "accept", None, list(undone)


def keyboard(*undone: str) -> Answer:
    return "cannot-say", "keyboard", list(undone)


EVERY = [LIBRARY[at : at + 10] for at in range(0, len(LIBRARY), 10)]
BEFORE_AND_BEHIND: dict[str, tuple[str, str, Answer]] = {
    "prefix-qr-code": ("The AIM identifier of a QR code.", f"]Q1{LIBRARY}", good("prefix")),
    "prefix-data-matrix": ("The AIM identifier of Data Matrix.", f"]d2{LIBRARY}", good("prefix")),
    "prefix-one-letter": ("A maker's letter for QR codes.", f"s{LIBRARY}", good("prefix")),
    "prefix-two-letters": ("A maker's letters for QR codes.", f"QR{LIBRARY}", good("prefix")),
    "prefix-number-of-the-scanner": ("The number of the scanner.", f"P01{LIBRARY}", good("prefix")),
    "prefix-date-and-time": ("Date and time before it.", f"2026-11-22 12:00:05 {LIBRARY}", good("prefix")),
    "prefix-utf-8-mark-as-latin-1": ("A mark that was read as Latin-1.", f"\xef\xbb\xbf{LIBRARY}", good("prefix")),
    "prefix-quotation-mark": ("Quotation marks around it.", f'"{LIBRARY}"', good("prefix", "suffix")),
    "suffix-hash": ("A number sign behind it.", f"{LIBRARY}#", good("suffix")),
    "suffix-counter": ("A counter behind it, of digits that base45 has too.", f"{LIBRARY}000123", good("suffix")),
    "suffix-arrow": ("The arrow down behind it.", f"{LIBRARY}\x1b[B", good("suffix")),
    "suffix-keypad-enter": ("Enter of the number pad.", f"{LIBRARY}\x1bOM", good("suffix")),
    "suffix-next-line": ("NEL of EBCDIC for a line end.", f"{LIBRARY}\x85", good()),
    "control-stx-etx": ("Between STX and ETX.", f"\x02{LIBRARY}\x03", good("control")),
    "control-gs-rs-eot": ("GS, RS and EOT behind it.", f"{LIBRARY}\x1d\x1e\x04", good("control")),
    "control-inside": ("A tab and a CR inside.", f"{LIBRARY[:40]}\t\r{LIBRARY[40:]}", good("control")),
    "half-read": ("Half of it, and then all of it.", f"{LIBRARY[:70]}{LIBRARY}", good("half-read")),
    "half-read-of-another": (
        "A whole code, and half of another: nobody is accepted by the code before.",
        f"{LIBRARY}{PHARMACY[:60]}", ("reject", "malformed", []),
    ),
}  # fmt: skip
UNSEEN: dict[str, tuple[str, str, Answer]] = {
    "unseen-mark": ("A byte order mark before it.", f"\ufeff{LIBRARY}", good()),
    "unseen-two-marks": ("Two of them.", f"\ufeff\ufeff{LIBRARY}", good()),
    "unseen-directions": ("Marks of direction around it.", f"\u200f\u202b{LIBRARY}\u202c\u200e", good()),
    "unseen-isolates": ("Isolates around it and inside.", f"\u2068{LIBRARY[:30]}\u2069{LIBRARY[30:]}", good()),
    "unseen-soft-hyphens": ("Soft hyphens, as mail programs put them in.", "\xad".join(EVERY), good()),
    "unseen-zero-width-blanks": ("Places where a line may break.", "\u200b".join(EVERY), good()),
    "unseen-joiners": ("A word joiner and a joiner of letters.", "\u2060\u200d".join(EVERY), good()),
    "unseen-line-separators": ("Line separators of Unicode.", "\u2028".join(EVERY), good()),
    "unseen-fillers": ("A filler of Korean and a variation selector.", f"\u3164{LIBRARY}\ufe0f", good()),
    "unseen-line-ends": ("Broken into lines, as by mail.", f"{LIBRARY[:76]}\r\n{LIBRARY[76:]}\r\n", good()),
}  # fmt: skip
SIGNS: dict[str, tuple[str, str, Answer]] = {
    "signs-full-width": ("All in full width.", LIBRARY.translate(FULL_WIDTH), good("input-method")),
    "signs-full-width-small": (
        "In full width, and Caps Lock is on.",
        LIBRARY.swapcase().translate(FULL_WIDTH), good("caps-lock", "input-method"),
    ),
    "signs-chinese": (
        "Signs of a Chinese input method.",
        PHARMACY.translate(str.maketrans(":$*/.", "\uff1a\uffe5\xd7\u3001\u3002")), good("input-method"),
    ),
    "signs-japanese": (
        "Signs of a Japanese input method.",
        PHARMACY.translate(str.maketrans(":$*/.-", "\uff1a\uff04\uff0a\u30fb\u3002\u30fc")), good("input-method"),
    ),
    "signs-small-forms": (
        "Small forms of signs.", LIBRARY.translate(str.maketrans(":%+", "\ufe55\ufe6a\ufe62")), good("input-method")
    ),
    "signs-dash": (
        "A text program made dashes.", PHARMACY.replace("-", "\u2013").replace(" ", "\xa0"), good("typography")
    ),
    "signs-minus": ("A spreadsheet made a minus sign.", PHARMACY.replace("-", "\u2212"), good("typography")),
}  # fmt: skip
KEYBOARDS: dict[str, tuple[str, str, Answer]] = {
    "caps-lock": ("Caps Lock is on.", LIBRARY.swapcase(), good("caps-lock")),
    "keyboard-belgian": ("On a Belgian keyboard.", on("be"), good("keyboard-be")),
    "keyboard-swiss": ("On a Swiss keyboard.", on("ch"), good("keyboard-ch")),
    "keyboard-canadian": ("On a Canadian keyboard.", on("ca", LIBRARY), good("keyboard-ca")),
    "keyboard-portuguese": ("On a Portuguese keyboard.", on("pt"), good("keyboard-pt")),
    "keyboard-brazilian": ("On a Brazilian keyboard.", on("br"), good("keyboard-br")),
    "keyboard-dutch": ("On an old Dutch keyboard.", on("nl"), good("keyboard-nl")),
    "keyboard-danish": ("On a Danish keyboard.", on("dk"), good("keyboard-dk")),
    "keyboard-swedish": ("On a Swedish keyboard.", on("se"), good("keyboard-se")),
    "keyboard-czech": ("On a Czech keyboard.", on("cz"), good("keyboard-cz")),
    "keyboard-czech-caps": ("And Caps Lock is on.", on("cz", lock="caps-lock"), good("caps-lock", "keyboard-cz")),
    "keyboard-hungarian": ("On a Hungarian keyboard.", on("hu"), good("keyboard-hu")),
    "keyboard-polish-typist": ("On a Polish typist's keyboard.", on("pl-qwertz"), good("keyboard-pl-qwertz")),
    "keyboard-turkish": ("On a Turkish keyboard.", on("tr"), good("keyboard-tr")),
    "keyboard-turkish-f": ("On a Turkish F keyboard.", on("tr-f"), good("keyboard-tr-f")),
    "keyboard-dvorak": ("On a Dvorak keyboard.", on("dvorak"), good("keyboard-dvorak")),
    "keyboard-russian": ("On a Russian keyboard.", on("ru"), good("keyboard-ru")),
    "keyboard-ukrainian": ("On a Ukrainian keyboard.", on("ua"), good("keyboard-ua")),
    "keyboard-hebrew": ("On a Hebrew keyboard.", on("il"), good("keyboard-il")),
    "keyboard-arabic": ("On an Arabic keyboard.", on("ara"), good("keyboard-ara")),
    "keyboard-arabic-windows": (
        "On one of Windows, where one key types two letters.",
        "".join("\u0644" + {"\ufefb": "\u0627", "\ufef9": "\u0625", "\ufef7": "\u0623", "\ufef5": "\u0622"}[each]
                if "\ufef5" <= each <= "\ufefc" else each for each in on("ara")), good("keyboard-ara"),
    ),
    "keyboard-bengali": ("On a Bengali keyboard, with its own digits.", on("bd"), good("keyboard-bd")),
    "keyboard-urdu": ("On an Urdu keyboard.", on("pk"), good("keyboard-pk")),
    "keyboard-korean": ("By a Korean input method.", korean(PHARMACY), good("keyboard-kr")),
    "scanner-french": ("The scanner types as on a French keyboard.", of("fr"), good("scanner-fr")),
    "keyboard-greek-loses-a-letter": ("On a Greek keyboard, where S and W are one.", on("gr"), keyboard("keyboard-gr")),
    "keyboard-german-drops": (
        "On a German keyboard of Linux, which drops an accent and the letter after it.",
        on("de", LIBRARY.replace("+L", "").replace("+M", "")), keyboard("keyboard-de"),
    ),
    "keyboard-altered": (
        "Altered, and on a Belgian keyboard: nobody can tell which.", on("be", ALTERED), keyboard("keyboard-be")
    ),
    "keyboard-unknown": ("On a keyboard that nobody knows.", LIBRARY.translate(CHEROKEE), keyboard()),
    "keyboard-unknown-with-prefix": ("The same, and a prefix.", f"QR{LIBRARY.translate(CHEROKEE)}", keyboard()),
    "keyboard-half": (
        "Half a code on a Belgian keyboard is half a code.",
        on("be", LIBRARY[:70]), ("reject", "malformed", ["keyboard-be"]),
    ),
}  # fmt: skip
NO_CODES: dict[str, tuple[str, str, Answer]] = {
    "altered-caps-lock": (
        "Altered, and Caps Lock is on.", ALTERED.swapcase(), ("reject", "bad-signature", ["caps-lock"])
    ),
    "other-city-caps-lock": (
        "Of another city, and Caps Lock is on.",
        SHELBYVILLE.code("library").swapcase(), ("reject", "unknown-key", ["caps-lock"]),
    ),
    "no-code-health-certificate": ("A health certificate, of base45 too.", HEALTH, NOT_A_CODE),
    "no-code-driving-licence": ("A driving licence of many lines.", DRIVING_LICENCE, NOT_A_CODE),
    "no-code-prose": ("A text of the length of a code.", PROSE + PROSE[:60], NOT_A_CODE),
    "no-code-web-address": ("A web address as long as a code.", f"https://a.example/{'0a1b2c3d4e' * 14}", NOT_A_CODE),
    "no-code-poster": ("A code of a poster.", f"IDF1:{HEALTH[4:160]}", NOT_A_CODE),
    "no-code-slip": ("A slip.", _OF_SLIP, NOT_A_CODE),
}  # fmt: skip
OF_LIBRARY = {
    "keyboard-canadian", "keyboard-german-drops", "keyboard-altered", "keyboard-unknown",
    "keyboard-unknown-with-prefix", "keyboard-half",
}  # fmt: skip
OF_PHARMACY = {"signs-chinese", "signs-japanese", "signs-dash", "signs-minus", "scanner-french"}
"""The code of which the text was made decides the class that asks."""


def vectors() -> dict[str, dict[str, Any]]:
    rows = BEFORE_AND_BEHIND | UNSEEN | SIGNS | KEYBOARDS | NO_CODES
    return {name: _vector(name, *row) for name, row in rows.items()}


def _vector(name: str, fault: str, typed: str, answer: Answer) -> dict[str, Any]:
    outcome, reason, undone = answer
    return {
        "fault": fault,
        "now": NOW,
        "class": "pharmacy"
        if (name.startswith("keyboard-") and name not in OF_LIBRARY) or name in OF_PHARMACY
        else "library",
        "typed": typed,
        "expect": {"outcome": outcome, "reason": reason, "undone": undone},
        "trust_file": base64.b64encode(SPRINGFIELD.file).decode("ascii"),
    }
