"""Sets everything up in `.venv` beside this file, then runs the program or the tests.

    python3 bootstrap.py demo              the main job on a practice network
    python3 bootstrap.py scan 10.0.0.0/24  any camcensus command
    python3 bootstrap.py test              every check, as CI runs it

Needs Python 3.11 or newer and a package index; `test` also installs the Debian packages of
`tests/debian-packages.txt` when it runs as root on Debian. Set up again only when a lock changes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".venv"
BIN = HOME / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def run(*command: str | Path) -> None:
    """Run a command, end with its exit code when it fails."""
    done = subprocess.run([str(c) for c in command], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def prepare(lock: str) -> None:
    """Install exactly what the lock names, then the checkout itself."""
    if sys.version_info < (3, 11):
        sys.exit("camcensus needs Python 3.11 or newer; this is " + sys.version.split()[0])
    wanted = hashlib.sha256((ROOT / lock).read_bytes() + (ROOT / "pyproject.toml").read_bytes())
    stamp = HOME / f"{lock}.installed"
    if stamp.exists() and stamp.read_text() == wanted.hexdigest():
        return
    print(f"setting up .venv from {lock} (once)", file=sys.stderr)
    if not PYTHON.exists():
        venv.create(HOME, with_pip=True)
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "-q", "install")
    run(*pip, "--require-hashes", "-r", lock)
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ".")
    stamp.write_text(wanted.hexdigest())


def debian_packages() -> None:
    """Install the Debian packages that tests meet, where that is possible."""
    wanted = (ROOT / "tests" / "debian-packages.txt").read_text().split()
    missing = [p for p in wanted if not installed(p)]
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print("not installed, their tests will say so: " + " ".join(missing), file=sys.stderr)
        return
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "-qq", "update")
    run("apt-get", "-qq", "install", "-y", "--no-install-recommends", *missing)


def installed(package: str) -> bool:
    """True when dpkg knows the package as installed."""
    if shutil.which("dpkg-query") is None:
        return False
    query = ["dpkg-query", "-W", "-f", "${Status}", package]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    return done.stdout.startswith("install ok installed")


def main(arguments: list[str]) -> None:
    """`test` runs every check; everything else is a camcensus command line."""
    if arguments[:1] == ["test"]:
        prepare("requirements-dev.lock")
        debian_packages()
        check(arguments[1:])
    else:
        prepare("requirements.lock")
        os.execv(PYTHON, [str(PYTHON), "-m", "scanner", *arguments])


def check(pytest_arguments: list[str]) -> None:
    """Lint, format, types, import contracts, data style, tests: the first failure ends it."""
    run(BIN / "ruff", "check", ".")
    run(BIN / "ruff", "format", "--check", ".")
    run(BIN / "mypy")
    run(BIN / "lint-imports")
    run(BIN / "yamllint", "--strict", "rules", "vendors", "tests")
    run(PYTHON, "-m", "pytest", "-n", "2", "--dist", "loadfile", *pytest_arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
