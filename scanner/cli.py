"""The command line: names, options and help texts. What a command does is in `commands.py`."""

import json
import os
import re
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from scanner import __version__
from scanner.errors import CamcensusError, DataError

F = TypeVar("F", bound=Callable[..., Any])
WRONG, INTERRUPTED = 2, 130
CONFIG = Path("~/.config/camcensus/config.toml")
DATE = click.DateTime(["%Y-%m-%d"])
PATH = click.Path(path_type=Path)
_PASSWORD = re.compile(r"(://[^/@]*:)[^/]*@")
"""Of a URL that somebody put one into."""
DISPOSITIONS = ["keep", "isolate", "replace", "remove", "investigate"]
STATES = [
    "open", "investigating", "isolated", "scheduled", "replaced", "removed", "waived",
    "false-positive",
]  # fmt: skip


def main() -> None:
    """Run and leave with the exit code of the command; 2 for a mistake, 130 when interrupted."""
    try:
        sys.exit(camcensus.main(prog_name="camcensus", standalone_mode=False))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG)
    except CamcensusError as error:
        click.echo(f"camcensus: {error}", err=True)
        sys.exit(WRONG)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(WRONG)


def _run(command: str, given: dict[str, Any], room: str = "commands") -> int:
    """Start-up stays quick because only the command that runs is imported."""
    code: int = getattr(import_module(f"scanner.{room}"), command)(**given)
    return code


