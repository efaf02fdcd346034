"""What a document has a person type, and whether the command of that name takes it: nothing is carried out."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import botocore.session
import typer
from botocore import xform_name
from botocore.model import ServiceModel

from components.configuration.keys import KEYS
from sandbox.cli import app as sandbox
from scripts.cli import app as release
from toolchain.__main__ import CLONE
from toolchain.pulumi import find_pulumi

SESSION = botocore.session.get_session()
KEYS_BY_NAME = {key.name: key for key in KEYS}
APPS = {"release": release, "sandbox": sandbox}
OPERATORS = {"|", "&&", "||", ";", ">", ">>", "<", "&", "(", ")"}
BLOCK = re.compile(r"^ *```(?:bash|sh|console)?\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
INLINE = re.compile(r"`([^`\n]+)`")
SUBSTITUTED = re.compile(r"\$\(([^()]*)\)")
ASSIGNMENT = re.compile(r"[A-Z_]+=")
OPTION = re.compile(r"--[a-z][a-z-]*")
GROUPS_OF_PULUMI = {"stack", "config", "state", "plugin", "policy"}
# The AWS CLI's own, in no service's model.
OF_EVERY_AWS_COMMAND = {"--region", "--profile", "--query", "--output", "--max-items", "--no-cli-pager"}
OF_THE_AWS_CLI_ALONE = {
    ("cloudformation", "deploy"): {"--stack-name", "--template-file", "--capabilities", "--parameter-overrides"},
    ("cloudformation", "package"): {"--template-file", "--s3-bucket", "--output-template-file"},
    ("configure", ""): set(),
    ("sso", "login"): set(),
}


@dataclass(frozen=True)
class Typed:
    """A command in a document; `whole` where it is a line to be typed, else it may lack what belongs to it."""

    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return shlex.join(self.words)


def typed_in(markdown: str) -> Iterator[Typed]:
    """The commands in its code blocks, and those in the running text."""
    for block in BLOCK.findall(markdown):
        for line in block.replace("\\\n", " ").splitlines():
            yield from commands_of(line, whole=True)
    for code in INLINE.findall(BLOCK.sub("", markdown)):
        yield from commands_of(code, whole=False)


def typed_in_messages(program: str) -> Iterator[Typed]:
    """The commands in a program's texts, values left out; not those in its documentation."""
    if not any(f"`{name} " in program for name in CHECKED):
        return  # before it is parsed, which takes longer
    tree = ast.parse(program)
    documentation = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)}
    for text in _texts(tree):
        if text not in documentation:
            for code in INLINE.findall(text):
                yield from commands_of(code, whole=False)


def _texts(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "VALUE" for part in parts)
        case ast.Constant(value=str(text)):
            yield text
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _texts(child)


