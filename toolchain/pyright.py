"""`python -m toolchain.pyright`: pyright over what has changed since it was last clean, and over all that imports that.

With `--all` over everything, as CI does; either way what is clean is remembered in .venv.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.commands import say

if TYPE_CHECKING:
    from grimp import ImportGraph

CLONE = Path(__file__).resolve().parents[1]
SETTINGS = ("pyproject.toml", "requirements.txt")  # what every file's judgement hangs on
# Node's own size lets V8 collect garbage so often that it takes a tenth of the time
YOUNG_GENERATION = "--max-semi-space-size=64"  # MiB


def main(clone: Path = CLONE) -> int:
    """Pyright's exit code; its words only where it has something to say."""
    stamp = clone / ".venv" / "pyright.json"
    now = digests(clone)
    clean = json.loads(stamp.read_text()) if stamp.exists() and "--all" not in sys.argv else {}
    files = to_check(clone, now, clean)
    say(f"types: {len(files)} of {len(now) - len(SETTINGS)} files")
    if files:
        some = files if clean else []  # pyright knows by itself what all of them are
        command = [str(clone / ".venv" / "bin" / "pyright"), "--warnings", *some]
        options = f"{os.environ.get('NODE_OPTIONS', '')} {YOUNG_GENERATION}"
        environment = os.environ | {"NODE_OPTIONS": options}
        process = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
        if process.returncode:
            sys.stdout.write(process.stdout + process.stderr)
            return process.returncode
    stamp.write_text(json.dumps(now))
    return 0


def digests(clone: Path) -> dict[str, str]:
    """SHA-256 of every file that pyright checks, and of its settings, by path in the clone."""
    included = tomllib.loads((clone / "pyproject.toml").read_text())["tool"]["pyright"]["include"]
    roots = [clone / path for path in included]
    sources = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*.py"))]
    files = [*sources, *(clone / name for name in SETTINGS)]
    return {str(file.relative_to(clone)): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}


def to_check(clone: Path, now: dict[str, str], clean: dict[str, str]) -> list[str]:
    """The files that may no longer be clean.

    All of them where a setting has changed, or where a file is gone: its importers' imports lead nowhere, so that no
    graph has them.
    """
    changed = {path for path, digest in now.items() if clean.get(path) != digest}
    modules = {_module(path): path for path in now if path not in SETTINGS}
    if changed.intersection(SETTINGS) or clean.keys() - now.keys():
        return list(modules.values())
    if not changed:
        return []
    graph = _graph(clone, modules)
    wanted = set(changed)
    for path in changed:
        # Who imports what is in a package imports the package, too
        importers = graph.find_downstream_modules(_module(path), as_package=path.endswith("/__init__.py"))
        wanted.update(modules[importer] for importer in importers)
    return sorted(wanted)


def _graph(clone: Path, modules: dict[str, str]) -> ImportGraph:
    import grimp

    packages = [module for module, path in modules.items() if path == f"{module}/__init__.py"]
    graph = grimp.build_graph(*packages, cache_dir=None)
    for module in modules.keys() - graph.modules:  # programs, in no package
        graph.add_module(module)
        for imported in _imports(clone / modules[module]) & graph.modules:
            graph.add_import(importer=module, imported=imported)
    return graph


def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return names


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


if __name__ == "__main__":
    sys.exit(main())
