"""Writes idcard/repairs/keyboards.toml from xkb-data, by way of libxkbcommon, and from that file what the verifier in
JavaScript has of it: `make keyboards`.
"""

import ctypes
import ctypes.util
import json
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import idcard

TABLE = Path(idcard.__file__).parent / "repairs/keyboards.toml"
JAVASCRIPT = Path(__file__).parents[2] / "web/verify/src/repairs/keyboardTable.js"
LAYOUTS = {
    "us": ("us", "", "English (US)"),
    "gb": ("gb", "", "English (UK)"),
    "de": ("de", "", "Deutsch"),
    "fr": ("fr", "", "Français"),
    "es": ("es", "", "Español"),
    "latam": ("latam", "", "Español (Latinoamérica)"),
    "it": ("it", "", "Italiano"),
    "be": ("be", "", "Français (Belgique)"),
    "ch": ("ch", "", "Deutsch (Schweiz)"),
    "ch-fr": ("ch", "fr", "Français (Suisse)"),
    "ca": ("ca", "", "Français (Canada)"),
    "ca-multi": ("ca", "multix", "Canadien multilingue"),
    "pt": ("pt", "", "Português"),
    "br": ("br", "", "Português (Brasil)"),
    "nl": ("nl", "", "Nederlands"),
    "dk": ("dk", "", "Dansk"),
    "no": ("no", "", "Norsk"),
    "se": ("se", "", "Svenska"),
    "fi": ("fi", "", "Suomi"),
    "is": ("is", "", "Íslenska"),
    "ee": ("ee", "", "Eesti"),
    "lv": ("lv", "", "Latviešu"),
    "lt": ("lt", "", "Lietuvių"),
    "pl": ("pl", "", "Polski"),
    "pl-qwertz": ("pl", "qwertz", "Polski (QWERTZ)"),
    "cz": ("cz", "", "Čeština"),
    "cz-qwerty": ("cz", "qwerty", "Čeština (QWERTY)"),
    "sk": ("sk", "", "Slovenčina"),
    "hu": ("hu", "", "Magyar"),
    "ro": ("ro", "", "Română"),
    "hr": ("hr", "", "Hrvatski"),
    "tr": ("tr", "", "Türkçe"),
    "tr-f": ("tr", "f", "Türkçe (F)"),
    "gr": ("gr", "", "Ελληνικά"),
    "ru": ("ru", "", "Русский"),
    "ua": ("ua", "", "Українська"),
    "by": ("by", "", "Беларуская"),
    "kz": ("kz", "", "Қазақша"),
    "bg": ("bg", "", "Български"),
    "rs": ("rs", "", "Српски"),
    "il": ("il", "", "עברית"),
    "ara": ("ara", "", "العربية"),
    "ara-azerty": ("ara", "azerty", "العربية (AZERTY)"),
    "ir": ("ir", "", "فارسی"),
    "pk": ("pk", "", "اردو"),
    "bd": ("bd", "", "বাংলা"),
    "bd-probhat": ("bd", "probhat", "বাংলা (প্রভাত)"),
    "in-ben": ("in", "ben", "বাংলা (ভারত)"),
    "jp": ("jp", "", "日本語"),
    "us-intl": ("us", "intl", "English (US, international)"),
    "dvorak": ("us", "dvorak", "English (Dvorak)"),
    "colemak": ("us", "colemak", "English (Colemak)"),
}
"""From the name in the table to the layout and the variant of xkb-data, and what its own country calls it."""
KOREAN = """
[kr]
name = "한국어"
plain = ['`1234567890-=', 'ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ[]', '''ㅁㄴㅇㄹㅎㅗㅓㅏㅣ;'\\''', 'ㅋㅌㅊㅍㅠㅜㅡ,./']
shift = ['~!@#$%^&*()_+', 'ㅃㅉㄸㄲㅆㅛㅕㅑㅒㅖ{}', 'ㅁㄴㅇㄹㅎㅗㅓㅏㅣ:"|', 'ㅋㅌㅊㅍㅠㅜㅡ<>?']
dead = ''
"""
"""KS X 5002, which an input method has and no file of xkb-data."""
HEAD = """\
# Made by `make keyboards`, from xkb-data {version} and, for kr, KS X 5002.
#
# What each key types, by the place of the key: the digits' row and the three rows of letters, from left to right,
# without the key that a US keyboard lacks beside the left Shift. First without Shift, then with it. A dead key shows
# the accent that it types before a blank, and \ufffd is a key that types nothing.
#
# Microsoft's KBDUS, KBDUK, KBDGR, KBDFR, KBDSP, KBDLA and KBDIT have the same on every key that types a letter of
# base45 on any of us, gb, de, fr, es, latam and it. The others were not compared.
"""
DEAD = {
    "dead_grave": "`", "dead_acute": "\u00b4", "dead_circumflex": "^", "dead_tilde": "~", "dead_diaeresis": "\u00a8",
    "dead_cedilla": "\u00b8", "dead_caron": "\u02c7", "dead_abovering": "\u02da", "dead_breve": "\u02d8",
    "dead_ogonek": "\u02db", "dead_doubleacute": "\u02dd", "dead_macron": "\u00af", "dead_abovedot": "\u02d9",
}  # fmt: skip
ROWS = ((49, *range(10, 22)), range(24, 36), (*range(38, 49), 51), range(52, 62))
"""Key codes of a PC keyboard under X11."""
NOTHING = "\ufffd"


