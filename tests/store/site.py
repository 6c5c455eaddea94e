"""A small site for the store's tests: devices that say little, runs over them, findings by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scanner.evidence import Damage
from scanner.model import (
    Attempt,
    Candidate,
    Channel,
    Evidence,
    Finding,
    Host,
    Observation,
    ProbeResult,
    ProbeStatus,
    Record,
    RunEnd,
    RunInfo,
    Standing,
    Strength,
    Verdict,
    utc_text,
)
from scanner.store.runs import FINISHED, Run, RunStore

FIRST = datetime(2026, 1, 5, 3, tzinfo=UTC)
SCOPE = "192.0.2.0/24"


@dataclass(frozen=True, slots=True)
class Camera:
    """A device as it is; what a run sees of it follows."""

    ip: str
    mac: str = ""
    serial: str = ""
    maker: str = "dahua"
    firmware: str = "2.800"
    verdict: Verdict = Verdict.LISTED
    model: str = "IPC-HFW"


def moment(week: int, second: int = 0) -> str:
    """A time in the given week."""
    return utc_text(FIRST + timedelta(weeks=week, seconds=second))


def records(cameras: Sequence[Camera], run: str, week: int) -> list[Record]:
    """Evidence of a run: times and nonces differ from run to run, the rest when a camera does."""
    started = moment(week)
    lines: list[Record] = [RunInfo(run, "camcensus test", started, scope=(SCOPE,))]
    for number, camera in enumerate(cameras):
        at = moment(week, number + 1)
        lines.append(Host(camera.ip, camera.mac or None, ("arp",), at))
        for port in (80, 443, 554, 37777):
            lines.append(_closed(camera.ip, port, at) if port != 80 else _page(camera, run, at))
    hosts = len({r.ip for r in lines if isinstance(r, Host)})
    results = sum(isinstance(r, ProbeResult) for r in lines)
    return [*lines, RunEnd(moment(week, 60), hosts, results, complete=True)]


def _closed(ip: str, port: int, at: str) -> ProbeResult:
    return ProbeResult(ip, "tcp", ProbeStatus.REFUSED, port, None, at, 0.001)


def _page(camera: Camera, run: str, at: str) -> ProbeResult:
    said = (
        Observation("http.server", f"{camera.maker}/{camera.firmware}"),
        Observation(
            "http.www_authenticate", f'Digest realm="Login", nonce="{run}{at}", qop="auth"'
        ),
        Observation("http.set_cookie", f"session={run}; Path=/"),
    )
    return ProbeResult(camera.ip, "http", ProbeStatus.OK, 80, None, at, 0.02, said)


def finding(camera: Camera, site: str = "hq") -> Finding:
    """What an assessment would say of it."""
    proof = Evidence("r", "http", Strength.DECLARES, "onvif.serial", camera.serial, "onvif")
    serial = replace(proof, attribute="serial", asserted=camera.serial)
    maker = Candidate(camera.maker, Strength.DECLARES, (proof,), identified=True)
    return Finding(
        ip=camera.ip, mac=camera.mac or None, hostname=None, site=site, verdict=camera.verdict,
        product_class="camera", maker=maker if camera.maker else None, brand=None,
        maker_name=camera.maker.title(), brand_name="", registered_to="", model=camera.model,
        firmware=camera.firmware, serial=camera.serial, listings=(), reasons=(),
        contradictions=(), evidence=(serial,) if camera.serial else (), open_ports=(80,),
        seen_by=("arp",), incomplete=(), first_seen="", last_seen="",
    )  # fmt: skip


def row(run: str, week: int, cameras: Sequence[Camera] = (), site: str = "hq") -> Run:
    """The row of a finished, complete run."""
    listed = sum(c.verdict is Verdict.LISTED for c in cameras)
    return Run(
        run, moment(week), moment(week, 60), FINISHED, SCOPE, "", listed,
        not_listed=len(cameras) - listed, devices=len(cameras), site=site, complete=True,
        as_of=moment(week)[:10],
    )  # fmt: skip


def scan(
    store: RunStore, cameras: Sequence[Camera], week: int, site: str = "hq", run: str = ""
) -> tuple[Standing, ...]:
    """One weekly run over the cameras, taken into the store."""
    run = run or f"{site}-{week:04}"
    findings = [finding(c, site) for c in cameras]
    return store.save(row(run, week, cameras, site), records(cameras, run, week), findings)


def by_host(lines: Sequence[Record | Damage]) -> list[Record | Damage]:
    """The order in which the store gives evidence back: run, hosts by address, end, damage."""
    ordered: list[Record | Damage] = []
    head: list[Record] = []
    hosts: dict[str, list[Record]] = {}
    ends: list[Record] = []

    def flush() -> None:
        ordered.extend([*head, *(r for ip in sorted(hosts) for r in hosts[ip]), *ends])
        for held in (head, hosts, ends):
            held.clear()

    for line in lines:
        match line:
            case RunInfo():
                flush()
                head.append(line)
            case RunEnd():
                ends.append(line)
            case Host() | ProbeResult() | Attempt() | Channel():
                hosts.setdefault(line.ip, []).append(line)
    flush()
    return [*ordered, *(line for line in lines if isinstance(line, Damage))]
