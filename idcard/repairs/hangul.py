"""Takes the syllables that a Korean input method makes of keys apart again (KS X 5002)."""

import re

_FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_LAST = ["", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]
_OF_TWO_KEYS = {
    "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ",
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip
_TOGETHER = re.compile(f"[{''.join(_OF_TWO_KEYS)}]")
_BEGIN, _END = 0xAC00, 0xD7A3
_SYLLABLE = re.compile(f"[{chr(_BEGIN)}-{chr(_END)}]")


def keys(text: str) -> str:
    """The text with one letter of the Korean alphabet for each key."""
    if text.isascii():
        return text
    apart = _SYLLABLE.sub(lambda found: _letters(found[0]), text)
    return _TOGETHER.sub(lambda found: _OF_TWO_KEYS[found[0]], apart)


def _letters(syllable: str) -> str:
    number = ord(syllable) - _BEGIN
    vowel, last = number // len(_LAST), number % len(_LAST)
    return f"{_FIRST[vowel // len(_VOWELS)]}{_VOWELS[vowel % len(_VOWELS)]}{_LAST[last]}"
