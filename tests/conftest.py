"""One embedded PostgreSQL cluster per run, in a folder of its own, with fsync off.

The controller starts it before anything else; workers find it by DATABASE_URL. Each worker makes
its own database from our template. Skips are listed by name; with CI=1 a skip that is not listed
in ALLOWED_SKIPS fails the run.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from _pytest.nodeid import NodeId
from django.conf import settings

from omni.local.account import postgres_account
from omni.local.paths import private_folder
from omni.local.postgres import TEMPLATE, Cluster

# Node id (or its beginning) -> why it may be skipped in CI.
ALLOWED_SKIPS: dict[str, str] = {}

_cluster: Cluster | None = None
_folder: Path | None = None
_skipped: list[str] = []


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.help or config.option.version or config.option.collectonly:
        return
    # The demo is the small house of the guides, here and in what tests start; some ask for more.
    os.environ["OMNI_DEMO_SCALE"] = "0"
    settings.DEMO_SCALE = 0
    if not hasattr(config, "workerinput"):
        _start_cluster()
    _use_cluster(os.environ["DATABASE_URL"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Proofs in full length run with OMNI_PROVE=1 alone."""
    _keep_groups_together(config, items)
    if os.environ.get("OMNI_PROVE"):
        return
    proofs = [item for item in items if item.get_closest_marker("prove")]
    if proofs:
        config.hook.pytest_deselected(items=proofs)
        items[:] = [item for item in items if not item.get_closest_marker("prove")]


def _keep_groups_together(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Says each test's ``xdist_group`` in its id, where ``--dist loadgroup`` looks for it.

    xdist 3.8 writes it to an attribute that pytest 9.2 no longer reads, so no group would be kept
    on one worker.
    """
    if not config.getoption("loadgroup", False):
        return
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        if mark is not None and not item.nodeid.endswith(f"@{mark.args[0]}"):
            item._id = NodeId.parse(f"{item.nodeid}@{mark.args[0]}")


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if _cluster:
        _cluster.stop()
    if _folder:
        shutil.rmtree(_folder, ignore_errors=True)


def _start_cluster() -> None:
    global _cluster, _folder  # noqa: PLW0603
    account = postgres_account()
    _folder = Path(tempfile.mkdtemp(prefix="omni-tests-", dir="/tmp"))
    os.chown(_folder, account.uid, account.gid)
    for name in ("postgres", "run"):
        private_folder(_folder / name, account)
    _cluster = Cluster(
        home=_folder / "postgres",
        sockets=_folder / "run",
        account=account,
        log=_folder / "postgres.log",
        durable=False,
    )
    _cluster.start()
    _cluster.make_databases()
    os.environ["DATABASE_URL"] = _cluster.url
    os.environ["OMNI_VAR_DIR"] = str(_folder / "var")


def _use_cluster(url: str) -> None:
    """Settings were read before the cluster stood, so its address is set here."""
    database = settings.DATABASES["default"]
    database["HOST"] = ""
    database["NAME"] = "omni"
    database["USER"] = "omni"
    options = database.setdefault("OPTIONS", {})
    options.pop("pool", None)  # races open as many connections as they have threads
    options["host"] = url.partition("host=")[2].partition("&")[0]
    database["TEST"] = {**database.get("TEST", {}), "TEMPLATE": TEMPLATE}
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CELERY_TASK_ALWAYS_EAGER = False


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in sorted(set(_skipped)):
        terminalreporter.write_line(f"skipped: {nodeid}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if os.environ.get("CI", "") in ("", "0", "false") or hasattr(session.config, "workerinput"):
        return
    refused = [n for n in set(_skipped) if not any(n.startswith(a) for a in ALLOWED_SKIPS)]
    if refused and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
