"""The lab's command line."""

import argparse
import asyncio
import os
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from ipaddress import IPv4Network
from pathlib import Path

from . import kernel, supervise
from .device import Device, load
from .errors import LabError, NotPermitted
from .generate import generate
from .lan import Lan, LoopbackLan, SwitchedLan, account, go_to
from .payload import HERE
from .session import check_writable, live, say

_ERROR = 2


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit code, which is the command's own where there is one."""
    options = _parser().parse_args(arguments)
    return _answerable(partial(options.do, options))


def _answerable(work: Callable[[], int]) -> int:
    """The work's exit code, or the one for what it could not do, said in words."""
    try:
        return work()
    except NotPermitted as error:
        say(f"{error}; --loopback works without that")
        return os.EX_NOPERM
    except LabError as error:
        say(str(error))
        return _ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab.py", description="A LAN of emulated devices.")
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="run a command on the scanner's machine in the LAN")
    serve = actions.add_parser("serve", help="keep the LAN up until standard input ends")
    enter = actions.add_parser("enter", help="run a command in the LAN of a `serve`")
    for action in (run, serve):
        _add_lan_options(action)
        action.set_defaults(do=_start)
    enter.add_argument("--network-namespace", required=True, metavar="PATH")
    enter.add_argument("--user-namespace", metavar="PATH")
    enter.set_defaults(do=_enter)
    for action in (run, enter):
        action.add_argument("--user", metavar="NAME", help="run it as this user, e.g. nobody")
        action.add_argument("command", nargs="+", metavar="COMMAND")
    return parser


def _add_lan_options(action: argparse.ArgumentParser) -> None:
    add = action.add_argument
    add(
        "--loopback", nargs="?", const="always", default="never",
        choices=("always", "auto", "never"),
        help="addresses 127.77.x.y instead of namespaces; auto: where those are not permitted",
    )  # fmt: skip
    add("--devices", type=Path, default=HERE / "devices", metavar="DIR", help="device files")
    add("--only", metavar="NAME,…", help="devices to take, `*` allowed")
    add("--generate", type=int, metavar="N", help="N devices made from --mix instead of files")
    add("--mix", default="office", metavar="NAME", help="a file of mixes/ (default: office)")
    add("--network", type=IPv4Network, metavar="CIDR", help="default: 10.77.0.0/24 or larger")
    add("--journal", default=os.devnull, metavar="FILE", help="JSON Lines of all that came in")
    add(
        "--announce", type=float, default=0, metavar="S",
        help="devices also say unasked what they have to say, every S seconds",
    )  # fmt: skip
    add("--capture", metavar="FILE", help="pcap of the scanner's cable")


def _start(options: argparse.Namespace) -> int:
    devices = _devices(options)
    for path in filter(None, (options.journal, options.capture)):
        check_writable(path)
    if options.action == "run" and options.user:
        account(options.user)
    kernel.allow_many_files()
    options.terminal = options.action == "run" and supervise.has_terminal()
    work = partial(_live, _builder(options, devices), options)
    code = supervise.supervise(partial(_answerable, work))
    if options.terminal:
        supervise.take_terminal()
    return code


def _devices(options: argparse.Namespace) -> list[Device]:
    if options.generate:
        return generate(options.generate, options.mix)
    devices = load(options.devices)
    if not options.only:
        return devices
    wanted = options.only.split(",")
    chosen = [d for d in devices if any(fnmatchcase(d.name, name) for name in wanted)]
    if missing := [n for n in wanted if not any(fnmatchcase(d.name, n) for d in chosen)]:
        raise LabError(f"--only: no device {', '.join(missing)} in {options.devices}")
    return chosen


def _builder(options: argparse.Namespace, devices: list[Device]) -> Callable[[], Lan]:
    """What makes the LAN, once this process is in the right namespaces for it."""
    if options.loopback != "always":
        reason = kernel.why_not_isolated()
        if not reason:
            network = options.network or _network_for(len(devices))
            return partial(SwitchedLan, devices, network, kernel.isolate())
        if options.loopback == "never":
            raise NotPermitted(reason)
        say(f"{reason}: using loopback addresses")
    return partial(LoopbackLan, devices)


def _network_for(devices: int) -> IPv4Network:
    """10.77.0.0/24, or as much larger as the devices, the scanner and a margin need."""
    return IPv4Network((0x0A4D_0000, min(24, 32 - (devices + 8).bit_length())))


def _live(build: Callable[[], Lan], options: argparse.Namespace) -> int:
    if options.action == "run":
        os.setpgid(0, 0)
    return asyncio.run(live(build(), options))


def _enter(options: argparse.Namespace) -> int:
    try:
        network = os.open(options.network_namespace, os.O_RDONLY | os.O_CLOEXEC)
        if options.user_namespace:
            kernel.join(os.open(options.user_namespace, os.O_RDONLY | os.O_CLOEXEC))
        go_to(network, options.user)
        os.execvp(options.command[0], options.command)  # noqa: S606
    except OSError as error:
        raise LabError(f"cannot enter: {error}") from error
