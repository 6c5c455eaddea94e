"""The nouns of the field. Frozen values only: no input or output, no clock, no decisions.

Read top to bottom in the order a scan produces them:
Target, Sighting, Host, ProbeResult with Observations, Identification, ListingMatch, Finding,
ScanReport.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from scanner.identity import keys
from scanner.provision import PlanRules, Prices, Product
from scanner.remedy import Choice, Deadline, Details, Plan, ReportingPeriod

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network


class ProbeStatus(StrEnum):
    """How one planned (host, probe, port) ended. No rule may match on a status."""

    OK = "ok"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    CLOSED_EARLY = "closed-early"
    PROTOCOL_ERROR = "protocol-error"
    TLS_ERROR = "tls-error"
    NOT_PERMITTED = "not-permitted"
    OUT_OF_SCOPE = "out-of-scope"
    SKIPPED = "skipped"
    BUG = "bug"


class Strength(IntEnum):
    """How much one family of evidence says about an attribute; ordered, never a probability."""

    SUGGESTS = 1
    CHARACTERISTIC = 2
    DECLARES = 3

    @property
    def word(self) -> str:
        """The lower-case word used in files and reports."""
        return self.name.lower()


class Verdict(StrEnum):
    """What the report says of one device."""

    LISTED = "listed"
    REVIEW = "review"
    NOT_LISTED = "not-listed"
    UNDETERMINED = "undetermined"


class Relation(StrEnum):
    """How the device's maker or brand is joined to the listed entity."""

    NAMED = "named"
    SUBSIDIARY = "subsidiary"
    BRAND = "brand"
    PRODUCER = "producer"


class Applicability(StrEnum):
    """Whether a regime concerns this organisation; ASK until a person has answered."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "does-not-apply"
    ASK = "ask"


class Answer(StrEnum):
    """What the organisation says of itself; UNKNOWN until a person has answered."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Reach(StrEnum):
    """Whether a list reaches a company that belongs to a listed one."""

    REACHED = "reached"
    OPEN = "open"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a scan may cost the network. Counts are connections or packets, times seconds."""

    packets_per_second: float = 2000.0
    connections_per_host: int = 12
    connections_per_camera: int = 24
    gap: float = 0.05
    host_timeout: float = 60.0
    exchange_timeout: float = 4.0
    hosts_at_once: int = 256
    max_hosts: int = 65_536
    discovery_per_second: float = 20.0
    """Questions of discovery protocols to single hosts, in each subnet; and to all at once."""
    names_per_second: float = 50.0
    """Questions to single silent hosts for a computer's name."""
    listen: float = 3.0


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port to try and the service that usually answers there."""

    number: int
    service: str
    """`http`, `https`, `tls` (handshake only), `rtsp`, `greeting` or `silent` (listened to)."""
    why: str = ""
    default: bool = False
    """True when it is tried unless the operator names the ports."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which addresses may be touched, and how. Nothing outside it ever receives a packet."""

    networks: tuple[IPNetwork, ...]
    excluded: tuple[IPNetwork, ...] = ()
    ports: tuple[Port, ...] = ()
    limits: Limits = Limits()

    def contains(self, address: IPAddress) -> bool:
        """True when the address is in scope and not excluded."""
        return any(address in n for n in self.networks) and not any(
            address in n for n in self.excluded
        )


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that no repr, log line or report shows by accident, and that JSON refuses."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SnmpCommunity:
    """SNMP v2c (RFC 3584): it travels in clear."""

    community: Secret


@dataclass(frozen=True, slots=True)
class SnmpUser:
    """SNMP v3 (RFC 3414). `auth` is `md5` or `sha`, `priv` is `des` or `aes`, empty for none."""

    user: Secret
    auth: str = ""
    auth_key: Secret = Secret("")
    priv: str = ""
    priv_key: Secret = Secret("")


