"""Starts the demo in a fresh clone as a newcomer would, signs in, stops it, looks what is left.

Standard library only. The environment is empty but for PATH, HOME and what names package indexes.
"""

import contextlib
import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 420
# A small merchant shows that the filling starts, does its work and ends.
SCALE, FILLED_SECONDS = "0.02", 180
STOP_SECONDS = 60
LOGIN = re.compile(r"(\S+@\S+)\s*/\s*(\S+)")
KEPT = re.compile(r"(PIP|UV)_.*|SSL_CERT_\w+|HTTPS?_PROXY|NO_PROXY|PATH|HOME|LANG", re.IGNORECASE)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="omni-clone-") as folder:
        clone = Path(folder) / "omni"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        log = Path(folder) / "demo.log"
        try:
            visit(clone, log)
        except BaseException:
            print(log.read_text(errors="replace")[-8000:])
            raise
        left = remains(clone)
        if left:
            print("left behind:\n" + "\n".join(left))
            return 1
        for place in places(clone):
            if not place.is_relative_to(clone):
                shutil.rmtree(place, ignore_errors=True)
    print("demo: ready, signed in, stopped, nothing left")
    return 0


def visit(clone: Path, log: Path) -> None:
    port, payments = free_port(), free_port()
    env = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
    env |= {"OMNI_HTTP_PORT": str(port), "OMNI_PSP_PORT": str(payments)}
    env |= {"OMNI_DEMO_SCALE": SCALE}
    began = time.monotonic()
    with log.open("wb") as output:
        demo = subprocess.Popen(
            ["make", "demo"], cwd=clone, env=env, stdout=output, stderr=output,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until_ready(demo, base, log)
        print(f"demo: ready after {time.monotonic() - began:.0f} s")
        sign_in(base, log)
        wait_until_filled(demo, log)
        print(f"demo: filled after {time.monotonic() - began:.0f} s")
        demo.send_signal(signal.SIGTERM)
        demo.wait(STOP_SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGKILL)
        demo.wait()


def wait_until_ready(demo: subprocess.Popen[bytes], base: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if demo.poll() is not None:
            raise SystemExit(f"make demo ended with {demo.returncode}")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{base}/readyz", timeout=5):
            if "everything is ready" in log.read_text(errors="replace"):
                return
        time.sleep(0.5)
    raise SystemExit(f"not ready after {READY_SECONDS} s")


def wait_until_filled(demo: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + FILLED_SECONDS
    while time.monotonic() < deadline:
        if demo.poll() is not None:
            raise SystemExit(f"make demo ended with {demo.returncode}")
        if "The demo merchant is complete." in log.read_text(errors="replace"):
            return
        time.sleep(0.5)
    raise SystemExit(f"not filled after {FILLED_SECONDS} s")


def sign_in(base: str, log: Path) -> None:
    """With the first login that the start prints, through the form, as a browser does."""
    shown = log.read_text(errors="replace").rpartition("everything is ready")[2]
    login = LOGIN.search(shown)
    if not login:
        raise SystemExit("the start printed no login")
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with browser.open(f"{base}/admin/", timeout=10) as page:  # leads to the form
        address, form = page.url, page.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    if not token:
        raise SystemExit("the form holds no token")
    fields = {
        "csrfmiddlewaretoken": token[1], "login": login[1], "password": login[2], "next": "/admin/",
    }  # fmt: skip
    request = urllib.request.Request(
        address, urllib.parse.urlencode(fields).encode(), {"Referer": address}
    )
    page = browser.open(request, timeout=10)
    if urllib.parse.urlsplit(page.url).path != "/admin/" or page.status != 200:
        raise SystemExit(f"the sign-in led to {page.url}")
    print(f"demo: signed in as {login[1]}")


def remains(clone: Path) -> list[str]:
    """Processes whose command or folder is the clone's or its servers', and their sockets."""
    ours = [clone, *places(clone)]
    sockets = {path for folder in ours for path in folder.rglob("*") if path.is_socket()}
    left = [f"socket {path}" for path in sorted(sockets)]
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = os.readlink(entry / "cwd")
            is_other = entry.name != str(os.getpid())
            if is_other and any(str(folder) in command + where for folder in ours):
                left.append(f"process {entry.name}: {command}")
    return left


def places(clone: Path) -> list[Path]:
    """Where the clone keeps what its servers need, some of it outside itself: as root, and where
    its path is long."""
    asked = (
        "from omni.local.paths import places\n"
        "where = places()\n"
        "print(where.postgres.parent, where.sockets, where.postgres_sockets, sep='\\n')"
    )
    told = subprocess.run(
        [clone / ".venv" / "bin" / "python", "-c", asked],
        cwd=clone, env={name: os.environ[name] for name in ("PATH", "HOME")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [Path(line) for line in told.stdout.splitlines()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
