"""Writes what the page says, one JSON a language, from the catalogues of idcard.languages (`make page`).

python web/page/catalogues.py FOLDER
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from idcard_cli.desk import words

from idcard import languages
from idcard.credential import names
from idcard.languages import Language

_TEMPLATE = Path(__file__).parents[2] / "idcard/languages/idcard.pot"
_SPOKEN = (
    *("idcard/errors.py", "idcard/languages/", "idcard/credential/", "idcard/verify/", "idcard/pictures/found.py"),
    *("cli/idcard_cli/desk/words.py", "cli/idcard_cli/desk/file_kind.py", "cli/idcard_cli/verdict_in_words.py", "web/"),
)
"""Where the sentences stand that the page says."""
_OF_A_PROGRAM = frozenset(
    ("report", "report_title", "report_why", "nothing_counted", "gone", "gone_why", "the_letters", "by_hand")
)
"""Words of the desk that a page without a program has no use for."""
_NUMBERS = 200
"""From half of these on, the kind of a number is that of its last two digits."""


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    sentences, counted = _sentences(_TEMPLATE.read_text("utf-8"))
    table = {name: sentence for name, sentence in words.WORDS.items() if name not in _OF_A_PROGRAM}
    english = {"words": table, "classes": dict(names.CLASSES), "sentences": sentences, "counted": counted}
    _write(folder / "english.json", english)
    for code in languages.CODES:
        if code != "en":
            _write(folder / f"{code}.json", _of(languages.get(code), sentences, counted))


def _of(language: Language, sentences: list[str], counted: list[list[str]]) -> dict[str, Any]:
    """Translations in the order of the English ones. numbers: for each number which of the counted forms it takes."""
    held = language._catalogue
    kind = held.plural  # type: ignore[attr-defined]  # of gettext.GNUTranslations, which has no public name for it
    forms = range(max(map(kind, range(_NUMBERS))) + 1)
    return {
        "code": language.code,
        "name": language.name,
        "direction": "rtl" if language.right_to_left else "ltr",
        "reviewed": language.reviewed,
        "sentences": [language.translate(sentence) for sentence in sentences],
        "counted": [[held._catalog[one, form] for form in forms] for one, _ in counted],  # type: ignore[attr-defined]
        "numbers": "".join(str(kind(number)) for number in range(_NUMBERS)),
    }


def _sentences(template: str) -> tuple[list[str], list[list[str]]]:
    """Those of the page, and pairs of those that change with a number. template: as pybabel writes it."""
    single, pairs = [], []
    for entry in template.split("\n\n"):
        places = " ".join(line[3:] for line in entry.splitlines() if line.startswith("#: ")).split()
        if any(place.startswith(_SPOKEN) for place in places):
            one, many = _text(entry, "msgid"), _text(entry, "msgid_plural")
            (pairs.append([one, many]) if many else single.append(one))
    return single, pairs


def _text(entry: str, name: str) -> str:
    found = re.search(rf'^{name} ((?:".*"\n?)+)', entry, re.M)
    return "" if found is None else "".join(json.loads(line) for line in found[1].splitlines())


def _write(path: Path, held: dict[str, Any]) -> None:
    path.write_text(json.dumps(held, ensure_ascii=False, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
