"""The texts of the page other than reasons, in one table, so that a change of language changes all of them."""

from collections.abc import Mapping
from typing import Any

from idcard.credential import names
from idcard.errors import COMMA, Counted, counted, translatable
from idcard.languages import Language
from idcard.verify import tally
from idcard.verify.verdict import ACCEPT, CANNOT_SAY, COMPARE_PHOTO, REJECT

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
    "half": translatable("The code was not read whole: scan it once more."),
    "alt": translatable("The scanner types with Alt and digits: set it to type plain keys."),
    "too_large": translatable("The file is too large."),
    "taken": translatable("New trust file taken"),
    "not_taken": translatable("Trust file not taken"),
    "gone": translatable("Start the program again"),
    "gone_why": translatable("The idcard program has stopped. When it runs again, this page goes on by itself."),
    "test": translatable("Test city: not for real cards"),
    "said": translatable("{word}."),
    "cameras": translatable("Camera"),
    "file_of_no_use": translatable("This file cannot be used"),
    "photo_question": translatable("Does the face match the photo?"),
    "photo_look": translatable("Compare the photo on the card with the person's face, then answer."),
    "matches": translatable("Yes, they match"),
    "differs": translatable("No, they do not match"),
    "differs_why": translatable("Face and photo do not match."),
    "differs_do": translatable("Do not accept the card. Nothing is cancelled, and nothing is kept."),
    "unanswered": translatable("Nobody answered"),
    "unanswered_why": translatable("Scan the code again, then compare face and photo."),
    "report": translatable("Report"),
    "report_title": translatable("Codes checked here"),
    "report_why": translatable("For the report to the city. Nothing else is kept."),
    "month": translatable("Month"),
    "result": translatable("Result"),
    "codes": translatable("Codes"),
    "nothing_counted": translatable("Nothing has been counted here."),
    "print": translatable("Print"),
    "back": translatable("Back"),
    "first": translatable("This computer does not know the city yet."),
    "first_file": translatable(
        "Open the city's file city.idtrust, drop it here, or hold the city's poster to the camera."
    ),
    "first_words": translatable("Type the twelve words that the city says on its website, by telephone or on a board."),
    "first_city": translatable("The file says that it is from {city}."),
    "the_words": translatable("The city's twelve words"),
    "compare": translatable("Compare"),
    "the_letters": translatable("The letters in the window in which the program runs"),
    "by_hand": translatable("Somebody from the city handed me this file"),
}

OUTCOMES = {ACCEPT: WORDS["accept"], REJECT: WORDS["reject"], CANNOT_SAY: WORDS["cannot-say"]}
PHOTO_ANSWERS = {
    tally.CONFIRMED: translatable("face and photo matched"),
    tally.NO_MATCH: translatable("face and photo did not match"),
    tally.UNANSWERED: translatable("nobody answered whether face and photo match"),
}
OUTCOME_WITH_REASON = translatable("{outcome}: {reason}")
TALLY_UNREADABLE = translatable("The counts on this computer cannot be read.")

FIRST = WORDS["first"]
ONLY_UPDATE = translatable("This is only an update, and this computer has no trust file yet.")
NOT_LETTERS = translatable("These are not the letters in the window in which the program runs.")
NOT_LETTERS_AGAIN = translatable("Look at that window, then type them again.")
NOT_WORDS = translatable("These are not the twelve words as the city says them.")
NOT_A_WORD = translatable("Word {number} is not spelled right.")
NOT_WORDS_AGAIN = translatable("Compare the spelling of each word, then type them again.")

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
