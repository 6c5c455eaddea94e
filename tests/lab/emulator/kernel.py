"""The Linux calls Python 3.11 has no function for: namespaces(7), prctl(2), mount(2)."""

import ctypes
import os
import resource
import select
import socket
from contextlib import suppress
from pathlib import Path

from .errors import NotPermitted

NEW_MOUNTS = 0x0002_0000
NEW_USER = 0x1000_0000
NEW_PROCESSES = 0x2000_0000
NEW_NETWORK = 0x4000_0000
_MOUNT_PRIVATE_RECURSIVELY = (1 << 18) | (1 << 14)
_PR_SET_PDEATHSIG = 1
_SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def unshare(flags: int) -> None:
    """Move this process into new namespaces (unshare(2))."""
    _call("unshare", flags)


def join(namespace: int) -> None:
    """Enter the namespace behind a file descriptor (setns(2))."""
    _call("setns", namespace, 0)


def new_network() -> int:
    """A new network namespace, held alive only by the returned file descriptor."""
    unshare(NEW_NETWORK)
    for name in ("all", "default"):
        # Inherited strictness would drop packets of hosts that blackhole their answers.
        strictness = Path(f"/proc/sys/net/ipv4/conf/{name}/rp_filter")
        if strictness.read_text().strip() != "0":
            strictness.write_text("0")
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def isolate() -> bool:
    """Leave the machine's network and process tree; True when that took a user namespace.

    The process tree takes effect for children: the next one is its first process.
    """
    try:
        unshare(NEW_NETWORK | NEW_PROCESSES)
    except OSError:
        become(NEW_NETWORK | NEW_PROCESSES, 0, 0)
        return True
    return False


def why_not_isolated() -> str:
    """Empty when `isolate` will work and gives full rights; tried in a process that ends at once.

    Some systems allow the namespaces but no rights inside them, so a raw socket is tried too.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            isolate()
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
        except (OSError, NotPermitted) as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        reason = answer.read()
    os.waitpid(child, 0)
    return reason


def become(flags: int, uid: int, gid: int) -> None:
    """Enter a user namespace (and those of `flags`) in which the present user is `uid`:`gid`."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    try:
        unshare(NEW_USER | flags)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1")
    except OSError as error:
        raise NotPermitted(f"network namespaces are not permitted here ({error})") from error


def die_with(parent: int) -> None:
    """Be killed when the parent process (a pidfd) ends, also when it has ended already."""
    _call("prctl", _PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    watch = select.poll()
    watch.register(parent, select.POLLIN)
    if watch.poll(0):
        os._exit(1)


def show_own_world() -> None:
    """Remount /sys and /proc, where permitted, so that they show this process's namespaces."""
    with suppress(OSError):
        unshare(NEW_MOUNTS)
        _call("mount", None, b"/", None, _MOUNT_PRIVATE_RECURSIVELY, None)
        _call("mount", b"lab", b"/sys", b"sysfs", 0, None)
        _call("mount", b"lab", b"/proc", b"proc", 0, None)


def allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
