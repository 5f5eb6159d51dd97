-- What any implementation must at least write for an order: the order, its two lines, a payment,
-- an event, two guarded updates of stock, two movements. One transaction.

-- name: order
INSERT INTO orders_order (id, number, channel_id, customer_id, cart_id, token_digest, status,
    payment_status, fulfilment_status, return_status, payment_policy, currency, tax_display,
    total_minor, tax_minor, cancelled_minor, contact_name, email, phone, principal, placed_at)
VALUES (%(order)s, 'B' || nextval('orders_order_number'), %(channel)s, NULL, %(cart)s, '',
    'confirmed', 'pending', 'unfulfilled', 'none', 'pay_at_collection', 'EUR', 'gross',
    %(total)s, 0, 0, '', %(email)s, '', 'bench', now());

-- name: lines
INSERT INTO orders_orderline (id, order_id, position, variant_id, location_id, method, sku, name,
    quantity, price_minor, price_quantity, tax_rate, net_minor, tax_minor, total_minor,
    cancelled_minor, quantity_cancelled, quantity_fulfilled, quantity_returned)
VALUES (%(line_a)s, %(order)s, 1, %(variant_a)s, %(location)s, 'pickup', 'a', 'a', 1, 1000, 1, 0,
        1000, 0, 1000, 0, 0, 0, 0),
       (%(line_b)s, %(order)s, 2, %(variant_b)s, %(location)s, 'pickup', 'b', 'b', 1, 1000, 1, 0,
        1000, 0, 1000, 0, 0, 0, 0);

-- name: payment
INSERT INTO orders_payment (id, order_id, tender, status, currency, amount_minor,
    authorised_minor, captured_minor, refunding_minor, refunded_minor, provider,
    provider_reference, reference, card_label, capture_method, return_url, failure_code,
    created_at, updated_at)
VALUES (%(payment)s, %(order)s, 'cash', 'pending', 'EUR', %(total)s, 0, 0, 0, 0, '', '',
    %(payment)s::uuid::text, '', 'automatic', '', '', now(), now());

-- name: event
INSERT INTO omni_event (occurred_at, aggregatetype, aggregateid, type, payload, customer_id,
    principal, request_id)
VALUES (now(), 'order', %(order)s, 'order.placed', '{"order": "placed"}', NULL, 'bench', '');

-- name: level_a
UPDATE inventory_stocklevel SET committed = committed + 1
WHERE variant_id = %(variant_a)s AND location_id = %(location)s
  AND on_hand - unavailable - committed - held - safety >= 1;

-- name: level_b
UPDATE inventory_stocklevel SET committed = committed + 1
WHERE variant_id = %(variant_b)s AND location_id = %(location)s
  AND on_hand - unavailable - committed - held - safety >= 1;

-- name: movement_a
INSERT INTO inventory_stockmovement (level_id, kind, quantity, bucket, bucket_quantity, reason,
    note, reference, order_line_id, principal, occurred_at)
SELECT id, 'corrected', 1, '', 0, '', '', %(line_a)s::uuid::text, %(line_a)s, 'bench', now()
FROM inventory_stocklevel WHERE variant_id = %(variant_a)s AND location_id = %(location)s;

-- name: movement_b
INSERT INTO inventory_stockmovement (level_id, kind, quantity, bucket, bucket_quantity, reason,
    note, reference, order_line_id, principal, occurred_at)
SELECT id, 'corrected', 1, '', 0, '', '', %(line_b)s::uuid::text, %(line_b)s, 'bench', now()
FROM inventory_stocklevel WHERE variant_id = %(variant_b)s AND location_id = %(location)s;