def version() -> str | None:
    """Of xkb-data, as Debian has it; None where it or libxkbcommon is missing."""
    if ctypes.util.find_library("xkbcommon") is None:
        return None
    asked = ["dpkg-query", "-W", "-f", "${Version}", "xkb-data"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    return told.partition("-")[0] or None


class _Names(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


def _library() -> ctypes.CDLL:
    xkb = ctypes.CDLL(ctypes.util.find_library("xkbcommon"))
    for function in (xkb.xkb_context_new, xkb.xkb_keymap_new_from_names):
        function.restype = ctypes.c_void_p
    xkb.xkb_context_new.argtypes = [ctypes.c_int]
    xkb.xkb_keymap_new_from_names.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Names), ctypes.c_int]
    xkb.xkb_keymap_key_get_syms_by_level.argtypes = [
        ctypes.c_void_p, *[ctypes.c_uint32] * 3, ctypes.POINTER(ctypes.POINTER(ctypes.c_uint32))
    ]  # fmt: skip
    return xkb


def _symbol(xkb: ctypes.CDLL, keymap: int, key: int, level: int) -> tuple[str, bool]:
    """What a key types, and whether it is dead."""
    symbols = ctypes.POINTER(ctypes.c_uint32)()
    if not xkb.xkb_keymap_key_get_syms_by_level(keymap, key, 0, level, ctypes.byref(symbols)):
        return NOTHING, False
    name = ctypes.create_string_buffer(64)
    xkb.xkb_keysym_get_name(ctypes.c_uint32(symbols[0]), name, ctypes.c_size_t(64))
    if name.value.decode("ascii") in DEAD:
        return DEAD[name.value.decode("ascii")], True
    letter = chr(xkb.xkb_keysym_to_utf32(ctypes.c_uint32(symbols[0])))
    return (letter, False) if letter.isprintable() else (NOTHING, False)


def _quoted(text: str) -> str:
    return f"'''{text}'''" if "'" in text else f"'{text}'"


def _layout(xkb: ctypes.CDLL, context: int, name: str) -> Iterator[str]:
    layout, variant, called = LAYOUTS[name]
    names = _Names(b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
    keymap = xkb.xkb_keymap_new_from_names(context, ctypes.byref(names), 0)
    assert keymap, f"xkb-data has no {layout} {variant}"
    yield f'\n[{name}]\nname = "{called}"'
    dead = {}
    for label, level in (("plain", 0), ("shift", 1)):
        rows = [[_symbol(xkb, keymap, key, level) for key in row] for row in ROWS]
        dead |= {letter: None for row in rows for letter, is_dead in row if is_dead}
        yield f"{label} = [{', '.join(_quoted(''.join(letter for letter, _ in row)) for row in rows)}]"
    yield f"dead = {_quoted(''.join(sorted(dead)))}"


def table() -> str:
    """The table that xkb-data gives now."""
    xkb = _library()
    context = xkb.xkb_context_new(0)
    lines = [line for name in LAYOUTS for line in _layout(xkb, context, name)]
    return HEAD.format(version=version()) + "\n".join(lines) + "\n" + KOREAN


JAVASCRIPT_HEAD = """\
/**
 * Made by `make keyboards` from idcard/repairs/keyboards.toml, which says where it is from. Of each layout: its name,
 * what the keys type without Shift and with it, by rows, and its dead keys.
 */

/** @type {Readonly<Record<string, [name: string, plain: string[], shift: string[], dead: string]>>} */
export const LAYOUTS = {
"""


def javascript() -> str:
    """The module that the table in the repository gives."""
    lines = []
    for name, told in tomllib.loads(TABLE.read_text("utf-8")).items():
        rows = [told["name"], told["plain"], told["shift"], told["dead"]]
        lines.append(f"  {json.dumps(name)}: {json.dumps(rows, ensure_ascii=False)},\n")
    return f"{JAVASCRIPT_HEAD}{''.join(lines)}}};\n"


if __name__ == "__main__":
    if version() is not None:
        TABLE.write_text(table(), "utf-8")
    JAVASCRIPT.write_text(javascript(), "utf-8")
