"""Nothing in the program runs text as a program, or takes objects out of bytes of strangers."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import dsr

FORBIDDEN: Final = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load"),
    *("render_template_string", "subprocess.getoutput", "subprocess.getstatusoutput"),
}
MODULES: Final = {"pickle", "marshal", "shelve", "dill", "ctypes", "xml", "lxml", "ldap3", "memcache"}

OF_THIS_PROCESS: Final = {"eventstore/snapshots.py: pickle"}
"""Bytes that the process wrote itself and that never leave its memory (decision 78)."""


def uses(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in FORBIDDEN or any(each.arg == "shell" for each in node.keywords):
                yield name
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield str(node.module)


def test_no_text_is_run_and_no_object_is_made_of_bytes() -> None:
    root = Path(dsr.__file__).parent
    found = {
        f"{path.relative_to(root)}: {name}"
        for path in root.rglob("*.py")
        for name in uses(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == OF_THIS_PROCESS
