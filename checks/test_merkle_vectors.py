"""The tree of the log agrees with public test vectors of Merkle proofs.

Vectors about subtrees that begin elsewhere than at the first leaf are left out: the log proves nothing with them.
"""

import json
import os
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsr.evidence.tree import proves_consistency, proves_inclusion

VECTORS = Path(os.environ["DSR_SHARED_DATA"]) / "merkle" / "testdata"


def vectors(kind: str) -> Iterator[dict[str, Any]]:
    for file in sorted((VECTORS / kind).rglob("*.json")):
        vector = json.loads(file.read_text())
        yield vector | {"proof": [b64decode(each) for each in vector["proof"] or []]}


def agrees_on_inclusion(vector: dict[str, Any], size: int) -> bool:
    leaf, root = b64decode(vector["leafHash"] or ""), b64decode(vector["root"] or "")
    return proves_inclusion(leaf, vector["leafIdx"], size, vector["proof"], root) is not vector["wantErr"]


def agrees_on_consistency(vector: dict[str, Any], earlier: int, size: int) -> bool:
    before, after = b64decode(vector["root1"] or ""), b64decode(vector["root2"] or "")
    return proves_consistency(earlier, size, vector["proof"], before, after) is not vector["wantErr"]


@pytest.mark.parametrize(("kind", "least"), [("inclusion", 90), ("consistency", 90)])
def test_every_vector_is_decided_as_it_says(kind: str, least: int) -> None:
    seen = list(vectors(kind))
    if kind == "inclusion":
        differ = [each["desc"] for each in seen if not agrees_on_inclusion(each, each["treeSize"])]
    else:
        differ = [each["desc"] for each in seen if not agrees_on_consistency(each, each["size1"], each["size2"])]
    assert not differ
    assert len(seen) >= least


def test_subtrees_from_the_first_leaf_are_trees() -> None:
    included = [each for each in vectors("subtreeinclusion") if each["start"] == 0 < each["end"]]
    extended = [each for each in vectors("subtreeconsistency") if each["start"] == 0 < each["end"]]
    differ = [each["desc"] for each in included if not agrees_on_inclusion(each, each["end"])]
    differ += [each["desc"] for each in extended if not agrees_on_consistency(each, each["end"], each["size"])]
    assert not differ
    assert len(included) + len(extended) > 100
