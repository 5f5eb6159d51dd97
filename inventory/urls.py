"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver, path

from inventory.stock import api as stock

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
screens: list[URLPattern | URLResolver] = []

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = []
