"""Becomes another program: as another user if asked, and ending with its parent.

Run by path with ``python -I -S``, never imported: a program of its own between a fork
and an exec may do what Python code inside a forked process must not. Its standard
error is the new program's, so a failure here is found in that program's log.
"""

import argparse
import ctypes
import os
import sys

_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT = 1, 28, 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 4
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWUSER = 0x10000000


def main() -> None:
    """Do what the options ask for, then exec the command after them."""
    options = _options()
    if options.namespace is not None:
        _enter_namespace(options.namespace)
    if options.user is not None:
        _become(options.user, options.group, override=options.override)
    if options.folder:
        os.chdir(options.folder)
    if options.die_by and _LINUX:
        # Any change of user forgets the signal, so it is asked for last.
        _prctl(_PR_SET_PDEATHSIG, options.die_by)
        if os.getppid() != options.parent:
            sys.exit("the parent has ended already")
    os.execv(options.command[0], options.command)  # noqa: S606  # No shell is meant.


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", type=int)
    parser.add_argument("--group", type=int)
    parser.add_argument("--override", action="store_true")
    parser.add_argument("--namespace", type=int)
    parser.add_argument("--folder")
    parser.add_argument("--die-by", type=int)
    parser.add_argument("--parent", type=int)
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _become(user: int, group: int, *, override: bool) -> None:
    """Drop root; with ``override`` keep root's way through closed folders, only that.

    A checkout may lie below a folder that other users cannot enter, such as /root.
    """
    if override:
        # Changing the user keeps capabilities, and access(2) heeds them.
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if override:
        _keep_only(_CAP_DAC_OVERRIDE)
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)


def _enter_namespace(inner: int) -> None:
    """Seem to be the user id ``inner`` while files still see the true one."""
    user, group = os.geteuid(), os.getegid()
    _check(ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER))
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{inner} {user} 1"),
        ("gid_map", f"{inner} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(line)


def _keep_only(capability: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    # Two records of effective, permitted and inheritable: the low and the high half.
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _check(ctypes.CDLL(None, use_errno=True).capset(header, sets))


def _prctl(option: int, second: int, third: int = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_ulong(value) for value in (second, third, 0, 0)]
    _check(libc.prctl(option, *words))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


main()
