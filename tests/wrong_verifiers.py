"""Verifiers that are wrong on purpose: the verifier of this project, with a few words of its source changed.

Each makes one mistake that somebody could make who writes another one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Vector = dict[str, Any]

PATCHING = """
from importlib.machinery import SourceFileLoader
CHANGES = {changes!r}
def get_code(loader, name, real=SourceFileLoader.get_code):
    if name not in CHANGES:
        return real(loader, name)
    source = loader.get_source(name)
    for old, new in CHANGES[name]:
        assert old in source, f"{{name}} has no longer {{old!r}}"
        source = source.replace(old, new)
    return compile(source, loader.path, "exec")
SourceFileLoader.get_code = get_code
"""


@dataclass(frozen=True)
class Wrong:
    """changes: to the source of modules, by name: old words and new ones. named: whether a vector stands for this
    mistake, by its name and fields. kinds: that the mistake can touch.
    """

    changes: dict[str, list[tuple[str, str]]]
    named: Callable[[str, Vector], bool]
    kinds: frozenset[str]

    @property
    def prelude(self) -> str:
        """Python that makes the mistake where it runs first."""
        return PATCHING.format(changes=self.changes)


def reason(*reasons: str) -> Callable[[str, Vector], bool]:
    """Vectors that are refused for one of these reasons."""
    return lambda _, vector: vector["expect"]["reason"] in reasons


def called(pattern: str) -> Callable[[str, Vector], bool]:
    """Vectors whose name has this in it."""
    return lambda name, _: re.search(pattern, name) is not None


def of_an_unknown_key(name: str, vector: Vector) -> bool:
    """A newer format is told by a number in its prefix too; that is another mistake."""
    return vector["expect"]["reason"] == "newer-program" and not re.search("version|prefix", name)


def of_an_older_list(name: str, vector: Vector) -> bool:
    return vector["expect"]["reason"] == "trust-rollback" and "root" not in name.removesuffix("-under-a-new-root")


def of_a_kill_note(name: str, vector: Vector) -> bool:
    """One that changes the verdict, or that a venue has not yet."""
    known = re.search("same-note-again|another-note-of-the-same-key", name)
    taken = vector.get("operation") == "kill" and vector["expect"]["reason"] is None and not known
    return taken or "distrusted-key-by-kill-note" in name


CLAIMS, COSE, DECISION = "idcard.credential.claims", "idcard.cose", "idcard.verify.decision"
DOCUMENT, LIST, MEMORY = "idcard.trust.document", "idcard.trust.trust_list", "idcard.verify.memory"
CODES = frozenset(("decision", "typed"))
"""Kinds in which a code is judged."""
FILES = CODES | {"memory"}
"""Kinds in which a trust file is verified."""
ALL = FILES | {"paper"}

WRONG = {
    "skips exp": Wrong({DECISION: [("if now >= claims.exp:", "if False:")]}, reason("expired"), CODES),
    "ignores the threshold": Wrong(
        {DOCUMENT: [("if len(signed) < role.threshold:", "if not signed:")]},
        called("one-(old-)?signature|one-publisher-of-two|raises-threshold"), FILES,
    ),
    "trusts the kid": Wrong(
        {DECISION: [("if not cose.verifies(key.key, message, credential.message.signature):", "if False:")]},
        reason("bad-signature"), CODES,
    ),
    "forgets cancellations": Wrong(
        {DECISION: [("claims.handle in policy.trust.cancellations", "False"),
                    ("signed.cohort(message) in policy.trust.cancellations", "False")]},
        reason("cancelled-code", "cancelled-cohort"), CODES,
    ),
    "takes trailing bytes": Wrong(
        {COSE: [("if cbor2.dumps(value) != data:", "if not data.startswith(cbor2.dumps(value)):"),
                ("if at != len(data):", "if False:"),
                ("len(protected) != len(_PROTECTED) + KID_SIZE", "False"),
                ("return protected[len(_PROTECTED) :]", "return protected[len(_PROTECTED) :][:KID_SIZE]")],
         "idcard.cbor_heads": [("if at != end:", "if False:")]},
        called("trailing-byte|^(cose|claims|trust)-twice|bytes-left-over"), ALL,
    ),
    "accepts another environment": Wrong(
        {DECISION: [("if environment is not policy.environment:", "if False:")]}, reason("wrong-environment"), CODES
    ),
    "treats unknown as fine": Wrong(
        {DECISION: [("if claims.unknown:", "if False:")],
         DOCUMENT: [("if any(key < 0 for key in value):", "if False:")],
         LIST: [("if not required <= FLAGS.keys():", "if False:")]},
        of_an_unknown_key, ALL,
    ),
    "compares age wrongly": Wrong(
        {CLAIMS: [("self.age >= least", "self.age > least"), ("return age >= least", "return age > least")]},
        called("accept-(pool|lowest-age|age-from-(begun|lowest))"), CODES,
    ),
    "takes an older list": Wrong(
        {MEMORY: [("if new.trust_list.version < old.trust_list.version:", "if False:")]},
        of_an_older_list, frozenset(("memory",)),
    ),
    "ignores a kill note": Wrong(
        {DECISION: [("if key.key in killed else key", "if False else key")],
         MEMORY: [("kill_notes=_with_note_of_person(memory, key, note)", "kill_notes=memory.kill_notes")]},
        of_a_kill_note, FILES,
    ),
    "accepts alg none": Wrong(
        {COSE: [("def decode_header(", "def is_none(protected):\n"
                 "    return protected[2:3] == b'\\0' or protected[2:7] == b'\\x64none'\n\n\ndef decode_header("),
                ("    if len(protected) != len(_PROTECTED)",
                 "    if is_none(protected):\n        return protected[-KID_SIZE:]\n"
                 "    if len(protected) != len(_PROTECTED)"),
                ("payload, _of_signature_size(signature))\n\n\ndef sign1_size",
                 "payload, signature if is_none(protected) else _of_signature_size(signature))\n\n\ndef sign1_size")],
         DECISION: [("if not cose.verifies(",
                     "if not cose.is_none(credential.message.protected) and not cose.verifies(")]},
        called("alg-none"), FILES,
    ),
    "sorts maps wrongly": Wrong(
        {COSE: [("order = key if type(key) is int and key >= 0 else _map_order(key)", "order = _map_order(key)"),
                ("    return key if key >= 0 else (1 << 64) - key",
                 "    return (len(cbor2.dumps(key)) << 70) + (key if key >= 0 else (1 << 64) - key)")]},
        called("sorted-by-(bytes|length)"), ALL,
    ),
}  # fmt: skip
"""By what they do."""
