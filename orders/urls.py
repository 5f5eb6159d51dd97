"""Every endpoint and screen of the app, as explicit path() lines."""

from django.urls import URLPattern, URLResolver, path

from orders.aftersales import api as aftersales
from orders.aftersales import console as cases
from orders.aftersales import console_order as order_page
from orders.aftersales import customer_api as returning
from orders.aftersales import office as merchant
from orders.checkout import api as checkout
from orders.checkout import keeping_api as keeping
from orders.checkout import paying_api as paying
from orders.fulfilment import api as fulfilment
from orders.fulfilment import console as queues
from orders.fulfilment import console_hand_over as counter
from orders.fulfilment import console_shelf as shelf
from orders.fulfilment import console_steps as steps
from orders.fulfilment import customer_api as collecting
from orders.payments import api as payments
from orders.pos import api as pos
from orders.pos import console_basket as basket
from orders.pos import console_collect as collecting_money
from orders.pos import console_day as day_pages
from orders.pos import console_loose as loose
from orders.pos import console_paying as till_paying
from orders.pos import console_price as prices
from orders.pos import console_return as taking_back
from orders.pos import console_returns as returns
from orders.pos import console_shift as shift_pages
from orders.pos import console_till as till
from orders.pos import day_api as days
from orders.pos import parked_api as parked
from orders.pos import shift_api as shifts
from orders.sales import api as sales
from orders.sales import console as order_lists
from orders.sales import office as all_orders
from orders.storefront import api as storefront
from orders.storefront import status_pages as status

urlpatterns: list[URLPattern | URLResolver] = [
    path("channel", storefront.ShowChannel.as_view()),
    path("categories", storefront.ListCategories.as_view()),
    path("products", storefront.ListProducts.as_view()),
    path("products/<slug:slug>", storefront.ShowProduct.as_view()),
    path("products/<slug:slug>/availability", storefront.ShowAvailability.as_view()),
    path("variants", storefront.ListVariants.as_view()),
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
    path("staff/pickups/<uuid:fulfilment_order_id>/extend", fulfilment.ExtendForCustomer.as_view()),
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
    path("staff/sales/parked", parked.ParkedSales.as_view()),
    path("staff/sales/carts/<uuid:cart_id>/recall", parked.RecallSale.as_view()),
    path("staff/price-check", parked.CheckPrice.as_view()),
    path("staff/kept-pieces", keeping.KeptPieces.as_view()),
    path("staff/kept-pieces/<uuid:reservation_id>/release", keeping.ReleaseKept.as_view()),
    path("staff/customers/<uuid:customer_id>/kept-pieces", keeping.KeepForCustomer.as_view()),
    path("staff/store-days", days.StoreDays.as_view()),
    path("staff/store-days/<uuid:day_id>", days.StoreDayById.as_view()),
    path("staff/store-days/<uuid:day_id>/reconcile", days.Reconcile.as_view()),
    path("staff/store-days/<uuid:day_id>/terminal-batches", days.TerminalBatches.as_view()),
    path("staff/store-days/<uuid:day_id>/safe-count", days.CountSafe.as_view()),
    path("staff/store-days/<uuid:day_id>/deposits", days.Deposits.as_view()),
    path("staff/store-days/<uuid:day_id>/close", days.CloseDay.as_view()),
    path("staff/store-days/<uuid:day_id>/reopen", days.ReopenDay.as_view()),
]

