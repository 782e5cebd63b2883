"""Plain words: every claim has one, programs keep the names, and a city's own names are shown as they are."""

import pytest

from idcard import languages
from idcard.ceremony.founding import DEFAULT_CLASSES
from idcard.credential import names
from idcard.credential.claims import FLAGS

every_language = pytest.mark.parametrize("code", languages.CODES)


def test_what_a_city_starts_with_has_words() -> None:
    assert {each.profile.venue_class for each in DEFAULT_CLASSES} <= names.CLASSES.keys()
    assert names.CLAIMS.keys() == {name for name in FLAGS.values() if not name.startswith("city_")}


def test_in_english_the_word_of_a_class_is_what_is_printed_beside_codes() -> None:
    assert {name: word.upper() for name, word in names.CLASSES.items()} == {
        name: name.upper() for name in names.CLASSES
    }


@every_language
def test_no_two_classes_and_no_two_claims_have_the_same_word(code: str) -> None:
    translate = languages.get(code).translate
    assert len({names.of_class(name, translate) for name in names.CLASSES}) == len(names.CLASSES)
    assert len({names.of_claim(name, translate) for name in names.CLAIMS}) == len(names.CLAIMS)


@every_language
@pytest.mark.parametrize("name", ["ferry", "city_16", "Library", "title", ""])
def test_a_name_without_a_word_is_shown_as_it_is(code: str, name: str) -> None:
    translate = languages.get(code).translate
    assert (names.of_class(name, translate), names.of_claim(name, translate)) == (name, name)


@every_language
def test_an_age_is_filled_in(code: str) -> None:
    told = names.of_claim("age_over_65", languages.get(code).translate)
    assert "65" in told
    assert not set("{}_") & set(told)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("en", "a, b, c"), ("ar", "a، b، c"), ("ur", "a، b، c"), ("zh-Hans", "a、b、c"), ("ru", "a, b, c")],
)
def test_a_list_has_the_comma_of_the_language(code: str, expected: str) -> None:
    translate = languages.get(code).translate
    assert names.joined(["a", "b", "c"], translate) == expected
    assert (names.joined(["a"], translate), names.joined([], translate)) == ("a", "")
