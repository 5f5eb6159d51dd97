"""Tables of what becomes of an identifier."""

import pytest

from customers.identity.canonical import Given, InvalidIdentifier, canonical
from customers.identity.models import IdentifierKind


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada.L@Example.COM ", "ada.l@example.com"),
        ("ada@BÜCHER.de", "ada@xn--bcher-kva.de"),
        ("ada@xn--bcher-kva.de", "ada@xn--bcher-kva.de"),
        ("ada@例え.jp", "ada@xn--r8jz45g.jp"),
        ("ａｄａ@example.com", "ada@example.com"),
        ("ada+shop@example.com", "ada+shop@example.com"),
    ],
)
def test_canonical_email(given: str, expected: str) -> None:
    assert canonical(Given("email", given)).value == expected


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "ada@ex ample.com",
        "ada@example..com",
        "ada@-x.com",
        "ada\x00@example.com",
        "ada@example.com\nbcc:x@y.z",
        f"{'a' * 250}@example.com",
        "ada@" + "ü" * 70 + ".de",
        "ada@localhost\ud800",
    ],
)
def test_canonical_email_refuses_what_is_none(given: str) -> None:
    with pytest.raises(InvalidIdentifier) as error:
        canonical(Given("email", given))

    assert [(e["field"], e["code"]) for e in error.value.errors] == [("email", "invalid_email")]


@pytest.mark.parametrize(
    ("given", "region", "expected"),
    [
        ("+49 170 1234567", "", "+491701234567"),
        ("0170 123 45 67", "DE", "+491701234567"),
        ("0049 170 1234567", "de", "+491701234567"),
        ("+491701234567", "FR", "+491701234567"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("010-1234-5678", "KR", "+821012345678"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("+44 20 7946 0958 ext. 12", "", "+442079460958"),
        ("٠٦١٢٣٤٥٦٧٨", "FR", "+33612345678"),
    ],
)
def test_canonical_phone(given: str, region: str, expected: str) -> None:
    assert canonical(Given("phone", given), region=region).value == expected


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ("", "DE"),
        ("123", "DE"),
        ("0170 1234567", ""),
        ("call me", "DE"),
        ("+49", ""),
        ("+999 123456789", ""),
        ("1" * 40, "DE"),
        ("0170 1234567", "XX"),
    ],
)
def test_canonical_phone_refuses_what_is_none(given: str, region: str) -> None:
    with pytest.raises(InvalidIdentifier) as error:
        canonical(Given("phone", given), region=region)

    assert [(e["field"], e["code"]) for e in error.value.errors] == [("phone", "invalid_phone")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("4006381333931", "4006381333931"),
        ("4 006381-333931", "4006381333931"),
        ("ab-1234 cd", "AB1234CD"),
        ("123456789", "123456789"),
        ("ＡＢ１２", "AB12"),
    ],
)
def test_canonical_card(given: str, expected: str) -> None:
    assert canonical(Given("loyalty_card", given)).value == expected


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("4006381333932", "wrong_check_digit"),
        ("4006381339331", "wrong_check_digit"),
        ("", "invalid_card"),
        ("abc", "invalid_card"),
        ("x" * 41, "invalid_card"),
        ("AB_1234", "invalid_card"),
    ],
)
def test_canonical_card_refuses_misread_ones(given: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as error:
        canonical(Given("loyalty_card", given))

    assert [(e["field"], e["code"]) for e in error.value.errors] == [("loyalty_card", code)]


def test_canonical_device_keeps_case_and_external_its_system() -> None:
    device = canonical(Given("device", " 3F2a-9c_x:1.0 "))
    external = canonical(Given("external", " 17850 ", "Online-Retail"))

    assert device.key == ("device", "", "3F2a-9c_x:1.0")
    assert external.key == ("external", "online-retail", "17850")
    assert external.raw == "17850"


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        (Given("device", "short"), "device", "invalid_device"),
        (Given("device", "has blank in it"), "device", "invalid_device"),
        (Given("external", "", "erp"), "external", "invalid_external_id"),
        (Given("external", "a\nb", "erp"), "external", "invalid_external_id"),
        (Given("external", "17850"), "namespace", "invalid_namespace"),
        (Given("email", "a@b.example", "erp"), "namespace", "not_expected"),
        (Given("fax", "1234"), "fax", "unknown_kind"),
    ],
)
def test_canonical_names_the_field_that_is_wrong(given: Given, field: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as error:
        canonical(given)

    assert [(e["field"], e["code"]) for e in error.value.errors] == [(field, code)]


def test_canonical_form_is_its_own_canonical_form() -> None:
    values = [("email", "Ada@BÜCHER.de"), ("phone", "+49 170 1234567"), ("loyalty_card", "ab-12 c")]

    for kind, text in values:
        once = canonical(Given(kind, text)).value
        assert canonical(Given(kind, once)).value == once


def test_every_kind_has_a_canonical_form() -> None:
    for kind in IdentifierKind:
        with pytest.raises(InvalidIdentifier):
            canonical(Given(kind, ""))