@dataclass(frozen=True, slots=True)
class WebLogin:
    """A user of the devices themselves: for their web interface, or for ONVIF only.

    `basic` says where HTTP Basic, which tells the password, may be used: `tls`, `clear`, or never.
    """

    user: Secret
    password: Secret
    basic: str = ""
    onvif_only: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """What the operator supplied, and for whom. `entry` names it in messages without telling it.

    `agents` are routers and switches to be asked by SNMP. The others say which hosts it is for,
    any of them being enough: `prefixes` are leading hex digits of MACs, `vendors` are vendor ids.
    """

    entry: str
    login: SnmpCommunity | SnmpUser | WebLogin
    agents: tuple[IPAddress, ...] = ()
    networks: tuple[IPNetwork, ...] = ()
    prefixes: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing a device said: a field of contracts.md and its text, still hostile."""

    field: str
    value: str
    raw_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One source saw one address. `mac` is lower case with colons. It may carry what was said.

    With an empty `ip` the observations are about the hardware address, whoever uses it.
    """

    ip: str
    source: str
    mac: str | None = None
    hostname: str | None = None
    rtt: float | None = None
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True)
class Host:
    """An address at which something lives."""

    ip: str
    mac: str | None = None
    seen_by: tuple[str, ...] = ()
    at: str | None = None
    hostname: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The one outcome of one planned (host, probe, port). `started` is ISO 8601 UTC."""

    ip: str
    probe: str
    status: ProbeStatus
    port: int | None = None
    reason: str | None = None
    started: str | None = None
    seconds: float | None = None
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login is about to be tried; written before it is, so that it is never tried twice.

    `device` is the hardware address where known, else the address; `entry` names the credentials.
    """

    ip: str
    device: str
    entry: str
    port: int
    at: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A slot of the recorder at `ip`, as the recorder tells; numbers begin with 1.

    `state` is `online`, `offline`, `empty` or `unknown`. `address` is the camera's own; when it is
    `inner`, on the recorder's own network, where nobody else comes.
    """

    ip: str
    channel: int
    state: str
    address: str = ""
    inner: bool = False
    at: str = ""
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a scan could not see or use, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Subnet:
    """Part of a scope as the sensor reaches it: by `interface`, or by a router when None."""

    network: str
    interface: str | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The first line of an evidence file: who scanned what, when and how."""

    run: str
    tool: str
    started: str
    sensor: str = ""
    scope: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    limitations: tuple[str, ...] = ()
    subnets: tuple[Subnet, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The last line of an evidence file. `complete` is false when the scan was cut short."""

    finished: str
    hosts: int
    results: int
    complete: bool
    limitations: tuple[str, ...] = ()


Record = RunInfo | Host | ProbeResult | Attempt | Channel | RunEnd


@dataclass(frozen=True, slots=True)
class Example:
    """A text a rule must match, and the values its named groups must capture."""

    text: str
    captures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FingerprintRule:
    """A pattern over one observation field, and what a match asserts about the device.

    `asserts` maps an attribute (`maker`, `brand`, `product_class`, `model`, `firmware`, `serial`)
    to a constant, or to `$name` for the named group `name` of the pattern.
    """

    id: str
    field: str
    family: str
    pattern: str
    asserts: tuple[tuple[str, str], ...]
    strength: Strength
    examples: tuple[Example, ...]
    rejects: tuple[str, ...]
    source: str
    certainty: str = "doc"


@dataclass(frozen=True, slots=True)
class AddressBlock:
    """A registered MAC block: `prefix` is the leading `bits` as lower-case hex digits."""

    prefix: str
    bits: int
    organisation: str
    vendor: str | None = None


@dataclass(frozen=True, slots=True)
class Vendor:
    """A maker or a brand under the id used everywhere else."""

    id: str
    name: str
    country: str = ""
    role: str = "maker"
    product_class: str = "unknown"
    label: str = ""
    registry: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VendorRelation:
    """Units or a brand of `subject` come from, or belong to, `maker`, in the stated period."""

    subject: str
    maker: str
    relation: Relation
    note: str
    grade: str
    source: str
    start: date | None = None
    end: date | None = None
    scope: str = "all"
    share: int | None = None
    """Whole percent of `subject` that `maker` holds; None when no source says."""


@dataclass(frozen=True, slots=True)
class Question:
    """What only the organisation knows. A yes may need a second part: `detail` is its key."""

    id: str
    ask: str
    explain: str
    detail: str = ""
    detail_ask: str = ""
    detail_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A contract clause that sets reporting periods, which are also given in words.

    They concern devices on the list `list_id`. `starts` says what begins the count.
    """

    id: str
    clock: str
    grade: str
    list_id: str = ""
    citation: str = ""
    starts: str = ""
    addressee: str = ""
    periods: tuple[ReportingPeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer on record to a question: by whom and when, and its second part."""

    question: str
    ask: str
    answer: Answer = Answer.UNKNOWN
    who: str = ""
    when: date | None = None
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """From this day on an affiliate test is `in-force`, `stayed`, or nobody has read (`open`)."""

    start: date
    state: str
    citation: str


@dataclass(frozen=True, slots=True)
class AffiliateTest:
    """When a list reaches companies that belong to a listed one.

    `kind` is `any`, `above` or `at-least` a share in percent, `none`, or `open` when no source
    read settles it. Without periods it holds on every day.
    """

    kind: str = "any"
    share: int = 0
    words: str = ""
    citation: str = ""
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedEntity:
    """One dated row of a legal list, joined to a vendor id by hand. `end` is the removal date."""

    list_id: str
    vendor: str
    listed_as: str
    relation: Relation
    start: date
    end: date | None
    citation: str
    grade: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotListed:
    """A list snapshot that was read and does not hold the vendor."""

    list_id: str
    vendor: str
    as_of: str
    grade: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class EntityList:
    """A legal list as known on its edition date, with the date it has to be looked at again."""

    id: str
    title: str
    authority: str
    citation: str
    edition: date
    checked: date
    check_every_days: int
    url: str
    effect: str
    question: str
    condition: str
    entities: tuple[ListedEntity, ...]
    not_listed: tuple[NotListed, ...] = ()
    grade: str = "B"
    decided_by: tuple[str, ...] = ()
    """Questions of the profile: yes to any of them, and the list concerns the organisation."""
    only: str = ""
    """The second part a yes must have, such as the state, for the list to be concerned."""
    affiliates: AffiliateTest = AffiliateTest()


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file that took part in a report: name, SHA-256 and its own date when it has one."""

    name: str
    sha256: str
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything `data` reads, once, immutable."""

    rules: tuple[FingerprintRule, ...]
    vendors: tuple[Vendor, ...]
    relations: tuple[VendorRelation, ...]
    blocks: tuple[AddressBlock, ...]
    lists: tuple[EntityList, ...]
    ports: tuple[Port, ...]
    files: tuple[DataFile, ...]
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    clauses: tuple[Clause, ...] = ()
    plan_rules: PlanRules = field(default_factory=PlanRules)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A rule that matched an observation: the answer to "how do we know".

    `attribute` and `asserted` are what the rule concludes from it, such as `maker` and `dahua`.
    `value` is what the device said, shortened around the match and still hostile.
    """

    rule: str
    family: str
    strength: Strength
    field: str
    value: str
    probe: str
    port: int | None = None
    source: str = ""
    attribute: str = ""
    asserted: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible value of an attribute with all that speaks for it, strongest first."""

    value: str
    strength: Strength
    evidence: tuple[Evidence, ...]
    identified: bool = False

    @property
    def families(self) -> tuple[str, ...]:
        """The distinct families of evidence, each counted once."""
        return tuple(sorted({e.family for e in self.evidence}))


@dataclass(frozen=True, slots=True)
class Identification:
    """Per attribute the candidates, best first. Maker and brand are two attributes."""

    maker: tuple[Candidate, ...] = ()
    brand: tuple[Candidate, ...] = ()
    product_class: tuple[Candidate, ...] = ()
    model: tuple[Candidate, ...] = ()
    firmware: tuple[Candidate, ...] = ()
    serial: tuple[Candidate, ...] = ()
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why listings of some devices are accepted for a time; it changes no verdict.

    A device is meant by any of its MAC, its serial number and its address. `until` is included.
    """

    id: str
    macs: tuple[str, ...]
    serials: tuple[str, ...]
    networks: tuple[IPNetwork, ...]
    lists: tuple[str, ...]
    reason: str
    approver: str
    start: date
    until: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """What the organisation says of itself and of its devices; by default nothing."""

    replies: tuple[Reply, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    details: Details = field(default_factory=Details)
    choices: tuple[Choice, ...] = ()
    prices: Prices | None = None
    catalogue: tuple[Product, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingMatch:
    """A vendor found on a list as of a date, with the path that joined the device to it."""

    list_id: str
    title: str
    entity: str
    listed_as: str
    since: date
    citation: str
    edition: date
    relation: Relation
    path: str
    applicability: Applicability
    question: str
    effect: str
    grade: str
    note: str = ""
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class AffiliateQuestion:
    """A list that holds an owner of the device's maker, where nobody can say if it reaches it."""

    list_id: str
    title: str
    entity: str
    since: date
    citation: str
    question: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The recorder and channel a camera was seen through, and the address it has there."""

    recorder: str
    channel: int
    state: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Uninspected:
    """A recorder whose cameras were not looked at; `channels` is None when it does not tell."""

    recorder: str
    channels: int | None
    reason: str

    def __str__(self) -> str:
        count = "an unknown number of" if self.channels is None else str(self.channels)
        noun = "channel" if self.channels == 1 else "channels"
        return f"Recorder {self.recorder}: {count} {noun} not inspected ({self.reason})."


@dataclass(frozen=True, slots=True)
class Finding:
    """One device of the report. Of a camera seen only through its recorder, `ip` is its place."""

    ip: str
    mac: str | None
    hostname: str | None
    site: str
    verdict: Verdict
    product_class: str
    maker: Candidate | None
    brand: Candidate | None
    maker_name: str
    brand_name: str
    registered_to: str
    model: str
    firmware: str
    serial: str
    listings: tuple[ListingMatch, ...]
    reasons: tuple[str, ...]
    contradictions: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    open_ports: tuple[int, ...]
    seen_by: tuple[str, ...]
    incomplete: tuple[str, ...]
    first_seen: str
    last_seen: str
    place: str = ""
    """Switch and port, as far as a switch told."""
    open_affiliates: tuple[AffiliateQuestion, ...] = ()
    addresses: tuple[str, ...] = ()
    """Every address the device was seen at, `ip` first; `macs` likewise."""
    macs: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    """Which of its hardware addresses and serial numbers tell it from no other device."""
    behind: Behind | None = None
    onvif_profiles: tuple[str, ...] = ()
    """Letters of the ONVIF profiles the device announces."""

    @property
    def other_addresses(self) -> tuple[str, ...]:
        """Its addresses besides `ip`."""
        return tuple(address for address in self.addresses if address != self.ip)

    @property
    def other_macs(self) -> tuple[str, ...]:
        """Its hardware addresses besides `mac`."""
        return tuple(mac for mac in self.macs if mac != self.mac)

    @property
    def keys(self) -> tuple[str, ...]:
        """What names the device across scans, best first; see `identity.keys`."""
        macs = self.macs or ((self.mac,) if self.mac else ())
        own = (mac for mac in macs if mac not in self.shared)
        serial = "" if self.serial in self.shared else self.serial
        return keys(own, serial, self.site, self.ip)

    @property
    def identity(self) -> str:
        """The best of its keys."""
        return self.keys[0]


@dataclass(frozen=True, slots=True)
class SubnetCoverage:
    """Hosts seen in one subnet of the scope, those of them with a MAC, and the silent ones."""

    network: str
    interface: str | None
    hosts: int
    with_mac: int
    silent: int
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the scan asked, and what it could not see. `complete` is None when nobody knows."""

    complete: bool | None
    scope: tuple[str, ...]
    excluded: tuple[str, ...]
    addresses: int | None
    hosts: int
    results: int
    by_status: tuple[tuple[str, int], ...]
    silent_hosts: tuple[str, ...]
    limitations: tuple[str, ...]
    damaged_lines: tuple[str, ...] = ()
    uninspected: tuple[Uninspected, ...] = ()
    subnets: tuple[SubnetCoverage, ...] = ()


@dataclass(frozen=True, slots=True)
class ListEdition:
    """A list that took part, and how old it is on the report's date."""

    id: str
    title: str
    authority: str
    citation: str
    edition: date
    checked: date
    age_days: int
    overdue: bool
    effect: str
    question: str
    url: str


class State(StrEnum):
    """How far the remediation of a finding has come: a person's word, or OPEN by itself."""

    OPEN = "open"
    INVESTIGATING = "investigating"
    ISOLATED = "isolated"
    SCHEDULED = "scheduled"
    REPLACED = "replaced"
    REMOVED = "removed"
    WAIVED = "waived"
    FALSE_POSITIVE = "false-positive"


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the remediation ledger; the latest of a device is its state. `at` is UTC."""

    device: int
    at: str
    who: str
    state: State
    owner: str = ""
    due: date | None = None
    note: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one run concluded of one device. `device` is the store's number for it, 0 for none."""

    ip: str
    verdict: Verdict
    device: int = 0
    mac: str = ""
    hostname: str = ""
    site: str = ""
    product_class: str = "unknown"
    maker: str = ""
    maker_name: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    place: str = ""
    lists: tuple[str, ...] = ()
    has_gaps: bool = False


class Turn(StrEnum):
    """What became of a device between two runs, most pressing first."""

    NEW = "new"
    BACK = "back"
    CHANGED = "changed"
    REJUDGED = "re-judged"
    MOVED = "moved"
    LESS_KNOWN = "less known"
    GONE = "gone"
    NOT_SEEN = "not seen"
    NOT_KNOWN = "not known"
    NOT_ASKED = "not asked"
    FIRST_ASKED = "asked for the first time"


@dataclass(frozen=True, slots=True)
class Change:
    """One device of two runs. `fields` are (name, before, after) of what differs."""

    turn: Turn
    device: int
    before: Standing | None
    after: Standing | None
    fields: tuple[tuple[str, str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A kept run as far as comparing needs it. `complete` is None when nobody knows."""

    run: str
    started: str
    site: str
    scope: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    complete: bool | None = None
    as_of: str = ""
    editions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, or one run judged on two days; `same` counts devices that nothing happened to."""

    before: KeptRun
    after: KeptRun
    changes: tuple[Change, ...]
    same: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How things stood when a run ended: devices by verdict, findings by ledger state."""

    at: str
    run: str
    verdicts: tuple[tuple[Verdict, int], ...]
    states: tuple[tuple[State, int], ...]


@dataclass(frozen=True, slots=True)
class ScanReport:
    """All a report format may know. The same report gives the same bytes in every format."""

    run: RunInfo
    finished: str
    tool: str
    as_of: date
    data_files: tuple[DataFile, ...]
    lists: tuple[ListEdition, ...]
    coverage: Coverage
    devices: tuple[Finding, ...] = field(repr=False)
    issues: tuple[str, ...]
    vendors: tuple[Vendor, ...] = field(default=())
    profile: tuple[Reply, ...] = ()
    """The organisation's answers, one a question; empty when no data asks any."""
    clocks: tuple[str, ...] = ()
    """Reporting periods of the clauses the organisation named, as sentences."""
    history: tuple[Progress, ...] = ()
    """Earlier runs of the same site and this one, oldest first; empty when none is kept."""
    deadlines: tuple[Deadline, ...] = ()
    """When those periods end, counted from the end of the scan; none without a listed device."""
    plan: Plan | None = None

    def count(self, verdict: Verdict) -> int:
        """Number of devices with the verdict."""
        return sum(d.verdict is verdict for d in self.devices)


def utc_text(moment: datetime) -> str:
    """ISO 8601 UTC with seconds and a trailing Z, the only time form in evidence and reports."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
