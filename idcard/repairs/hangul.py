"""Takes the syllables that a Korean input method makes of keys apart again (KS X 5002)."""

_FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_LAST = ["", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]
_OF_TWO_KEYS: dict[int, str] = str.maketrans(
    {
        "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ",
        "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ",
        "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
    }
)  # fmt: skip
_BEGIN, _END = 0xAC00, 0xD7A3


def keys(text: str) -> str:
    """The text with one letter of the Korean alphabet for each key."""
    if text.isascii():
        return text
    apart = "".join(map(_letters, text))
    return str(apart.translate(_OF_TWO_KEYS))


def _letters(syllable: str) -> str:
    number = ord(syllable) - _BEGIN
    if not 0 <= number <= _END - _BEGIN:
        return syllable
    vowel, last = number // len(_LAST), number % len(_LAST)
    return f"{_FIRST[vowel // len(_VOWELS)]}{_VOWELS[vowel % len(_VOWELS)]}{_LAST[last]}"
