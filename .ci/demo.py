"""Starts the demo in a fresh clone as a newcomer would, signs in, stops it, looks what is left.

Standard library only. The environment is empty but for PATH, HOME and what names package indexes.
"""

import contextlib
import http.cookiejar
import os
import re
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
    print("demo: ready, signed in, stopped, nothing left")
    return 0


def visit(clone: Path, log: Path) -> None:
    port, payments = free_port(), free_port()
    env = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
    env |= {"OMNI_HTTP_PORT": str(port), "OMNI_PSP_PORT": str(payments)}
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
    """Processes whose command, folder or files are the clone's, and sockets of its servers."""
    left = [f"socket {path}" for path in clone.rglob("*") if path.is_socket()]
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = os.readlink(entry / "cwd")
            if entry.name != str(os.getpid()) and (str(clone) in command or str(clone) in where):
                left.append(f"process {entry.name}: {command}")
    return left


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
