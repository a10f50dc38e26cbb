"""Runs `eir` as a unit's sandbox would, as far as a process can shut itself in.

SystemCallFilter= becomes a seccomp filter (seccomp(2)); what it leaves out fails with EPERM, as
SystemCallErrorNumber= says. MemoryDenyWriteExecute= becomes PR_SET_MDWE (Linux 6.3). Where the
kernel allows no such thing the program ends with NOT_HERE.
"""

import json
import platform
import re
import subprocess
import sys
from pathlib import Path

NOT_HERE = 77
_NUMBERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")  # of linux-libc-dev

_PROGRAM = """
import ctypes, json, os, struct, sys
allowed = json.loads(os.environ["ALLOWED_CALLS"])
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM
lines = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, 0xC000003E), (RETURN, 0, 0, REFUSE), (LOAD, 0, 0, 0)]
for number in allowed:
    lines += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
lines.append((RETURN, 0, 0, REFUSE))
octets = b"".join(struct.pack("=HBBI", *line) for line in lines)
held = ctypes.create_string_buffer(octets)
program = struct.pack("=H6xQ", len(lines), ctypes.addressof(held))
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
mdwe = libc.prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE
if mdwe or libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0):  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    sys.exit(77)
from eir.cli import main
main()
"""

COMMAND = [sys.executable, "-P", "-c", _PROGRAM]


def is_possible() -> bool:
    """Tell whether this machine's system calls are the ones that we know numbers of."""
    return platform.machine() == "x86_64" and _NUMBERS.exists()


def environment(unit: Path) -> dict[str, str]:
    """Give what COMMAND wants in its environment for a unit's SystemCallFilter=."""
    known = dict(re.findall(r"#define __NR_(\w+) (\d+)", _NUMBERS.read_text(encoding="ascii")))
    allowed = _allowed(unit.read_text(encoding="utf-8"))
    numbers = sorted(int(known[name]) for name in allowed if name in known)
    return {"ALLOWED_CALLS": json.dumps(numbers)}


def _allowed(unit: str) -> set[str]:
    """Name the system calls that are left (systemd.exec(5))."""
    calls: set[str] = set()
    for words in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        named = {call for word in words.removeprefix("~").split() for call in _calls(word)}
        calls = calls - named if words.startswith("~") else calls | named
    return calls


def _calls(word: str) -> set[str]:
    """Name the calls of a group, and of the groups in it."""
    if not word.startswith("@"):
        return {word}
    shown = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", word],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    words = [line.strip() for line in shown.splitlines()[1:]]
    return {call for each in words if each and each[0] != "#" for call in _calls(each)}
