"""Start the sandbox: ``python -m omni.local.psp --port 9400 --journal var/psp.sqlite3``.

Secrets come from the environment (``PSP_API_KEY``, ``PSP_WEBHOOK_SECRET``), so that they are not
shown in the list of processes; ``--secret`` is for experiments.
"""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from omni.local.psp.faults import BadFaults, Faults, parse
from omni.local.psp.journal import Journal
from omni.local.psp.payments import Provider
from omni.local.psp.server import PspServer
from omni.local.psp.webhooks import Courier

DEMO_API_KEY = "psp_sandbox_demo_key"
DEMO_SECRET = "whsec_b21uaS1zYW5kYm94LXdlYmhvb2stZGVtby1zZWNyZXQ="  # noqa: S105 - published, demo only


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    logging.basicConfig(level=options.log_level, format="psp %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        faults = Faults(parse(json.loads(options.faults)))
    except (BadFaults, ValueError) as error:
        print(f"--faults: {error}", file=sys.stderr)
        return 2
    journal = Journal(options.journal)
    provider = Provider(journal, faults, options.public_url or "")
    courier = Courier(
        provider, url=options.webhook_url, secret=options.secret, retry=options.retry_seconds
    )
    server = PspServer((options.host, options.port), provider, courier, options.api_key)
    address = f"http://{options.host}:{server.server_port}"
    provider.public_url = options.public_url or address
    courier.start()
    _stop_on_signals(server)
    print(f"PSP sandbox listening on {address}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        courier.stop()
        journal.close()
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m omni.local.psp", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free port")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--webhook-url")
    parser.add_argument("--public-url", help="where shoppers reach the hosted page")
    parser.add_argument("--api-key", default=os.environ.get("PSP_API_KEY", DEMO_API_KEY))
    parser.add_argument("--secret", default=os.environ.get("PSP_WEBHOOK_SECRET", DEMO_SECRET))
    parser.add_argument("--faults", default="{}", help="JSON, see faults.py")
    parser.add_argument("--retry-seconds", type=float, default=1.0, help="first webhook retry")
    parser.add_argument("--log-level", default="WARNING")
    return parser.parse_args(arguments)


def _stop_on_signals(server: PspServer) -> None:
    def stop(*_: object) -> None:
        # shutdown() waits for serve_forever, which this very thread runs.
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
