"""What mail, editors and Windows do to the texts that officers carry: undone where only the form has changed."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable
from pathlib import Path

import pytest
from cities import NOW, City, signer
from command import ACCEPT, USAGE, Ended, Office, idcard_inside

from idcard.credential.text import Environment
from idcard.keys import key_file, token_key
from idcard.keys.token_key import TokenKey
from idcard.trust import paper, public_key
from idcard.trust.paper import PosterKind
from idcard.trust.public_key import KeyKind, PublicKey
from idcard.verify import memory

DECEMBER = "2026-12-01 09:00"
CITY = City()


def lines_end(end: str) -> Callable[[str], bytes]:
    return lambda text: text.replace("\n", end).encode()


FORMS: dict[str, Callable[[str], bytes]] = {
    "CRLF": lines_end("\r\n"),
    "CR": lines_end("\r"),
    "CRLF made of CRLF": lines_end("\r\r\n"),
    "CRLF, then LF": lambda text: text.replace("\n", "\r\n", 2).encode(),
    "UTF-8 with a mark": lambda text: BOM_UTF8 + text.encode(),
    "UTF-8 with a mark, and CRLF": lambda text: BOM_UTF8 + lines_end("\r\n")(text),
    "UTF-16 of Windows": lambda text: BOM_UTF16_LE + text.replace("\n", "\r\n").encode("utf-16-le"),
    "UTF-16 the other way round": lambda text: BOM_UTF16_BE + text.encode("utf-16-be"),
    "no end of the last line": lambda text: text.removesuffix("\n").encode(),
    "empty lines after it": lambda text: f"{text}\n\r\n".encode(),
}
OF_MAIL: dict[str, Callable[[str], bytes]] = {
    "blanks after each line": lines_end(" \t\n"),
    "blanks before each line": lambda text: "".join(f"  {line}\n" for line in text.splitlines()).encode(),
    "empty lines before it": lambda text: f"\n \n{text}".encode(),
    "blanks that do not break": lines_end("\xa0\n"),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
every_form_of_lines = pytest.mark.parametrize("form", [*FORMS.values(), *OF_MAIL.values()], ids=[*FORMS, *OF_MAIL])


def renew(office: Office, key: Path | None = None) -> Ended:
    named = ("--key", key) if key else ()
    return office.run("trust", "renew", *office.here, *office.secret, *named, at=DECEMBER)


# ---- key files ----


@every_form_of_lines
def test_a_key_file_opens_in_every_form(quick_office: Office, form: Callable[[str], bytes]) -> None:
    changed = form(quick_office.publisher.read_text("ascii"))
    assert changed != quick_office.publisher.read_bytes()
    quick_office.publisher.write_bytes(changed)
    ended = renew(quick_office)
    assert ended.code == ACCEPT, ended.err
    assert quick_office.held().trust_list.version == 2


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("public: ", "public:  ", "not an idcard private key file, or it is damaged"),
        (".test.", ".production.", "the passphrase is wrong, or the key file is damaged"),
        ("2 passes, 64 MiB", "3 passes, 64 MiB", "the passphrase is wrong, or the key file is damaged"),
        ("2 passes, 64 MiB", "4 passes, 64 MiB", "costs are outside the allowed range"),
        ("2 passes, 64 MiB", "2 passes, 513 MiB", "costs are outside the allowed range"),
        ("2 passes, 64 MiB", "10 passes, 1024 MiB", "costs are outside the allowed range"),
        ("-----BEGIN", "Dear Ben,\n-----BEGIN", "is not a key file, or it is damaged"),
        ("passes, ", "passes,\n", "not an idcard private key file, or it is damaged"),
    ],
)
def test_what_is_not_form_opens_nothing(quick_office: Office, was: str, becomes: str, says: str) -> None:
    text = quick_office.publisher.read_text("ascii")
    assert was in text
    quick_office.publisher.write_bytes(FORMS["CRLF"](text.replace(was, becomes)))
    before = quick_office.contents()
    ended = renew(quick_office)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert quick_office.contents() == before


def test_a_key_file_with_zeros_is_no_text(quick_office: Office) -> None:
    quick_office.publisher.write_bytes(quick_office.publisher.read_bytes() + b"\0")
    ended = renew(quick_office)
    assert (ended.code, ended.out) == (USAGE, "")
    assert "publisher.key is not a key file" in ended.err


@every_form_of_lines
def test_the_file_of_a_key_on_a_token_is_one_in_every_form(quick_office: Office, form: Callable[[str], bytes]) -> None:
    key = TokenKey(KeyKind.PUBLISHER, Environment.TEST, signer("on a token").public_key, "safe", bytes(16))
    path = quick_office.home / "token.key"
    path.write_bytes(form(token_key.encode(key)))
    assert "the key is on a token; name the library of the token with --pkcs11-module" in renew(quick_office, path).err


# ---- passphrases ----


def make_key(folder: Path, passphrases: bytes) -> Ended:
    (folder / "phrase.txt").write_bytes(passphrases)
    options = ("--kind", "root", "--environment", "test", "--passphrase-file", folder / "phrase.txt")
    return idcard_inside("key", "make", folder / "my.key", *options, at=DECEMBER)


EMPTY_LINES = {"CRLF made of CRLF", "empty lines after it"}


@pytest.mark.parametrize("name", sorted(FORMS.keys() - EMPTY_LINES))
def test_a_passphrase_is_the_same_in_every_form(tmp_path: Path, passphrase: str, name: str) -> None:
    """Whoever founded a city with a mark in the file could not type the passphrase of root key 1."""
    ended = make_key(tmp_path, FORMS[name](f"{passphrase}\n"))
    assert ended.code == ACCEPT, ended.err
    key_file.decode((tmp_path / "my.key").read_text("ascii"), passphrase)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        *((FORMS[name]("correct horse battery staple\n"), "an empty line") for name in sorted(EMPTY_LINES)),
        (b"correct horse\0battery staple\r\n", "not text in UTF-8"),
    ],
    ids=[*sorted(EMPTY_LINES), "a zero"],
)
def test_a_file_of_passphrases_that_is_not_clear_is_told(tmp_path: Path, lines: bytes, says: str) -> None:
    ended = make_key(tmp_path, lines)
    assert (ended.code, ended.out) == (USAGE, "")
    assert says in ended.err
    assert not (tmp_path / "my.key").exists()


def test_five_files_that_were_put_together_are_five_passphrases(tmp_path: Path) -> None:
    """Each with its mark."""
    five = [f"{who} keeps this to themselves" for who in ("ada", "ben", "cleo", "publisher", "issuing")]
    (tmp_path / "five.txt").write_bytes(b"".join(BOM_UTF8 + f"{line}\r\n".encode() for line in five))
    named = ("--name", "Springfield", "--id", "springfield", "--environment", "test", "--contact", "Ask.")
    init = ("city", "init", tmp_path / "city", *named, "--passphrase-file", tmp_path / "five.txt", "--yes")
    assert idcard_inside(*init, at=DECEMBER).code == ACCEPT
    for number, line in enumerate(five[:3], 1):
        key_file.decode((tmp_path / f"city/keys/root-{number}.key").read_text("ascii"), line)


# ---- public keys, kill notes, posters ----


@pytest.mark.parametrize("around", ["{}\r", "\ufeff{}", " {}\n", "\ufeff{}\r\n"])
def test_a_public_key_is_the_same_with_what_copying_leaves_around_it(office: Office, around: str) -> None:
    """`$(cat new.pub)` leaves all but the line feeds at the end."""
    public = public_key.encode(PublicKey(KeyKind.ROOT, Environment.TEST, signer("new officer").public_key))
    draft = office.home / "next.iddraft"
    ended = office.run("trust", "draft", *office.here, "--out", draft, "--add-root", around.format(public), at=DECEMBER)
    assert ended.code == ACCEPT, ended.err


@every_form
def test_a_kill_note_kills_in_every_form(office: Office, form: Callable[[str], bytes]) -> None:
    key = office.key("revocable", "2026-Q4")
    note = office.kill_note(key)
    note.write_bytes(form(note.read_text("ascii")))
    office.done("trust", "kill", note, *office.here, "--yes")
    assert set(office.held().kill_notes) == {key.key}


@every_form
@pytest.mark.parametrize("by_stdin", [False, True], ids=["a file", "standard input"])
def test_a_poster_is_taken_in_every_form(tmp_path: Path, form: Callable[[str], bytes], by_stdin: bool) -> None:
    place, poster = tmp_path / "venue.idmemory", tmp_path / "poster.txt"
    place.write_bytes(memory.encode(memory.install(CITY.file, fingerprint=None, now=NOW)))
    texts = paper.encode(PosterKind.FILE, CITY.trust_file(version=2))
    data = form("".join(f"{text}\n" for text in texts))
    poster.write_bytes(data)
    name, stdin = ("-", data) if by_stdin else (poster, b"")
    at = f"{NOW:%Y-%m-%d %H:%M:%S}"
    ended = idcard_inside("venue", "update", name, "--memory", place, stdin=stdin, at=at)
    assert ended.code == ACCEPT, ended.err
    assert memory.decode(place.read_bytes()).trust.trust_list.version == 2
