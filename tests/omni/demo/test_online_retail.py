"""The ledger of a real retailer: read, understood, loaded once, whatever happens on the way."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from inventory.stock.models import StockLevel, StockMovement
from omni.access.actor import SYSTEM
from omni.audit import runner
from omni.demo.models import SourceDocument
from omni.demo.online_retail.documents import Kind, documents, pence
from omni.demo.online_retail.loading import Loaded, load_file
from omni.demo.online_retail.matching import Credit, SoldLine, reversals
from omni.demo.online_retail.opening import opening_units
from omni.demo.online_retail.source import BadRow, read
from omni.demo.online_retail.totals import REFERENCE, recency_frequency_money, totals
from omni.events import operations as events
from orders.aftersales.models import ReturnCase, ReturnKind
from orders.payments.models import AccountCorrection, Refund
from orders.sales.models import Order, OrderLine, PaymentStatus

HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("OMNI_DATA", ROOT.parent / "shared" / "data"))
REAL = DATA / "online_retail" / "online_retail_2010_2011.csv.gz"

# A merchant's week: two sales, a credit note for a part and one that no sale explains, a correction
# of stock, a bad debt, a price below a penny, one code in two cases, a service, a guest.
ROWS = """
536365,85123a,WHITE HEART,6,2010-12-01 08:26:00,2.550,17850,United Kingdom
536365,71053,LANTERN,6,2010-12-01 08:26:00,3.390,17850,United Kingdom
536365,POST,POSTAGE,1,2010-12-01 08:27:00,18.000,17850,United Kingdom
536366,85123A,WHITE HEART,4,2010-12-02 09:00:00,2.550,17850,United Kingdom
536366,PADS,PADS,1,2010-12-02 09:00:00,0.001,17850,United Kingdom
536367,71053,LANTERN,2,2010-12-02 10:00:00,3.390,,United Kingdom
C536368,85123A,WHITE HEART,-8,2010-12-03 09:00:00,2.550,17850,United Kingdom
C536369,22633,WARMER,-1,2010-12-03 09:30:00,4.950,13047,EIRE
536370,71053,damaged,-3,2010-12-03 10:00:00,0.000,,United Kingdom
A536371,B,Adjust bad debt,1,2010-12-03 11:00:00,-11.060,,United Kingdom
""".strip().splitlines()


def write(path: Path, rows: list[str] = ROWS, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def load(path: Path) -> Loaded:
    return load_file(path=path, actor=SYSTEM, tell=lambda _text: None)


def everything() -> dict[str, int]:
    """How many rows each table of the product holds."""
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mills", "quantity", "expected"),
    [(2550, 6, 1530), (1, 1, 0), (5, 1, 1), (5, -1, -1), (4, 1, 0), (-11_060, 1, -1106)],
)
def test_pence_rounds_half_up_away_from_zero(mills: int, quantity: int, expected: int) -> None:
    assert pence(mills, quantity) == expected


def test_documents_know_their_kinds(tmp_path: Path) -> None:
    found, bad = documents(read(write(tmp_path / "ledger.csv")))

    assert bad == []
    assert {document.number: document.kind for document in found} == {
        "536365": Kind.SALE,
        "536366": Kind.SALE,
        "536367": Kind.SALE,
        "C536368": Kind.CREDIT,
        "C536369": Kind.CREDIT,
        "536370": Kind.STOCK,
        "A536371": Kind.ADJUSTMENT,
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,A,X,one,2010-12-01 08:26:00,1.0,,UK", "the quantity is not a whole number"),
        ("1,A,X,0,2010-12-01 08:26:00,1.0,,UK", "the quantity is zero or out of range"),
        ("1,A,X,1,yesterday,1.0,,UK", "the date is not readable"),
        ("1,A,X,1,2010-12-01 08:26:00,cheap,,UK", "the price is not a number"),
        ("1,A,X,1,2010-12-01 08:26:00,1.23456,,UK", "more than three decimals"),
        ("1,A,X,1,2010-12-01 08:26:00,-1.0,,UK", "the price is negative"),
        ("1,A,X,1,2010-12-01 08:26:00,1e999999,,UK", "the price is not a number"),
        ("1,A,X,1,2010-12-01 08:26:00,1.0,1\u200b2,UK", "the customer number is not printable"),
        ("C1-1,A,X,-1,2010-12-01 08:26:00,1.0,,UK", "more than letters and digits"),
        ("12345678901234567,A,X,1,2010-12-01 08:26:00,1.0,,UK", "is too long"),
        ("1,A,X,1", "columns are missing"),
        (",A,X,1,2010-12-01 08:26:00,1.0,,UK", "the invoice number is missing"),
        ("C1,A,X,1,2010-12-01 08:26:00,1.0,,UK", "a credit note has a positive quantity"),
    ],
)
def test_documents_report_rows_that_cannot_be_used(tmp_path: Path, row: str, reason: str) -> None:
    found, bad = documents(read(write(tmp_path / "ledger.csv", [*ROWS, row])))

    assert len(found) == 7
    assert [each.row for each in bad] == [len(ROWS) + 2]
    assert reason in bad[0].reason


def test_documents_leave_out_the_whole_document_of_a_bad_row(tmp_path: Path) -> None:
    rows = [*ROWS, "536365,71053,LANTERN,many,2010-12-01 08:26:00,3.390,17850,United Kingdom"]

    found, bad = documents(read(write(tmp_path / "ledger.csv", rows)))

    assert "536365" not in {document.number for document in found}
    assert len([each for each in bad if each.invoice == "536365"]) == 4


def broken_files(folder: Path) -> dict[str, Path]:
    cut = folder / "cut.csv.gz"
    whole = gzip.compress("\n".join([HEADER, *ROWS * 500]).encode())
    cut.write_bytes(whole[: len(whole) // 2])
    latin = folder / "latin.csv"
    latin.write_bytes((HEADER + "\n1,A,caf\xe9,1,2010-12-01 08:26:00,1.0,,UK\n").encode("latin-1"))
    noise = folder / "noise.csv.gz"
    noise.write_bytes(b"\x1f\x8bnothing of the kind")
    header = HEADER.replace("Quantity,", "")
    return {
        "a missing column": write(folder / "column.csv", header=header),
        "a truncated gzip": cut,
        "another encoding": latin,
        "no gzip at all": noise,
        "no such file": folder / "absent.csv",
        "an empty file": write(folder / "empty.csv", [], header=""),
        "a folder": folder,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("a missing column", "lacks the column Quantity. Its first line must name all of"),
        ("a truncated gzip", "cut short or damaged. Fetch it again"),
        ("another encoding", "is not UTF-8 (byte "),
        ("no gzip at all", "cut short or damaged. Fetch it again"),
        ("no such file", "cannot be read: No such file or directory"),
        ("an empty file", "Its first line must name all of"),
        ("a folder", "cannot be read: Is a directory"),
    ],
)
def test_load_refuses_a_broken_file_and_writes_nothing(
    tmp_path: Path, fault: str, told: str
) -> None:
    path = broken_files(tmp_path)[fault]
    before = everything()

    with pytest.raises(CommandError) as error:
        call_command("load_online_retail", path)

    assert told in str(error.value)
    assert everything() == before


# --- matching and opening -------------------------------------------------------------------------


def test_reversals_use_the_oldest_sale_first_and_leave_the_rest_without_receipt() -> None:
    sold = [SoldLine("old", "c", "X", 3, 300), SoldLine("new", "c", "X", 4, 400)]

    found = reversals([Credit("c", "X", 9, 900)], sold)

    assert [(each.line, each.quantity, each.amount_minor) for each in found] == [
        ("old", 3, 300),
        ("new", 4, 400),
        (None, 2, 200),
    ]


def test_reversals_never_give_back_more_than_was_paid() -> None:
    sold = [SoldLine("cheap", "c", "X", 5, 100), SoldLine("dear", "c", "X", 5, 1000)]

    found = reversals([Credit("c", "X", 5, 500)], sold)

    given_back = {each.line: each.amount_minor for each in found}
    assert given_back == {"dear": 500} or given_back.get("cheap", 0) <= 100
    assert sum(each.amount_minor for each in found) == 500


def test_reversals_of_a_guest_find_no_sale() -> None:
    found = reversals([Credit("", "X", 1, 10)], [SoldLine("l", "", "X", 1, 10)])

    assert [each.line for each in found] == [None]


def test_opening_units_are_what_the_lowest_balance_lacks(tmp_path: Path) -> None:
    found, _bad = documents(read(write(tmp_path / "ledger.csv")))

    assert opening_units(found, {}) == {"85123A": 10, "71053": 11, "PADS": 1}
    assert opening_units(found, {"71053": 11, "85123A": 4}) == {"85123A": 6, "PADS": 1}


# --- loading --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_load_writes_orders_returns_corrections_and_stock(tmp_path: Path) -> None:
    load(write(tmp_path / "ledger.csv"))

    assert totals().as_json() == {
        "lines": 10,
        "invoices_sale": 4,
        "invoices_credit": 2,
        "invoices_adjust": 1,
        "customers": 2,
        "sales_minor": 1530 + 2034 + 1800 + 1020 + 0 + 678,
        "credits_minor": -(2040 + 495),
        "adjustments_minor": -1106,
        "net_minor": 7062 - 2535 - 1106,
        "clean_orders": 2,
        "clean_customers": 1,
    }
    first = Order.objects.get(number="536365")
    assert (first.status, first.payment_status) == ("completed", PaymentStatus.PARTLY_REFUNDED)
    assert first.placed_at.isoformat() == "2010-12-01T08:26:00+00:00"
    returned = OrderLine.objects.filter(sku="85123A").order_by("order__number")
    assert [line.quantity_returned for line in returned] == [6, 2]
    kinds = ReturnCase.objects.order_by("number").values_list("number", "kind", "refund_minor")
    assert sorted(kinds) == [
        ("C536368", ReturnKind.RETURN, 1530),
        ("C536368-1", ReturnKind.RETURN, 510),
        ("C536369", ReturnKind.NO_RECEIPT, 495),
    ]
    assert sum(Refund.objects.values_list("amount_minor", flat=True)) == 2040
    assert AccountCorrection.objects.get().amount_minor == -1106
    levels = dict(StockLevel.objects.values_list("variant__sku", "on_hand"))
    assert levels == {"85123A": 8, "71053": 0, "PADS": 0, "22633": 1}


@pytest.mark.django_db
def test_load_takes_codes_that_differ_by_a_blank_and_long_texts(tmp_path: Path) -> None:
    long = "very " * 60
    rows = [
        f"1,A B,{long},1,2010-12-01 08:26:00,1.0,,United Kingdom",
        "1,A-B,X,1,2010-12-01 08:26:00,1.0,,United Kingdom",
        f"A2,B,{long},1,2010-12-01 09:26:00,-1.0,,United Kingdom",
    ]

    loaded = load(write(tmp_path / "ledger.csv", rows))

    assert (loaded.new, loaded.bad) == (2, [])
    assert OrderLine.objects.count() == 2
    assert AccountCorrection.objects.count() == 1


@pytest.mark.django_db
def test_load_leaves_a_clean_audit(tmp_path: Path) -> None:
    load(write(tmp_path / "ledger.csv"))
    events.drain()

    assert [each.code for each in runner.run() if each.rows] == []


@pytest.mark.django_db
def test_load_again_changes_nothing(tmp_path: Path) -> None:
    load(write(tmp_path / "ledger.csv"))
    before = everything()

    again = load(write(tmp_path / "again.csv"))

    assert (again.new, again.known) == (0, 7)
    assert everything() == before


@pytest.mark.django_db
def test_load_of_overlapping_files_takes_each_document_once(tmp_path: Path) -> None:
    load(write(tmp_path / "first.csv", ROWS[:6]))

    second = load(write(tmp_path / "second.csv", ROWS[3:]))

    assert (second.new, second.known) == (4, 2)
    assert totals().lines == 10
    assert not StockLevel.objects.filter(on_hand__lt=0).exists()


@pytest.mark.django_db
def test_load_reports_a_document_that_came_back_with_other_lines(tmp_path: Path) -> None:
    load(write(tmp_path / "first.csv"))
    before = everything()

    second = load(write(tmp_path / "second.csv", [ROWS[5].replace(",2,", ",20,")]))

    assert (second.new, [each.invoice for each in second.bad]) == (0, ["536367"])
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_load_prints_its_totals_as_the_last_line(tmp_path: Path, capfd: object) -> None:
    report = tmp_path / "report.csv"
    path = write(tmp_path / "ledger.csv", [*ROWS, "1,A,X,one,2010-12-01 08:26:00,1.0,,UK"])

    call_command("load_online_retail", path, json=True, report=report)

    last = capfd.readouterr().out.strip().splitlines()[-1]  # type: ignore[attr-defined]
    assert json.loads(last) == totals().as_json()
    assert "not a whole number" in report.read_text()


def many_days(path: Path, days: int) -> Path:
    start = datetime(2011, 1, 1, 9, tzinfo=UTC)
    rows = []
    for number in range(days):
        at = f"{start + timedelta(days=number):%Y-%m-%d %H:%M:%S}"
        rows += [
            f"{600000 + number},X{line % 7},THING,{1 + line % 3},{at},1.250,{12000 + number % 5},UK"
            for line in range(20)
        ]
        if number % 3 == 2:
            rows.append(f"C{600000 + number},X1,THING,-1,{at},1.250,{12000 + number % 5},UK")
    return write(path, rows)


@pytest.mark.django_db(transaction=True)
def test_load_goes_on_after_a_kill(tmp_path: Path) -> None:
    path = many_days(tmp_path / "ledger.csv", 60)
    environment = os.environ | {"DATABASE_URL": _address(), "PYTHONUNBUFFERED": "1"}
    child = subprocess.Popen(
        [sys.executable, "manage.py", "load_online_retail", str(path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    for line in child.stderr:
        if "documents" in line:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    interrupted = SourceDocument.objects.count()

    loaded = load(path)

    assert 0 < interrupted < 80
    assert (loaded.known, loaded.new) == (interrupted, 80 - interrupted)
    assert totals().lines == 60 * 20 + 20
    assert StockMovement.objects.filter(kind="shipped").count() == 60 * 20
    assert not StockLevel.objects.filter(on_hand__lt=0).exists()
    events.drain()
    assert [each.code for each in runner.run() if each.rows] == []


def _address() -> str:
    given = connection.get_connection_params()
    return f"postgresql://{given['user']}@/{given['dbname']}?host={given['host']}"


# --- the real ledger ------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL.exists(), reason="the public data of ../shared/data is not there")
def test_documents_of_the_real_ledger_have_the_published_figures() -> None:
    found, bad = documents(read(REAL))

    kinds = [document.kind for document in found]
    assert bad == []
    assert sum(len(document.lines) for document in found) == REFERENCE["lines"]
    assert kinds.count(Kind.SALE) + kinds.count(Kind.STOCK) == REFERENCE["invoices_sale"]
    assert kinds.count(Kind.STOCK) == 1336
    assert kinds.count(Kind.CREDIT) == REFERENCE["invoices_credit"]
    assert kinds.count(Kind.ADJUSTMENT) == REFERENCE["invoices_adjust"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not REAL.exists(), reason="the public data of ../shared/data is not there")
def test_load_the_real_ledger_has_the_published_figures(tmp_path: Path) -> None:
    """In full with OMNI_PROVE=1; else its first days, compared with the rows themselves."""
    is_whole = os.environ.get("OMNI_PROVE") == "1"
    path = REAL if is_whole else _beginning(tmp_path / "beginning.csv", 20_000)

    load(path)
    call_command("load_online_retail", path, json=True)

    found = totals().as_json()
    assert found == (REFERENCE if is_whole else _figures(path))
    assert [each.code for each in runner.run() if each.rows] == []
    if is_whole:
        customers = ["12346", "12347", "14646"]
        assert recency_frequency_money(customers, on_date="2011-12-10") == {
            "12346": (326, 1, 7_718_360),
            "12347": (3, 7, 431_000),
            "14646": (2, 73, 28_020_602),
        }


def _beginning(path: Path, lines: int) -> Path:
    with gzip.open(REAL, "rt") as source, path.open("w") as target:
        for _number, line in zip(range(lines), source, strict=False):
            target.write(line)
    return path


def _figures(path: Path) -> dict[str, int]:
    """The same figures from the rows alone."""
    rows = [row for row in read(path) if not isinstance(row, BadRow)]
    kinds = {row.invoice: row.invoice[0] if row.invoice[0] in "CA" else "S" for row in rows}
    amounts = dict.fromkeys("SCA", 0)
    clean = set()
    for row in rows:
        amounts[kinds[row.invoice]] += pence(row.price_mills, row.quantity)
        if row.customer and row.quantity > 0 and row.price_mills >= 10:
            clean.add((row.invoice, row.customer))
    numbers = list(kinds.values())
    return {
        "lines": len(rows),
        "invoices_sale": numbers.count("S"),
        "invoices_credit": numbers.count("C"),
        "invoices_adjust": numbers.count("A"),
        "customers": len({row.customer for row in rows if row.customer}),
        "sales_minor": amounts["S"],
        "credits_minor": amounts["C"],
        "adjustments_minor": amounts["A"],
        "net_minor": sum(amounts.values()),
        "clean_orders": len(clean),
        "clean_customers": len({customer for _invoice, customer in clean}),
    }
