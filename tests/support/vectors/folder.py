"""All of specs/vectors as bytes: a folder for each kind, and the manifest with their numbers and digests."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from support.vectors import batch, cohort_sheet, decision, handles, memory, paper, typed
from support.vectors.boundaries import BOUNDARIES

FOLDER = Path(__file__).parents[3] / "specs" / "vectors"
KINDS = {
    "decision": decision.vectors,
    "typed": typed.vectors,
    "memory": memory.vectors,
    "paper": paper.vectors,
    "handles": handles.vectors,
    "cohort-sheet": cohort_sheet.vectors,
    "batch": batch.vectors,
}


@cache
def files() -> dict[str, bytes]:
    """Every file by its path in the folder, the manifest among them."""
    kinds = {
        kind: {f"{name}.json": _encode(vector) for name, vector in sorted(vectors().items())}
        for kind, vectors in KINDS.items()
    }
    manifest = {
        "schema": 1,
        "kinds": {kind: _listed(vectors) for kind, vectors in kinds.items()},
        "boundaries": BOUNDARIES,
    }
    written = {f"{kind}/{name}": data for kind, vectors in kinds.items() for name, data in vectors.items()}
    return written | {"manifest.json": _encode(manifest)}


def write(folder: Path) -> None:
    for kind in KINDS:
        (folder / kind).mkdir(exist_ok=True)
        for old in (folder / kind).iterdir():
            if f"{kind}/{old.name}" not in files():
                old.unlink()
    for name, data in files().items():
        (folder / name).write_bytes(data)


def _encode(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode("ascii")


def _listed(vectors: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "count": len(vectors),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in vectors.items()},
    }
