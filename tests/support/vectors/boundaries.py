"""Of every numbered row of a rule: a vector to which it applies, and one on the other side of its boundary.

Page and section -> row -> the two, which differ in one thing that is asked.
"""

BOUNDARIES: dict[str, dict[int, tuple[str, str]]] = {
    "verify.md, Order": {
        1: ("decision/decision-unknown-class", "decision/accept-library"),
        2: ("decision/text-next-version", "decision/accept-library"),
        3: ("decision/text-no-prefix", "decision/accept-library"),
        4: ("decision/text-too-long", "decision/accept-longest-text"),
        5: ("decision/decision-prefix-of-test", "decision/accept-library"),
        6: ("decision/cose-trailing-byte", "decision/accept-library"),
        7: ("decision/decision-unknown-key-expired", "decision/decision-unknown-key-before-its-end"),
        8: ("decision/decision-unknown-key", "decision/decision-unknown-key-stale"),
        9: ("decision/decision-unknown-key-stale", "decision/decision-unknown-key"),
        10: ("decision/decision-signature-bit", "decision/accept-library"),
        11: ("decision/decision-distrusted-key", "decision/accept-other-key-compromised"),
        12: ("decision/decision-cancelled-code", "decision/accept-cancellations-of-others"),
        13: ("decision/decision-cancelled-cohort", "decision/accept-other-cohort-cancelled"),
        14: ("decision/decision-outlives-key", "decision/accept-library"),
        15: ("decision/decision-expired", "decision/accept-last-second-of-the-code"),
        16: ("decision/decision-newer-program", "decision/accept-unknown-claim-zero"),
        17: ("decision/order-root-expired-before-trust-expired", "decision/accept-last-second-of-the-root"),
        18: ("decision/decision-trust-expired", "decision/accept-last-second-of-the-list"),
        19: ("decision/decision-trust-too-old", "decision/accept-oldest-tolerated"),
        20: ("decision/decision-key-serves-no-class", "decision/accept-library"),
        21: ("decision/decision-no-handle", "decision/accept-pharmacy"),
        22: ("decision/decision-age-from-not-begun", "decision/accept-age-from-begun"),
        23: ("decision/accept-last-second-of-the-list", "decision/decision-trust-expired"),
    },
    "verify.md, Clock": {
        1: ("decision/accept-library", "decision/accept-clock-one-second-behind"),
        2: ("decision/decision-clock-one-day", "decision/decision-clock-one-second"),
        3: ("decision/clock-good-two-days", "decision/clock-good-wrong"),
        4: ("decision/clock-good-wrong", "decision/clock-good-two-days"),
    },
    "trust.md, Update": {
        1: ("memory/refused-an-older-root", "memory/taken-a-chain-cut-where-this-venue-stands"),
        2: ("memory/refused-roots-are-missing-in-between", "memory/taken-three-roots-at-once"),
        3: ("memory/refused-two-roots-of-one-version", "memory/taken-a-chain-cut-where-this-venue-stands"),
        4: (
            "memory/refused-on-a-clock-of-1970-a-root-that-had-expired-by-the-last-day-seen",
            "memory/taken-on-a-clock-of-1970-a-root-that-was-in-date-on-the-last-day-seen",
        ),
        5: ("memory/refused-an-older-list", "memory/taken-under-a-new-root-versions-count-anew"),
        6: ("memory/refused-two-lists-of-one-version", "memory/taken-the-same-file-again"),
        7: (
            "memory/refused-a-list-that-leaves-out-a-key-a-second-before-its-verify-until",
            "memory/taken-a-list-that-leaves-out-a-key-whose-verify-until-is-its-own-time-of-issue",
        ),
        8: ("memory/refused-a-list-that-lets-a-key-live-longer", "memory/taken-a-new-root-lets-a-key-live-longer"),
        9: ("memory/refused-a-list-that-trusts-a-key-again", "memory/taken-a-list-that-still-distrusts-a-key"),
    },
}
