"""A verifier to begin from: it speaks the protocol, and refuses everything."""

import json
import sys
from typing import Any


def decide(given: dict[str, Any]) -> dict[str, Any]:
    """given: now, class, text and trust_file, as specs/vectors/README.md has them."""
    return {"outcome": "reject", "reason": "not-a-code"}  # here your own verifier answers


for line in sys.stdin:
    asked = json.loads(line)
    said = {"schema": 1, "id": asked["id"]}
    if asked["kind"] == "decision":
        said["answer"] = decide(asked["given"])
    else:
        said["error"] = "unknown-kind"
    print(json.dumps(said), flush=True)