def commands_of(line: str, *, whole: bool) -> Iterator[Typed]:
    """Those of a shell's line that are known here, also the ones whose output is used."""
    for inner in SUBSTITUTED.findall(line):
        yield from commands_of(inner, whole=whole)
    lexer = shlex.shlex(SUBSTITUTED.sub("VALUE", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = [*lexer, ";"]
    except ValueError:  # an apostrophe: no command
        return
    command: list[str] = []
    skipped = False
    for word in words:
        if word in OPERATORS:
            if command and command[0] in CHECKED:
                yield Typed(tuple(command), whole)
            command, skipped = [], word in {">", ">>", "<"}
        elif skipped:
            skipped = False
        elif command or not ASSIGNMENT.match(word):
            command.append(word)


def problem(typed: Typed) -> str | None:
    """Why it cannot be typed so, or None."""
    program, *arguments = typed.words
    if not arguments and not typed.whole:
        return None  # the program's name
    return CHECKED[program](program, arguments, typed.whole)


def _of_ours(program: str, arguments: list[str], whole: bool) -> str | None:
    command = _command(program)
    called, rest = next(((one, arguments[at + 1 :]) for at, one in enumerate(arguments) if one[0] != "-"), ("", []))
    if not called:
        return None if {*arguments} <= {"--help", "--version", "-h"} else f"no such option of {program}"
    context = command.make_context(program, [called])
    one = command.get_command(context, called)
    if one is None:
        return f"{program} has no command {called}"
    if (program, called) == ("sandbox", "exec") and "--" in rest:
        inside = rest[rest.index("--") + 1 :]
        rest = [*rest[: rest.index("--")], "--", *inside]
        if inside and inside[0] in CHECKED and (told := CHECKED[inside[0]](inside[0], inside[1:], whole)):
            return told
    if not whole:
        own = {name for parameter in one.params for name in (*parameter.opts, *parameter.secondary_opts)}
        return _unknown(rest, own | {"--help", "-h"})
    try:
        one.make_context(called, rest, parent=context)
    except Exception as refused:
        said: Any = getattr(refused, "format_message", None)
        return str(refused) if said is None else said()
    return None


@cache
def _command(program: str) -> Any:
    return typer.main.get_command(APPS[program])


def _of_pulumi(_: str, arguments: list[str], __: bool) -> str | None:
    words = [one for one in arguments if not one.startswith("-")]
    called = words[: 2 if words[:1] and words[0] in GROUPS_OF_PULUMI else 1]
    if called == ["config", "set"] and (told := _key_problem(words[2:3], arguments)):
        return told
    own = _pulumis_help(*called)
    return f"pulumi has no command {' '.join(called)}" if own is None else _unknown(arguments, own)


def _key_problem(named: list[str], arguments: list[str]) -> str | None:
    """Whether the program reads that key, and takes it so."""
    for name in named:
        if (key := KEYS_BY_NAME.get(name)) is None:
            return None if name.isupper() else f"there is no configuration key {name}"
        if bool(key.group) != ("--path" in arguments):
            return f"--path belongs to members of a group, and {name} is {'one' if key.group else 'none'}"
        if key.secret != ("--secret" in arguments):
            return f"--secret belongs to secrets, and {name} is {'one' if key.secret else 'none'}"
    return None


@cache
def _pulumis_help(*words: str) -> set[str] | None:
    """The options that it takes, or None where there is no such command."""
    told = subprocess.run(
        [str(find_pulumi()), *words, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={"PULUMI_SKIP_UPDATE_CHECK": "1", "HOME": "/nonexistent"},
    )
    named = re.findall(r"^Usage:\n +pulumi (?:\w+ )?([\w-]+)|^Aliases:\n +(.*)", told.stdout, re.MULTILINE)
    if words and words[-1] not in re.findall(r"[\w-]+", str(named)):
        return None
    return {*OPTION.findall(told.stdout), *re.findall(r"^ +(-[a-zA-Z]), ", told.stdout, re.MULTILINE)}


def _of_aws(_: str, arguments: list[str], whole: bool) -> str | None:
    called, operation, *rest = [*arguments, "", ""]
    service = {"s3api": "s3"}.get(called, called)
    if (own := OF_THE_AWS_CLI_ALONE.get((service, operation))) is not None:
        return _unknown(rest, own | OF_EVERY_AWS_COMMAND)
    if service not in SESSION.get_available_services():
        return f"AWS has no service {service}"
    client = _model(service)
    if operation == "wait":
        waiters = {xform_name(one, "-"): one for one in SESSION.get_waiter_model(service).waiter_names}
        if rest[0] not in waiters:
            return f"{service} has no waiter {rest[0]}"
        operation = xform_name(SESSION.get_waiter_model(service).get_waiter(waiters[rest[0]]).operation, "-")
    operations = {xform_name(one, "-"): one for one in client.operation_names}
    if operation not in operations:
        return f"{service} has no operation {operation}" if whole or operation else None
    shape = client.operation_model(operations[operation]).input_shape
    members = shape.members if shape is not None else {}
    own = {f"--{xform_name(name, '-')}" for name in members} | OF_EVERY_AWS_COMMAND
    return _unknown(rest, own | {f"--no-{name[2:]}" for name in own})


@cache
def _model(service: str) -> ServiceModel:
    return SESSION.get_service_model(service)


def _of_make(_: str, arguments: list[str], __: bool) -> str | None:
    targets = re.findall(r"^([a-z-]+):", (CLONE / "Makefile").read_text(), re.MULTILINE)
    asked = [one for one in arguments if not one.startswith("-") and "=" not in one]
    missing = [one for one in asked if one not in targets]
    return f"make has no target {', '.join(missing)}" if missing else None


def _of_python(_: str, arguments: list[str], __: bool) -> str | None:
    if arguments[:1] != ["-m"] or len(arguments) == 1:
        return None
    return None if find_spec(arguments[1]) else f"there is no module {arguments[1]}"


def _unknown(arguments: Sequence[str], own: set[str]) -> str | None:
    ours = [*arguments[: arguments.index("--")]] if "--" in arguments else arguments
    unknown = {one.partition("=")[0] for one in ours if re.match(r"--?[a-zA-Z]", one)} - own
    return f"no option {', '.join(sorted(unknown))}" if unknown else None


CHECKED = {
    "release": _of_ours,
    "sandbox": _of_ours,
    "pulumi": _of_pulumi,
    "aws": _of_aws,
    "make": _of_make,
    "python": _of_python,
}
DOCUMENTS = [
    file
    for file in (
        *(CLONE / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
        *(CLONE / "sandbox").glob("*.md"),
        *(CLONE / "docs").rglob("*.md"),
        *(CLONE / "examples").rglob("*.md"),
    )
    if Path(file).is_file()
]
