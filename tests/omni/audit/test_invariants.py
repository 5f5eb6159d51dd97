"""Each invariant holds on a sound database and sees its corruption."""

import json
import re
import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from omni.audit import registry, runner
from omni.audit.registry import invariant, invariants
from omni.work.models import Task
from tests.omni.audit.corruption import TESTS, Corrupt, corruptions
from tests.omni.audit.corruptions import record_samples

CASES = [
    pytest.param(code, corrupt, id=f"{code}-{corrupt.__name__}")
    for code, found in sorted(corruptions().items())
    for corrupt in found
]


def test_each_invariant_has_a_corruption_and_each_corruption_an_invariant() -> None:
    registered = {each.code for each in invariants()}
    tested = set(corruptions())
    missing = registered - tested - named_in_audit_tests()

    assert missing == set(), "write a corruption (see tests/omni/audit/corruption.py)"
    assert tested - registered == set(), "no such invariant is registered"


def named_in_audit_tests() -> set[str]:
    """Codes for which an app seeds corruptions in a test file of its own."""
    texts = [file.read_text() for file in TESTS.rglob("test_*audit.py")]
    return {code for text in texts for code in re.findall(r"\"([A-Z]\d+)\"", text)}


@pytest.mark.django_db
def test_every_invariant_holds_on_an_empty_database() -> None:
    findings = runner.run()

    assert [(f.invariant.code, f.error or f.rows) for f in findings if not f.is_clean] == []


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "corrupt"), CASES)
def test_an_invariant_sees_its_corruption(code: str, corrupt: Corrupt) -> None:
    (before,) = runner.run(only=[code])

    corrupt()

    (after,) = runner.run(only=[code])
    assert before.is_clean, before.error or before.rows
    assert after.error == ""
    assert after.count > 0
    assert after.rows


@pytest.mark.django_db
def test_titles_and_explanations_are_said() -> None:
    for each in invariants():
        assert str(each.title), each.code


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registry", {})
    invariant(code="X1", title="good", sql="SELECT 1 WHERE false")
    invariant(code="X2", title="bad", sql="SELECT n, 'a%b' AS t FROM generate_series(1, 250) n")
    invariant(code="X3", title="wrong", sql="SELECT * FROM nowhere")


@pytest.mark.django_db
@pytest.mark.usefixtures("broken")
def test_audit_command_tells_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        call_command("audit", "--json")
    told = json.loads(capsys.readouterr().out)

    assert stop.value.code == 1
    assert told["clean"] is False
    found = {each["code"]: each for each in told["invariants"]}
    assert found["X1"]["count"] == 0
    assert found["X2"]["count"] == 250
    assert found["X2"]["rows"][0] == {"n": 1, "t": "a%b"}
    assert len(found["X2"]["rows"]) == runner.SHOWN
    assert "nowhere" in found["X3"]["error"]


@pytest.mark.django_db
@pytest.mark.usefixtures("broken")
def test_audit_command_takes_some_only_and_explains(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit", "--only", "X1")
    clean = capsys.readouterr().out
    call_command("audit", "--only=X2", "--explain")
    explained = capsys.readouterr().out

    assert "1 invariants, 0 broken" in clean
    assert "Function Scan" in explained
    with pytest.raises(CommandError, match="X9"):
        call_command("audit", "--only", "X9")


@pytest.mark.django_db(transaction=True)
def test_a_run_sees_one_snapshot_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registry", {})

    def write_meanwhile() -> str:
        def write() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO omni_task (id, kind, subject_kind, subject_id, details, title,"
                    " status, created_by, created_at, ended_by, note) VALUES"
                    " (gen_random_uuid(), 'x', 'x', 'x', '{}', 'x', 'open', 'x', now(), '', '')"
                )
            connections.close_all()

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        return "SELECT id FROM omni_task"

    invariant(code="X1", title="first look", sql="SELECT id FROM omni_task")
    invariant(code="X2", title="second look", sql=write_meanwhile)
    invariant(code="X3", title="a write", sql="DELETE FROM omni_task RETURNING id")

    first, second, write = runner.run()

    assert (first.count, second.count) == (0, 0)
    assert "read-only" in write.error
    assert Task.objects.count() == 1
    with transaction.atomic():  # the next transaction is an ordinary one again
        Task.objects.all().delete()


@pytest.mark.django_db
def test_an_invariant_cannot_be_registered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registry", {})
    given: dict[str, Any] = {"code": "X1", "title": "x", "sql": "SELECT 1"}
    invariant(**given)

    with pytest.raises(ValueError, match="X1"):
        invariant(**given)


@pytest.mark.django_db
def test_a_run_within_the_transaction_that_wrote_is_clean() -> None:
    record_samples()

    findings = runner.run(only=["E1", "E2", "E3", "E7", "E8"])

    assert [finding.invariant.code for finding in findings if not finding.is_clean] == []