def _options(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, shown in reading order."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


class _Listing(click.Command):
    """Lists what a registry holds behind its options, and only then looks it up."""

    listing: tuple[str, str, str]
    """Heading, module of `scanner`, function that gives the names and what each is."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        heading, module, function = self.listing
        with formatter.section(heading):
            formatter.write_dl(getattr(import_module(f"scanner.{module}"), function)())


class _WithReports(_Listing):
    """Lists the report formats."""

    listing = ("Report formats", "delivery", "listed")


_data = click.option("--data", type=PATH, metavar="DIR", help="Use these rules, lists and vendors.")
_store = click.option(
    "--store", default="", envvar="CAMCENSUS_STORE", show_envvar=True, metavar="URL",
    help="Where runs are kept: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME.  "
    "[default: a file in ~/.local/share/camcensus]",
)  # fmt: skip
_judged_options = _options(
    click.option(
        "--as-of", type=DATE, metavar="DATE",
        help="Judge by the lists as of this day (YYYY-MM-DD).  [default: today]",
    ),
    click.option("--site", default="", metavar="NAME", help="Name of the site, for the report."),
    click.option(
        "--profile", type=PATH, metavar="FILE",
        help="The organisation's answers on which lists concern it; see `camcensus profile`.",
    ),
    click.option(
        "--waivers", type=PATH, metavar="FILE",
        help="Listings accepted for a time (YAML); marked, still counted.",
    ),
    click.option(
        "--prices", type=PATH, metavar="FILE",
        help="Your own estimate of units, hours and rate (TOML); docs/plan.md.",
    ),
    click.option(
        "--catalogue", type=PATH, metavar="FILE",
        help="Products you may buy instead (CSV or TOML); each maker is held against all lists.",
    ),
    click.option(
        "--decisions", type=PATH, metavar="FILE",
        help="Decisions on devices, see `camcensus plan`.  [default: plan.json beside the runs]",
    ),
)  # fmt: skip
_report_options = _options(
    click.option(
        "-o", "--output", "outputs", multiple=True, metavar="FORMAT=PATH",
        help="Write a report; repeatable. The path - is standard output, DIR/ a folder.",
    ),
    _judged_options,
    click.option("--exit-zero", is_flag=True, help="Turn exit codes 1 and 3 into 0."),
)  # fmt: skip
_planned_options = _options(
    click.option("--run", default="", metavar="RUN", help="A kept run.  [default: the newest]"),
    click.option(
        "--evidence", type=PATH, multiple=True, metavar="FILE",
        help="Evidence files instead of a kept run; repeatable.",
    ),
    _judged_options,
    _store,
    _data,
)  # fmt: skip
_scan_options = _options(
    click.argument("targets", nargs=-1, metavar="[TARGET]..."),
    click.option("-iL", "input_list", metavar="FILE", help="Targets from a file; - is stdin."),
    click.option("--exclude", multiple=True, metavar="LIST", help="Addresses never to touch."),
    click.option("--exclude-file", metavar="FILE", help="The same from a file."),
    click.option(
        "-p", "--ports", default="", metavar="PORTS",
        help="Ports to try: 80,443,8000-8010,8888/http.  [default: the camera ports]",
    ),
    click.option(
        "--max-rate", type=click.FloatRange(0), default=2000, show_default=True, metavar="N",
        help="Packets a second for the whole run; 0 is no limit.",
    ),
    click.option(
        "--per-host", type=click.IntRange(1, 1000), metavar="N",
        help="Connections in total to one host.  [default: 12; 24 when camera-like]",
    ),
    click.option(
        "--host-timeout", type=click.FloatRange(1), default=60, show_default=True, metavar="S",
        help="Seconds one host may take in all.",
    ),
    click.option(
        "--max-hosts", type=click.IntRange(1), default=65_536, show_default=True, metavar="N",
        help="Refuse scopes with more addresses.",
    ),
    click.option("--allow-public", is_flag=True, help="Accept ranges that are not private."),
    click.option("--no-arp", is_flag=True, help="No ARP sweep, even where it is permitted."),
    click.option(
        "--without", multiple=True, metavar="NAMES",
        help="Ways to find hosts not to use, such as sadp,netbios,ssdp; repeatable. "
        "A wrong name lists them all.",
    ),
    click.option(
        "--layer2-discovery", is_flag=True,
        help="Also look for Hikvision devices with raw frames; needs CAP_NET_RAW.",
    ),
    click.option(
        "--passive", type=click.FloatRange(1, 604_800), metavar="S",
        help="Only listen, for S seconds, and send nothing at all; needs CAP_NET_RAW.",
    ),
    click.option("--interface", default="", metavar="IF", help="Use only this interface."),
    click.option(
        "--credentials", type=PATH, metavar="FILE",
        help="What may be logged in with, and where (TOML, mode 600); each is tried once.",
    ),
    click.option(
        "--resume", type=PATH, metavar="EVIDENCE|RUN",
        help="Go on where an interrupted scan stopped: its evidence file, or its run.",
    ),
    click.option("--evidence", type=PATH, metavar="FILE", help="Where to write the evidence."),
    click.option("--sensor", default="", metavar="NAME", help="Name of the place scanned from."),
    _store,
)  # fmt: skip


_update_options = _options(
    click.option(
        "--from", "file", type=PATH, required=True, metavar="FILE",
        help="A published list you downloaded: Consolidated Screening List (CSV, JSON), OFAC "
        "(cons_prim.csv, advanced XML), eCFR XML, FCC compilation, your OpenSanctions copy.",
    ),
    click.option(
        "--format", default="", metavar="NAME", help="Its format, where it is not recognised."
    ),
    click.option("--list", "lists", multiple=True, metavar="ID", help="Only this; repeatable."),
    click.option(
        "--accept", multiple=True, metavar="ID=VENDOR",
        help="The row shown under ID is about this maker; remembered.",
    ),
    click.option("--reject", multiple=True, metavar="ID", help="The row is nobody's; remembered."),
    click.option("--apply", is_flag=True, help="Write what was accepted into --data DIR."),
    click.option(
        "--edition", type=DATE, metavar="DATE", help="Date of the file, where it does not say it."
    ),
    click.option(
        "--max-loss", type=click.FloatRange(0, 100), default=10, show_default=True, metavar="N",
        help="Refuse a file that lacks more than N per cent of the rows or entries held.",
    ),
    click.option(
        "--decisions", type=PATH, metavar="FILE",
        help="Where answers are kept.  [default: ~/.local/share/camcensus/decisions.json]",
    ),
    click.option("--all", "every", is_flag=True, help="Also show candidates of other countries."),
    click.option(
        "--data", type=PATH, metavar="DIR",
        help="Data directory to compare with and to write; --apply makes it where there is none.",
    ),
)  # fmt: skip


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "CAMCENSUS"}
)
@click.version_option(__version__, prog_name="camcensus")
@click.option(
    "--config", type=PATH, metavar="FILE", help=f"Settings of the commands.  [default: {CONFIG}]"
)
@click.pass_context
def camcensus(context: click.Context, config: Path | None) -> None:
    """Find surveillance hardware of legally listed makers on your own network.

    Identification only: nothing is changed on any device, and no login is tried but those that
    --credentials names.

    Exit codes: 0 nothing listed or under review and coverage complete; 1 something listed or under
    review; 2 a mistake in usage, data or files; 3 nothing found but coverage incomplete;
    130 interrupted.
    """
    context.default_map = read_config(config)


def read_config(path: Path | None) -> dict[str, Any]:
    """Settings of the file, one table a command; DataError for a key no command knows."""
    file = path or CONFIG.expanduser()
    if path is None and not file.is_file():
        return {}
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
    except OSError as error:
        raise DataError(file, "", f"cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(file, "", f"is not TOML: {error}") from error
    return {name: _settings(file, name, table) for name, table in tables.items()}


def _settings(file: Path, name: str, table: object) -> dict[str, Any]:
    command = camcensus.commands.get(name)
    if command is None or not isinstance(table, dict):
        known = ", ".join(sorted(camcensus.commands))
        raise DataError(file, name, f"is not a table named after a command ({known})")
    names = {o.lstrip("-"): p.name for p in command.params for o in p.opts if p.name}
    for key in table:
        if key not in names:
            raise DataError(file, f"{name}.{key}", f"no such option of {name}; see its --help")
    return {str(names[key]): value for key, value in table.items()}


@camcensus.command(cls=_WithReports)
@_scan_options
@_report_options
@_data
def scan(**given: Any) -> int:
    """Scan networks, judge what was found, write reports.

    Without TARGET: the private IPv4 networks this machine is attached to.
    """
    return _run("scan", given)


@camcensus.command()
@_scan_options
@_data
def collect(**given: Any) -> int:
    """The first half only: write an evidence file and judge nothing."""
    return _run("collect", given)


class _WithFormats(_Listing):
    """Lists what can be imported."""

    listing = ("Formats", "commands", "formats")


@camcensus.command("import", cls=_WithFormats)
@click.argument("name", metavar="FORMAT")
@click.argument("file")
@click.option(
    "--evidence",
    type=PATH,
    metavar="FILE",
    help="Where to write the evidence.  [default: FILE.evidence.jsonl]",
)
@click.option(
    "--sensor",
    default="",
    metavar="NAME",
    help="Name of the place the file tells of: that of the scan it belongs to.",
)
def import_(**given: Any) -> int:
    """Turn another tool's FILE into evidence that `assess` takes, alone or with a scan's.

    Nothing is sent. Exit code 3 when some of the file could not be used.
    """
    return _run("import_file", given)


@camcensus.command(cls=_WithReports)
@click.argument("evidence", nargs=-1, required=True)
@_report_options
@_data
def assess(**given: Any) -> int:
    """The second half only: evidence files to report. Touches no network."""
    return _run("assess", given)


@camcensus.command(cls=_WithReports)
@click.argument("run", required=False, default="")
@_report_options
@_store
@_data
def report(**given: Any) -> int:
    """Render a kept run again, in any format, as of any day. Default: the newest."""
    return _run("report", given)


@camcensus.command()
@_store
def runs(**given: Any) -> int:
    """List the runs kept on this machine, newest first."""
    return _run("runs", given)


@camcensus.command()
@click.argument("runs", nargs=-1, metavar="[RUN [RUN]]")
@click.option("--every-site", is_flag=True, help="The newest two runs of every site and scope.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT=PATH",
    help="text, json or html; repeatable; the path - is standard output.  [default: text=-]",
)
@click.option(
    "--gone-after",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar="RUNS",
    help="Call a device gone that so many complete runs asked for in vain …",
)
@click.option(
    "--gone-days",
    type=click.IntRange(0),
    default=14,
    show_default=True,
    metavar="DAYS",
    help="… over so many days.",
)
@click.option(
    "--as-of",
    type=DATE,
    metavar="DATE",
    help="Judge the newest run again by the lists of this day.  [default: today]",
)
@_store
@_data
def diff(**given: Any) -> int:
    """What changed between two kept runs: by default the newest and the one before.

    With one run or none, the newest is also judged again by the lists of today, without a new scan.
    A device that was not seen is not called removed; the text says what is known. Exit code 1 when
    anything changed.
    """
    return _run("diff", given, "changes")


@camcensus.command()
@click.option(
    "--site", metavar="NAME", help="One site, a line a run.  [default: all, a line a day]"
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_store
def progress(**given: Any) -> int:
    """How the number of listed devices and the ledger came along over time."""
    return _run("progress", given, "changes")


@camcensus.group()
def ledger() -> None:
    """The remediation ledger: what became of each finding, by whose word; never overwritten."""


_who = click.option(
    "--who", default="", metavar="NAME", help="Who says so.  [default: the login name]"
)


@ledger.command("show")
@click.argument("device", metavar="[DEVICE]", required=False, default="")
@click.option("--site", metavar="NAME", help="Only of this site.")
@click.option("--state", multiple=True, type=click.Choice(STATES), help="Only these; repeatable.")
@click.option("--overdue", is_flag=True, help="Only what is still open after its day.")
@_store
def ledger_show(**given: Any) -> int:
    """Every finding with its state; or all that was decided on one DEVICE.

    DEVICE is its number (#12), address, MAC or serial number.
    """
    return _run("show", given, "ledger")


@ledger.command("set")
@click.argument("device", metavar="DEVICE")
@click.argument("state", type=click.Choice(STATES))
@click.option("--owner", metavar="NAME", help="Who sees to it.")
@click.option("--due", type=DATE, metavar="DATE", help="Until when (YYYY-MM-DD).")
@click.option("--note", metavar="TEXT", help="Why, or anything else.")
@click.option(
    "--evidence", metavar="TEXT", help="What shows it: a ticket, a photograph, a receipt."
)
@_who
@_store
def ledger_set(**given: Any) -> int:
    """Say how the finding on DEVICE stands. Owner and day stay when they are not given."""
    return _run("set_state", given, "ledger")


@ledger.command("export")
@click.argument("file", default="-")
@_store
def ledger_export(**given: Any) -> int:
    """Write the ledger as CSV for a spreadsheet.  [default: standard output]"""
    return _run("export", given, "ledger")


@ledger.command("import")
@click.argument("file", type=PATH)
@_who
@_store
def ledger_import(**given: Any) -> int:
    """Take over what a person changed in an exported FILE; all of it, or nothing and say why."""
    return _run("import_", given, "ledger")


@camcensus.group()
def store() -> None:
    """What is kept of all runs: back it up, check it, prune it, take evidence out."""


@store.command("backup")
@click.argument("file", type=PATH)
@_store
def store_backup(**given: Any) -> int:
    """Write all of the store into one new FILE, also while others use the store."""
    return _run("backup", given, "upkeep")


@store.command("restore")
@click.argument("file", type=PATH)
@_store
def store_restore(**given: Any) -> int:
    """Take the backup FILE into an empty store, on SQLite or PostgreSQL."""
    return _run("restore", given, "upkeep")


@store.command("check")
@_store
def store_check(**given: Any) -> int:
    """Read everything back and compare it with its hashes. Exit code 2 when something is wrong."""
    return _run("check", given, "upkeep")


@store.command("prune")
@click.option(
    "--keep",
    required=True,
    metavar="N|Nd",
    help="Keep the evidence of the newest N runs of each site and scope, or of the last N days.",
)
@click.option("--dry-run", is_flag=True, help="Only say which runs would lose their evidence.")
@_store
def store_prune(**given: Any) -> int:
    """Forget the evidence of older runs. Counts, devices and the ledger stay."""
    return _run("prune", given, "upkeep")


@store.command("export")
@click.argument("run", required=False, default="")
@click.argument("file", required=False, default="-")
@click.option("--all", "every", is_flag=True, help="Every run, into the folder FILE.")
@_store
def store_export(**given: Any) -> int:
    """Give a RUN's evidence back as an evidence file.  [default: the newest, standard output]"""
    return _run("export", given, "upkeep")


@camcensus.group()
def lists() -> None:
    """The legal lists: what they hold, how old they are."""


@lists.command("show")
@click.argument("entity", metavar="[MAKER|LIST]", required=False, default="")
@_data
def lists_show(**given: Any) -> int:
    """All lists, one list with its entities, or the whole history of one maker."""
    return _run("lists_show", given, "legal")


@lists.command("diff")
@click.argument("first", type=DATE, metavar="DATE")
@click.argument("second", type=DATE, metavar="DATE")
@click.option("--run", metavar="RUN", help="Also for the devices of this kept run.")
@click.option(
    "--evidence",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Also for the devices of this evidence; repeatable.",
)
@_store
@_data
def lists_diff(**given: Any) -> int:
    """What changed on the lists between two days (YYYY-MM-DD), the second included."""
    return _run("lists_diff", given, "legal")


@lists.command("check")
@_data
def lists_check(**given: Any) -> int:
    """How old each list is and whether its check is overdue. Exit code 1 when one is."""
    return _run("lists_check", given)


@lists.command("update")
@_update_options
def lists_update(**given: Any) -> int:
    """Compare a downloaded list with the lists held; --apply writes a new edition.

    Without --apply only decisions are written. Nothing is fetched from the network. Exit codes:
    0 nothing to look at, 1 something is new, gone, changed or to be decided, 2 a mistake, or a
    file that must not be applied.
    """
    return _run("lists_update", given)


@camcensus.group()
def profile() -> None:
    """What only the organisation knows, and what decides which lists concern it."""


@profile.command("init")
@click.argument("file", type=PATH, required=False, default="profile.toml")
@_data
def profile_init(**given: Any) -> int:
    """Ask the questions and write the answers to FILE.  [default: profile.toml]"""
    return _run("profile_init", given, "legal")


@profile.command("check")
@click.argument("file", type=PATH)
@_data
def profile_check(**given: Any) -> int:
    """Show the answers of FILE and what they decide."""
    return _run("profile_check", given, "legal")


@camcensus.group()
def rules() -> None:
    """The fingerprints: try them, explain what they said, begin a new one."""


@rules.command("test")
@click.argument("files", nargs=-1, required=True, type=PATH, metavar="FILE...")
@click.option(
    "--as-of", type=DATE, metavar="DATE", help="Judge by the lists of this day.  [default: today]"
)
@_data
def rules_test(**given: Any) -> int:
    """Hold labelled evidence against what the rules say of it; docs/rules.md has the form.

    Exit codes: 0 every label is met, 1 a device is missed, wrongly listed or differs, or more than
    5 per cent are undetermined, 2 a mistake in a file.
    """
    return _run("test", given, "rulekit")


_evidence_files = click.option(
    "--evidence", "files", type=PATH, multiple=True, metavar="FILE",
    help="Evidence to look at; repeatable.  [default: the newest kept run]",
)  # fmt: skip


@rules.command("explain")
@click.argument("ip", metavar="IP")
@_evidence_files
@_store
@click.option(
    "--as-of", type=DATE, metavar="DATE", help="Judge by the lists of this day.  [default: today]"
)
@_data
def rules_explain(**given: Any) -> int:
    """Why IP got its verdict: the rules that fired, what counted, what would change it."""
    return _run("explain", given, "rulekit")


@rules.command("new")
@click.argument("ip", metavar="IP")
@click.argument("field", metavar="FIELD")
@_evidence_files
@_store
@click.option("--number", type=click.IntRange(1), metavar="N", help="Which of several values.")
@_data
def rules_new(**given: Any) -> int:
    """Begin a rule for what IP said in FIELD (as http.server): YAML with an example and a reject.

    Serial numbers, names and addresses are replaced. docs/rules.md says what to fill in.
    """
    return _run("new", given, "rulekit")


@camcensus.group()
def evidence() -> None:
    """Evidence files: make one that can be shared."""


@evidence.command("scrub")
@click.argument("source", type=PATH, metavar="IN")
@click.argument("out", type=PATH, metavar="OUT")
@click.option(
    "--key",
    type=PATH,
    metavar="FILE",
    help="Secret for the pseudonyms, to get the same ones again.  [default: a random one]",
)
@_data
def evidence_scrub(**given: Any) -> int:
    """Replace serial numbers, MACs (their block stays), names and addresses of IN into OUT.

    The same value gets the same pseudonym, and the rules still conclude the same. What the run was
    told (scope, settings) and hashes of raw bytes are left out. Nothing is written when something
    would remain.
    """
    return _run("scrub", given, "rulekit")


@camcensus.group()
def plan() -> None:
    """The replacement plan: what becomes of each device, who does it and when."""


@plan.command("show")
@click.argument("device", metavar="[DEVICE]", required=False, default="")
@click.option("--all", "every", is_flag=True, help="Every device, also those that are kept.")
@_planned_options
def plan_show(**given: Any) -> int:
    """Show the plan by phase, most pressing first, and its totals; or all about one DEVICE."""
    return _run("plan_show", given, "planning")


@plan.command("decide")
@click.argument("device", metavar="DEVICE")
@click.option("--disposition", type=click.Choice(DISPOSITIONS), help="What becomes of it.")
@click.option("--owner", metavar="NAME", help="Who sees to it.")
@click.option("--due", type=DATE, metavar="DATE", help="Until when (YYYY-MM-DD).")
@click.option("--note", metavar="TEXT", help="Anything else.")
@click.option("--who", metavar="NAME", help="Who decides.  [default: the login name]")
@click.option("--clear", is_flag=True, help="Forget what was decided.")
@_planned_options
def plan_decide(**given: Any) -> int:
    """Decide on one DEVICE: its address, MAC, serial number, host name or id."""
    return _run("plan_decide", given | {"may_begin": True}, "planning")


@plan.command("export")
@click.argument("file", default="-")
@_planned_options
def plan_export(**given: Any) -> int:
    """Write the plan as CSV for a spreadsheet.  [default: standard output]"""
    return _run("plan_export", given, "planning")


@plan.command("import")
@click.argument("file", type=PATH)
@_planned_options
def plan_import(**given: Any) -> int:
    """Read the decisions of an edited CSV back; a bad line refuses the whole file."""
    return _run("plan_import", given | {"may_begin": True}, "planning")


@camcensus.command()
@click.argument("clause", metavar="CLAUSE")
@click.option("--finding", default="", metavar="ID", help="Which finding.  [default: list them]")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT=PATH",
    help="docx=PATH or json=PATH; repeatable. The path - is standard output.",
)
@click.option("--contract", default="", metavar="NUMBER", help="Which contract of the profile.")
@click.option(
    "--identified", default="", metavar="MOMENT",
    help="When it was learnt, such as 2026-11-23T10:00:00-05:00.  [default: the end of the scan]",
)  # fmt: skip
@click.option("--sent", type=DATE, metavar="DATE", help="When the first report was sent.")
@_planned_options
def packet(**given: Any) -> int:
    """Draft the report that a contract CLAUSE (52.204-25, 52.240-91) asks for on a finding.

    Fills what the scan and the profile know, marks what a person must fill, and says when it is
    due. Nothing is ever sent.
    """
    return _run("packet", given, "packets")


@camcensus.group()
def key() -> None:
    """Keys that sign bundles."""


@key.command("new")
@click.argument("file", type=PATH, required=False, default="camcensus.key")
def key_new(**given: Any) -> int:
    """Make an Ed25519 key: FILE for you alone, FILE.pub for others.  [default: camcensus.key]"""
    return _run("key_new", given, "bundles")


@camcensus.command(cls=_WithReports)
@click.argument("sources", nargs=-1, metavar="[EVIDENCE... | RUN]")
@click.option("--out", type=PATH, required=True, metavar="FILE", help="The zip to write.")
@click.option("--key", type=PATH, metavar="FILE", help="Sign with this key (`camcensus key new`).")
@click.option(
    "-o", "--output", "outputs", multiple=True, metavar="FORMAT",
    help="A report to put in; repeatable. json is always in.",
)  # fmt: skip
@_judged_options
@_store
@_data
def bundle(**given: Any) -> int:
    """One zip of the evidence, the report and all the report rests on. Default: the newest run."""
    return _run("bundle", given, "bundles")


@camcensus.command()
@click.argument("file", type=PATH)
@click.option("--public-key", type=PATH, metavar="FILE", help="Whose signature it must be.")
def verify(**given: Any) -> int:
    """Check a bundle offline: signature, every file, and that the report follows from them.

    Exit codes: 0 right, 1 altered (the first thing found is named), 2 a mistake.
    """
    return _run("verify", given, "bundles")


@camcensus.command()
def doctor(**given: Any) -> int:
    """What this machine can see and what not. Sends nothing."""
    return _run("doctor", given)


@camcensus.command()
@click.option("--directory", type=PATH, metavar="DIR", help="Where to write.  [default: a new one]")
@click.option("--loopback", is_flag=True, help="Use loopback addresses, not namespaces.")
def demo(**given: Any) -> int:
    """Build a practice network on this machine, scan it, write every report."""
    return _run("demo", given)


@camcensus.command()
@click.pass_context
def config(context: click.Context) -> int:
    """Print the settings in force, as a settings file would hold them, and whence each comes."""
    for name, command in sorted(camcensus.commands.items()):
        settings = [p for p in command.params if isinstance(p, click.Option)]
        made = command.make_context(name, [], parent=context.parent, resilient_parsing=True)
        click.echo(f"[{name}]" if settings else "", nl=bool(settings))
        for option in settings:
            source = made.get_parameter_source(str(option.name))
            origin = source.name.lower().replace("_", " ") if source else "default"
            value = _toml(made.params.get(str(option.name)))
            click.echo(f"{option.opts[-1].lstrip('-')} = {value}  # {origin}")
    return 0


def _toml(value: object) -> str:
    """A setting as TOML; nothing set is an empty text."""
    if isinstance(value, bool | int | float | list | tuple):
        return json.dumps(value)
    return json.dumps(_PASSWORD.sub(r"\1***@", "" if value is None else str(value)))
