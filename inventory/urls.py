"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver, path

from inventory.stock import api as stock
from inventory.stock import console as stock_console
from inventory.stock import console_codes as stock_codes
from inventory.stock import office as stock_office

urlpatterns: list[URLPattern | URLResolver] = [
    path("staff/stock/levels", stock.StockLevels.as_view()),
    path(
        "staff/stock/levels/<uuid:variant_id>/<uuid:location_id>",
        stock.StockLevelDetail.as_view(),
    ),
    path(
        "staff/stock/levels/<uuid:variant_id>/<uuid:location_id>/movements",
        stock.StockMovements.as_view(),
    ),
    path("staff/stock/receipts", stock.ReceiveStock.as_view()),
    path("staff/stock/corrections", stock.CorrectStock.as_view()),
    path("staff/stock/bucket-moves", stock.MoveBucket.as_view()),
]

# The store's pages, below /console/.
screens: list[URLPattern | URLResolver] = [
    path("stock", stock_console.Stock.as_view(), name="stock"),
    path("codes/<uuid:task_id>", stock_codes.UnknownCode.as_view(), name="unknown-code"),
    path("codes/<uuid:task_id>/link", stock_codes.LinkCode.as_view(), name="link-code"),
    path("codes/<uuid:task_id>/pass-on", stock_codes.PassCodeOn.as_view(), name="pass-code-on"),
    path("stock/<uuid:variant_id>", stock_console.StockVariant.as_view(), name="stock-variant"),
]

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = [
    path("stock", stock_office.StockList.as_view(), name="stock"),
    path("stock/export", stock_office.StockExport.as_view(), name="stock-export"),
    path("stock/<uuid:variant_id>", stock_office.VariantStock.as_view(), name="stock-variant"),
]
