"""The hosted payment page: a plain form, as a shopper sees it at the provider."""

from gettext import gettext as _
from html import escape
from urllib.parse import urlsplit, urlunsplit

from omni.local.psp.journal import Row
from omni.local.psp.payments import CARD_NUMBERS

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f4f5f7; color: #1d2129; }
main { max-width: 26rem; margin: 4rem auto; padding: 2rem; background: #fff; border-radius: 12px;
       box-shadow: 0 1px 4px #0002; }
h1 { font-size: 1.1rem; margin: 0 0 .25rem; } .amount { font-size: 2rem; margin: 0 0 1.5rem; }
label { display: block; margin-bottom: .25rem; } select { width: 100%; padding: .6rem; }
select, button { font: inherit; border-radius: 8px; border: 1px solid #c4c9d2; }
button { width: 100%; padding: .7rem; margin-top: 1rem; background: #fff; cursor: pointer; }
button.primary { background: #1d4ed8; border-color: #1d4ed8; color: #fff; }
small { color: #5a6270; }
"""
CARD_LABELS = {
    "tok_visa": _("Visa: approved"),
    "tok_declined": _("Visa: declined"),
    "tok_insufficient_funds": _("Visa: insufficient funds"),
    "tok_refund_fails": _("Visa: approved, a refund will fail"),
    "tok_capture_fails": _("Visa: approved, a capture will fail"),
}
EXPONENTS = {"BIF": 0, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "VND": 0,
             "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}  # fmt: skip


def payment_page(payment: Row) -> str:
    """The form while the payment is open, a sentence about its end afterwards."""
    if payment["status"] != "requires_action":
        body = f"<h1>{_('This payment is no longer open.')}</h1><p>{escape(payment['status'])}</p>"
        return _document(body)
    options = "".join(
        f'<option value="{number}">{_grouped(number)} – {escape(CARD_LABELS[token])}</option>'
        for number, token in CARD_NUMBERS.items()
    )
    return _document(
        f"<h1>{_('Pay')} {escape(payment['reference'])}</h1>"
        f'<p class="amount">{escape(_amount(payment))}</p>'
        f'<form method="post"><label for="card">{_("Test card")}</label>'
        f'<select id="card" name="card">{options}</select>'
        f'<button class="primary" name="decision" value="approve">{_("Pay")}</button>'
        f'<button name="decision" value="decline">{_("Cancel")}</button></form>'
        f"<p><small>{_('Sandbox of the payment provider. No money moves.')}</small></p>"
    )


def security_policy(payment: Row) -> str:
    """Nothing but our own style and form; the form's answer redirects to the merchant."""
    parts = urlsplit(payment["return_url"])
    merchant = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    return (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {merchant}"
    )


def _document(body: str) -> str:
    title = _("Payment")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/pay/style.css"></head>'
        f"<body><main>{body}</main></body></html>"
    )


def _amount(payment: Row) -> str:
    exponent = EXPONENTS.get(payment["currency"], 2)
    whole, part = divmod(payment["amount"], 10**exponent)
    digits = f"{whole}.{part:0{exponent}d}" if exponent else str(whole)
    return f"{digits} {payment['currency']}"


def _grouped(number: str) -> str:
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
