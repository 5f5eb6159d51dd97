"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver, path

from orders.aftersales import api as aftersales
from orders.aftersales import customer_api as returning
from orders.checkout import api as checkout
from orders.checkout import paying_api as paying
from orders.fulfilment import api as fulfilment
from orders.fulfilment import customer_api as collecting
from orders.payments import api as payments
from orders.pos import api as pos
from orders.pos import shift_api as shifts
from orders.sales import api as sales
from orders.storefront import api as storefront
from orders.storefront import status_pages as status

urlpatterns: list[URLPattern | URLResolver] = [
    path("channel", storefront.ShowChannel.as_view()),
    path("categories", storefront.ListCategories.as_view()),
    path("products", storefront.ListProducts.as_view()),
    path("products/<slug:slug>", storefront.ShowProduct.as_view()),
    path("products/<slug:slug>/availability", storefront.ShowAvailability.as_view()),
    path("stores", storefront.ListStores.as_view()),
    path("stores/<slug:code>", storefront.ShowStore.as_view()),
    path("carts", checkout.Carts.as_view()),
    path("carts/open-by-code", checkout.OpenCartByCode.as_view()),
    path("carts/<uuid:cart_id>", checkout.CartById.as_view()),
    path("carts/<uuid:cart_id>/lines", checkout.CartLines.as_view()),
    path("carts/<uuid:cart_id>/lines/<uuid:line_id>", checkout.CartLineById.as_view()),
    path("carts/<uuid:cart_id>/hold", checkout.CartHold.as_view()),
    path("carts/<uuid:cart_id>/handoff-code", checkout.CartHandoffCode.as_view()),
    path("carts/<uuid:cart_id>/claim", checkout.ClaimCart.as_view()),
    path("carts/<uuid:cart_id>/checkout", checkout.CheckOutCart.as_view()),
    path("account/orders", sales.AccountOrders.as_view()),
    path("orders/look-up", sales.LookUpOrder.as_view()),
    path("orders/<uuid:order_id>", sales.OrderById.as_view()),
    path("staff/orders", sales.StaffOrders.as_view()),
    path("staff/orders/<uuid:order_id>", sales.StaffOrder.as_view()),
    path("orders/<uuid:order_id>/payments", paying.OrderPayments.as_view()),
    path("orders/<uuid:order_id>/payments/<uuid:payment_id>", paying.OrderPayment.as_view()),
    path("payments/webhooks/psp", paying.PspWebhook.as_view()),
    path("staff/orders/<uuid:order_id>/payments", payments.StaffOrderPayments.as_view()),
    path("staff/orders/<uuid:order_id>/refunds", payments.RefundOrder.as_view()),
    path("orders/<uuid:order_id>/cancel", returning.CancelOrder.as_view()),
    path("orders/<uuid:order_id>/cancel-requests", returning.AskToCancel.as_view()),
    path("orders/<uuid:order_id>/returns", returning.OrderReturns.as_view()),
    path("returns/<uuid:return_id>/cancel", returning.CancelReturn.as_view()),
    path("pickups/<uuid:fulfilment_order_id>/extend", collecting.ExtendPickup.as_view()),
    path("pickups/<uuid:fulfilment_order_id>/delegate", collecting.DelegatePickup.as_view()),
    path("pickups/<uuid:fulfilment_order_id>/arrival", collecting.ReportArrival.as_view()),
    path("staff/orders/<uuid:order_id>/cancel", aftersales.StaffCancelOrder.as_view()),
    path("staff/fulfilment-orders", fulfilment.FulfilmentOrders.as_view()),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>",
        fulfilment.FulfilmentOrderById.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/accept",
        fulfilment.AcceptWork.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/start-picking",
        fulfilment.StartPicking.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/pick",
        fulfilment.PickLine.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/hold",
        fulfilment.HoldWork.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/resume",
        fulfilment.ResumeWork.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/reject",
        fulfilment.RejectWork.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/put-back",
        fulfilment.PutBack.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/pack",
        fulfilment.PackParcel.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/dispatch",
        fulfilment.DispatchParcel.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/deliver",
        fulfilment.DeliverParcel.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/attempt",
        fulfilment.ReportAttempt.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/refuse",
        fulfilment.RefuseParcel.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/send-back",
        fulfilment.SendParcelBack.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/receive-back",
        fulfilment.ReceiveParcelBack.as_view(),
    ),
    path(
        "staff/fulfilment-orders/<uuid:fulfilment_order_id>/lost",
        fulfilment.ReportParcelLost.as_view(),
    ),
    path("staff/pickups", fulfilment.Pickups.as_view()),
    path("staff/pickups/<uuid:fulfilment_order_id>", fulfilment.PickupById.as_view()),
    path("staff/pickups/<uuid:fulfilment_order_id>/accept", fulfilment.AcceptPickup.as_view()),
    path(
        "staff/pickups/<uuid:fulfilment_order_id>/start-picking",
        fulfilment.StartPickingPickup.as_view(),
    ),
    path("staff/pickups/<uuid:fulfilment_order_id>/pick", fulfilment.PickPickupLine.as_view()),
    path("staff/pickups/<uuid:fulfilment_order_id>/reject", fulfilment.RejectPickup.as_view()),
    path("staff/pickups/<uuid:fulfilment_order_id>/ready", fulfilment.MarkReady.as_view()),
    path("staff/pickups/<uuid:fulfilment_order_id>/take-back", fulfilment.TakeBackReady.as_view()),
    path("staff/pickups/<uuid:fulfilment_order_id>/hand-over", fulfilment.HandOverPickup.as_view()),
    path("staff/pickups/<uuid:fulfilment_order_id>/refuse", fulfilment.RefuseAtCounter.as_view()),
    path(
        "staff/pickups/<uuid:fulfilment_order_id>/reinstate", fulfilment.ReinstatePickup.as_view()
    ),
    path(
        "staff/pickups/<uuid:fulfilment_order_id>/undo-hand-over", fulfilment.UndoHandOver.as_view()
    ),
    path("staff/pickups/<uuid:fulfilment_order_id>/put-back", fulfilment.PutPickupBack.as_view()),
    path("staff/pickups/<uuid:fulfilment_order_id>/renew-code", fulfilment.RenewCode.as_view()),
    path("staff/returns", aftersales.StaffReturns.as_view()),
    path("staff/returns/no-receipt", aftersales.ReturnsWithoutReceipt.as_view()),
    path("staff/returns/order", aftersales.ReturnableOrder.as_view()),
    path("staff/returns/<uuid:return_id>", aftersales.StaffReturnById.as_view()),
    path("staff/returns/<uuid:return_id>/authorise", aftersales.AuthoriseReturn.as_view()),
    path("staff/returns/<uuid:return_id>/decline", aftersales.DeclineReturn.as_view()),
    path("staff/returns/<uuid:return_id>/cancel", aftersales.StaffCancelReturn.as_view()),
    path("staff/returns/<uuid:return_id>/in-transit", aftersales.ReturnInTransit.as_view()),
    path("staff/returns/<uuid:return_id>/lost", aftersales.ReturnLost.as_view()),
    path("staff/returns/<uuid:return_id>/receive", aftersales.ReceiveReturn.as_view()),
    path("staff/returns/<uuid:return_id>/inspect", aftersales.InspectReturn.as_view()),
    path("staff/returns/<uuid:return_id>/send-back", aftersales.SendReturnBack.as_view()),
    path("staff/registers", shifts.Registers.as_view()),
    path("staff/shifts", shifts.Shifts.as_view()),
    path("staff/shifts/<uuid:shift_id>", shifts.ShiftById.as_view()),
    path("staff/shifts/<uuid:shift_id>/figures", shifts.ShiftFigures.as_view()),
    path("staff/shifts/<uuid:shift_id>/suspend", shifts.SuspendShift.as_view()),
    path("staff/shifts/<uuid:shift_id>/resume", shifts.ResumeShift.as_view()),
    path("staff/shifts/<uuid:shift_id>/count", shifts.CountShift.as_view()),
    path("staff/shifts/<uuid:shift_id>/recount", shifts.RecountShift.as_view()),
    path("staff/shifts/<uuid:shift_id>/close", shifts.CloseShift.as_view()),
    path("staff/shifts/<uuid:shift_id>/force-close", shifts.ForceCloseShift.as_view()),
    path("staff/shifts/<uuid:shift_id>/cash", shifts.ShiftCash.as_view()),
    path("staff/sales", pos.Sales.as_view()),
    path("staff/sales/collections", pos.Collections.as_view()),
    path("staff/sales/refunds", pos.PayOutRefunds.as_view()),
    path("staff/sales/return-payouts", pos.PayOutReturn.as_view()),
    path("staff/sales/returns", pos.TillReturns.as_view()),
    path("staff/sales/exchanges", pos.Exchanges.as_view()),
    path("staff/sales/open-cart", pos.OpenCartAtTill.as_view()),
    path("staff/sales/carts/<uuid:cart_id>/give-back", pos.GiveBackCart.as_view()),
    path("staff/sales/carts/<uuid:cart_id>/park", pos.ParkCart.as_view()),
    path("staff/sales/<uuid:order_id>/void", pos.VoidSale.as_view()),
]

# The store's pages, below /console/.
screens: list[URLPattern | URLResolver] = []

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = []

# The customer's pages, below /o/: a token opens them, never an id.
public: list[URLPattern | URLResolver] = [
    path("<str:token>", status.OrderPage.as_view(), name="order"),
    path("<str:token>/cancel", status.Cancel.as_view(), name="order-cancel"),
    path("<str:token>/cancel/ask", status.AskToCancel.as_view(), name="order-ask-cancel"),
    path("<str:token>/return", status.AskReturn.as_view(), name="order-return"),
    path("<str:token>/returns/<uuid:return_id>", status.KeepGoods.as_view(), name="order-keep"),
    path("<str:token>/pickups/<uuid:work_id>/here", status.SayHere.as_view(), name="order-here"),
    path("<str:token>/pickups/<uuid:work_id>/extend", status.Extend.as_view(), name="order-extend"),
    path(
        "<str:token>/pickups/<uuid:work_id>/delegate",
        status.NameDelegate.as_view(),
        name="order-delegate",
    ),
]
