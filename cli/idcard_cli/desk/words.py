"""The texts of the page other than reasons, in one table, so that a change of language changes all of them."""

from collections.abc import Mapping
from typing import Any

from idcard.credential import names
from idcard.errors import COMMA, Counted, counted, translatable
from idcard.languages import Language
from idcard.verify.verdict import COMPARE_PHOTO

WORDS: Mapping[str, str] = {
    "title": translatable("City card desk"),
    "settings": translatable("Settings"),
    "class": translatable("Kind of place"),
    "choose": translatable("Choose…"),
    "language": translatable("Language"),
    "sound_on": translatable("Turn sound on"),
    "sound_off": translatable("Turn sound off"),
    "open": translatable("Open a file"),
    "camera": translatable("Camera picture"),
    "ready": translatable("Ready"),
    "show": translatable("Show the code to the camera, or scan it."),
    "choose_first": translatable("Choose the kind of place first."),
    "scan": translatable("Scan the code. The scanner works without the camera."),
    "camera_starts": translatable("The camera is starting. If the browser asks, allow it."),
    "camera_refused": translatable(
        "The browser is not allowed to use the camera. Allow it in the address bar, then try again."
    ),
    "camera_none": translatable("There is no camera."),
    "camera_busy": translatable("Another program is using the camera. Close it, then try again."),
    "camera_lost": translatable("The camera is disconnected. Plug it in, then try again."),
    "again": translatable("Try again"),
    "elsewhere": translatable("Click on this page: the scanner types into another window."),
    "accept": translatable("Accept"),
    "reject": translatable("Reject"),
    "cannot-say": translatable("Cannot check"),
    "photo": COMPARE_PHOTO,
    "no_fault": translatable("It is not the holder's fault: check the card yourself and decide."),
    "proven": names.PROVEN,
    "comma": COMMA,
    "with_name": names.WITH_NAME,
    "age": names.AGE,
    **names.CLAIMS,
    "valid": translatable("Valid until {day}."),
    "next": translatable("Next card"),
    "no_code": translatable("No code found"),
    "no_code_why": translatable("Try more light or less glare, or hold the code closer."),
    "too_large": translatable("The file is too large."),
    "taken": translatable("New trust file taken"),
    "not_taken": translatable("Trust file not taken"),
    "gone": translatable("Start the program again"),
    "gone_why": translatable("The idcard program has stopped. When it runs again, this page goes on by itself."),
    "test": translatable("Test city: not for real cards"),
    "said": translatable("{word}."),
}

POSTER = translatable("Poster: {seen} of {count} codes. Missing: {missing}.")
POSTER_DAMAGED = translatable("The codes of the poster do not belong together, or are damaged.")
POSTER_AGAIN = translatable("Show the whole poster once more.")
POSTER_OTHER = translatable("The poster does not fit the trust file of this computer.")
POSTER_ASK = translatable("Get the city's current trust file.")
OWN_FILE = translatable("This desk uses a trust file in a folder.")
OWN_FILE_REPLACE = translatable("Put the new trust file in its place.")
NOT_WRITABLE = translatable("The new trust file cannot be kept on this computer.")
NOT_WRITABLE_ASK = translatable("Ask whoever looks after this computer.")

DUE = translatable("A newer trust file is due: get it from the city.")
LAST_DAY = translatable("It can be used until tomorrow at the latest: get the city's current one.")
ENDED = translatable("It is too old to be used: get the city's current one.")


def days_left(days: int) -> Counted:
    """How long the trust file can still be used, in whole days."""
    return counted(
        "It can be used for {days} more day: get the city's current one.",
        "It can be used for {days} more days: get the city's current one.",
        days,
    )


def of(language: Language) -> dict[str, Any]:
    """The table in a language, and what the page must know about the language."""
    return {
        "language": language.code,
        "direction": "rtl" if language.right_to_left else "ltr",
        "reviewed": language.reviewed,
        "words": {name: language.translate(sentence) for name, sentence in WORDS.items()}
        | {"unreviewed": language.unreviewed},
        "classes": {name: language.translate(word) for name, word in names.CLASSES.items()},
    }
