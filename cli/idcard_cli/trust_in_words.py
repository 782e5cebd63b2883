"""Describes a trust file, and the changes from one to another."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from idcard import cose
from idcard.credential.calendar import as_time
from idcard.credential.claims import FLAGS
from idcard.trust import changes
from idcard.trust.cancellations import Cancellations
from idcard.trust.root import Root
from idcard.trust.trust_file import Trust
from idcard.trust.trust_list import TrustList
from idcard_cli.fingerprint import fingerprint_words

SCHEMA = 1


def difference(
    before: Trust, root: Root, current: TrustList, cancelled: Cancellations, killed: Iterable[bytes] = ()
) -> Iterator[str]:
    """The changes as sentences; one if nothing changes. killed: keys of kill notes that are new."""
    changed = [
        *changes.of_roots(before.root, root),
        *changes.of_lists(before.trust_list, current),
        *changes.of_cancellations(before.cancellations, cancelled),
        *(f"DISTRUSTED: issuing key {cose.kid(key).hex()}, by its kill note" for key in killed),
    ]
    yield from changed or ["nothing changes"]


def describe(held: Trust, killed: Collection[bytes] = ()) -> dict[str, Any]:
    """The trust file as JSON: times in UTC, keys in hexadecimal. killed: keys of other kill notes."""
    root, current = held.root, held.trust_list
    names = {each.number: each.name for each in current.classes}
    return {
        "schema": SCHEMA,
        "city": root.scope.city,
        "name": root.name,
        "environment": str(root.scope.environment),
        "fingerprint": held.fingerprint.hex(),
        "fingerprint_words": fingerprint_words(held.fingerprint),
        "root": {
            "version": root.version,
            "expires": as_time(root.exp),
            "longest_list_days": root.list_days,
            "root_keys": [key.hex() for key in root.roots.keys],
            "root_threshold": root.roots.threshold,
            "publisher_keys": [key.hex() for key in root.publishers.keys],
            "publisher_threshold": root.publishers.threshold,
        },
        "list": {
            "version": current.version,
            "issued": as_time(current.issued),
            "next_update": as_time(current.next_update),
            "expires": as_time(current.exp),
            "contact": current.contact,
            "cancellations": len(held.cancellations),
        },
        "classes": [
            {
                "number": each.number,
                "class": each.name,
                "claims": [FLAGS[number] for number in sorted(each.required)],
                "least_age": each.least_age,
                "handle": each.handle,
                "tolerance_days": each.tolerance,
                "photo_check": each.photo_check,
            }
            for each in current.classes
        ],
        "keys": [
            {
                "kid": cose.kid(each.key).hex(),
                "public_key": each.key.hex(),
                "classes": [names.get(number, str(number)) for number in sorted(each.classes)],
                "verify_until": as_time(each.verify_until),
                "compromised": each.compromised or each.key in {*held.kill_notes, *killed},
            }
            for each in current.keys
        ],
    }