# The store's pages, below /console/.
screens: list[URLPattern | URLResolver] = [
    path("till", till.TillPage.as_view(), name="till"),
    path("till/scan", basket.ScanIn.as_view(), name="till-scan"),
    path("till/add", basket.AddGoods.as_view(), name="till-add"),
    path("till/line", basket.SetQuantity.as_view(), name="till-line"),
    path("till/way", basket.SetWay.as_view(), name="till-way"),
    path("till/buyer", basket.SetBuyer.as_view(), name="till-buyer"),
    path("till/delivery", basket.SetDelivery.as_view(), name="till-delivery"),
    path("till/join", basket.JoinCart.as_view(), name="till-join"),
    path("till/park", basket.Park.as_view(), name="till-park"),
    path("till/recall", basket.Recall.as_view(), name="till-recall"),
    path("till/call-off", basket.CallOff.as_view(), name="till-call-off"),
    path("till/unknown", basket.UnknownCode.as_view(), name="till-unknown"),
    path("till/tender", till_paying.TakeTender.as_view(), name="till-tender"),
    path("till/tender-back", till_paying.GiveTenderBack.as_view(), name="till-tender-back"),
    path("till/finish", till_paying.FinishSale.as_view(), name="till-finish"),
    path("till/sales/<uuid:order_id>", till_paying.Receipt.as_view(), name="receipt"),
    path("till/sales/<uuid:order_id>/void", till_paying.VoidSale.as_view(), name="void-sale"),
    path("till/collect", collecting_money.Collect.as_view(), name="collect"),
    path("price-check", prices.CheckPrice.as_view(), name="price-check"),
    path("shift", shift_pages.ShiftPage.as_view(), name="shift"),
    path("shift/open", shift_pages.OpenShift.as_view(), name="shift-open"),
    path("shift/cash", shift_pages.MoveCash.as_view(), name="shift-cash"),
    path("shift/suspend", shift_pages.SuspendShift.as_view(), name="shift-suspend"),
    path("shift/resume", shift_pages.ResumeShift.as_view(), name="shift-resume"),
    path("shift/count", shift_pages.CountShift.as_view(), name="shift-count"),
    path("shift/recount", shift_pages.RecountShift.as_view(), name="shift-recount"),
    path("shift/close", shift_pages.CloseShift.as_view(), name="shift-close"),
    path("shift/force-close", shift_pages.ForceClose.as_view(), name="shift-force"),
    path("shift/<uuid:shift_id>/report", shift_pages.ShiftReport.as_view(), name="shift-report"),
    path("day", day_pages.Day.as_view(), name="day"),
    path("day/<uuid:day_id>/begin", day_pages.BeginReconciling.as_view(), name="day-begin"),
    path("day/<uuid:day_id>/reopen", day_pages.ReopenDay.as_view(), name="day-reopen"),
    path("day/<uuid:day_id>/terminal", day_pages.EnterBatch.as_view(), name="day-batch"),
    path("day/<uuid:day_id>/safe", day_pages.CountSafe.as_view(), name="day-safe"),
    path("day/<uuid:day_id>/deposit", day_pages.MakeDeposit.as_view(), name="day-deposit"),
    path("day/<uuid:day_id>/close", day_pages.CloseDay.as_view(), name="day-close"),
    path("day/<uuid:day_id>/report", day_pages.ZReport.as_view(), name="z-report"),
    path("deposits/<uuid:deposit_id>", day_pages.DepositSlip.as_view(), name="deposit"),
    path("pickups", queues.Pickups.as_view(), name="pickups"),
    path("shipping", queues.Shipping.as_view(), name="shipping"),
    path("shelf", shelf.Shelf.as_view(), name="shelf"),
    path("slips", shelf.Slips.as_view(), name="slips"),
    path("work/<uuid:work_id>", steps.Open.as_view(), name="work"),
    path("work/<uuid:work_id>/accept", steps.Accept.as_view(), name="accept-work"),
    path("work/<uuid:work_id>/start", steps.StartPicking.as_view(), name="start-work"),
    path("work/<uuid:work_id>/pick", steps.Pick.as_view(), name="pick-work"),
    path("work/<uuid:work_id>/scan", steps.Scan.as_view(), name="scan-work"),
    path("work/<uuid:work_id>/report", steps.Report.as_view(), name="report-work"),
    path("work/<uuid:work_id>/ready", steps.MarkReady.as_view(), name="ready-work"),
    path("work/<uuid:work_id>/take-back", steps.TakeBack.as_view(), name="take-back-work"),
    path("work/<uuid:work_id>/reinstate", steps.Reinstate.as_view(), name="reinstate-work"),
    path("work/<uuid:work_id>/extend", steps.ExtendForCustomer.as_view(), name="extend-work"),
    path("work/<uuid:work_id>/renew-code", steps.RenewCode.as_view(), name="renew-code"),
    path("work/<uuid:work_id>/put-back", steps.PutBack.as_view(), name="put-back-work"),
    path("work/<uuid:work_id>/hold", steps.Hold.as_view(), name="hold-work"),
    path("work/<uuid:work_id>/resume", steps.Resume.as_view(), name="resume-work"),
    path("work/<uuid:work_id>/pack", steps.Pack.as_view(), name="pack-work"),
    path("work/<uuid:work_id>/dispatch", steps.Dispatch.as_view(), name="dispatch-work"),
    path("work/<uuid:work_id>/deliver", steps.Deliver.as_view(), name="deliver-work"),
    path("work/<uuid:work_id>/attempt", steps.Attempt.as_view(), name="attempt-work"),
    path("work/<uuid:work_id>/refuse-at-door", steps.RefuseAtDoor.as_view(), name="refuse-work"),
    path("work/<uuid:work_id>/send-back", steps.SendBack.as_view(), name="send-back-work"),
    path("work/<uuid:work_id>/receive-back", steps.ReceiveBack.as_view(), name="receive-back-work"),
    path("work/<uuid:work_id>/lost", steps.Lose.as_view(), name="lose-work"),
    path("pickups/<uuid:work_id>/hand-over", counter.HandOver.as_view(), name="hand-over"),
    path(
        "pickups/<uuid:work_id>/refuse", counter.RefuseAtCounter.as_view(), name="refuse-at-counter"
    ),
    path(
        "pickups/<uuid:work_id>/undo-hand-over",
        counter.UndoHandOver.as_view(),
        name="undo-hand-over",
    ),
    path("orders", order_lists.Orders.as_view(), name="orders"),
    path("orders/<uuid:order_id>", order_page.OrderScreen.as_view(), name="order"),
    path("orders/<uuid:order_id>/cancel", order_page.CancelOrder.as_view(), name="order-cancel"),
    path("orders/<uuid:order_id>/refund", order_page.RefundOrder.as_view(), name="order-refund"),
    path("orders/<uuid:order_id>/pay-out", loose.PayOutOrder.as_view(), name="order-pay-out"),
    path("returns", returns.Returns.as_view(), name="returns"),
    path("returns/receipt/<str:number>", returns.FindReturn.as_view(), name="return-find"),
    path("returns/order/<uuid:order_id>", taking_back.TakeBack.as_view(), name="return"),
    path("returns/no-receipt", loose.WithoutReceipt.as_view(), name="return-loose"),
    path("returns/<uuid:return_id>/pay-out", loose.PayOut.as_view(), name="return-pay-out"),
    path("returns/<uuid:return_id>", cases.CasePage.as_view(), name="return-case"),
    path("returns/<uuid:return_id>/done", cases.DonePage.as_view(), name="return-done"),
    path("returns/<uuid:return_id>/allow", cases.Authorise.as_view(), name="return-allow"),
    path("returns/<uuid:return_id>/decline", cases.Decline.as_view(), name="return-decline"),
    path("returns/<uuid:return_id>/call-off", cases.CallOff.as_view(), name="return-call-off"),
    path("returns/<uuid:return_id>/in-transit", cases.InTransit.as_view(), name="return-sent"),
    path("returns/<uuid:return_id>/lost", cases.Lost.as_view(), name="return-lost"),
    path("returns/<uuid:return_id>/receive", cases.Receive.as_view(), name="return-receive"),
    path("returns/<uuid:return_id>/inspect", cases.Inspect.as_view(), name="return-inspect"),
    path("returns/<uuid:return_id>/send-back", cases.SendBack.as_view(), name="return-send-back"),
    path(
        "returns/<uuid:return_id>/refund-again",
        cases.RefundAgain.as_view(),
        name="return-refund-again",
    ),
]

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = [
    path("orders", all_orders.Orders.as_view(), name="orders"),
    path("orders/export", all_orders.Export.as_view(), name="orders-export"),
    path("orders/views", all_orders.KeepView.as_view(), name="orders-keep-view"),
    path(
        "orders/views/<uuid:view_id>/forget",
        all_orders.ForgetView.as_view(),
        name="orders-forget-view",
    ),
    path("orders/cancel", merchant.CancelMany.as_view(), name="orders-cancel"),
    path("orders/cancelled", merchant.Cancelled.as_view(), name="orders-cancelled"),
    path("orders/<uuid:order_id>", merchant.OrderPageOfMerchant.as_view(), name="order"),
    path("orders/<uuid:order_id>/cancel", merchant.CancelOrder.as_view(), name="order-cancel"),
    path("orders/<uuid:order_id>/refund", merchant.RefundOrder.as_view(), name="order-refund"),
    path("returns", merchant.Returns.as_view(), name="returns"),
]

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
