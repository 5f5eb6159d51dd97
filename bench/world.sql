-- A merchant to measure on: 20 stores, 10,000 products with 20,000 variants, each at each store.
-- Made by SQL in seconds; every ledger agrees, so that the audit is clean on it too.

INSERT INTO inventory_channel (id, code, name, kind, status, currency, language, country,
    tax_display, brand_name, sender_email, storefront_url, hold_minutes, payment_window_minutes,
    return_window_days, allows_pay_at_collection)
VALUES (md5('channel')::uuid, 'bench', 'Bench', 'web', 'open', 'EUR', 'en', 'FR', 'gross', 'Bench',
    '', '', 15, 60, 30, true);

INSERT INTO inventory_location (id, code, name, kind, status, time_zone, street, postal_code, city,
    region, country, latitude, longitude, phone, email)
SELECT md5('location' || n)::uuid, 'store-' || n, 'Store ' || n, 'store', 'open', 'Europe/Paris',
    '', '', 'City ' || n, '', 'FR', 43 + (n * 37 %% 70) / 10.0, -1 + (n * 53 %% 80) / 10.0, '', ''
FROM generate_series(1, 20) n;

INSERT INTO inventory_openinghours (location_id, weekday, opens_at, closes_at)
SELECT md5('location' || n)::uuid, day, '08:00', '20:00'
FROM generate_series(1, 20) n, generate_series(0, 6) day;

INSERT INTO inventory_locationservice (location_id, service, is_active, lead_minutes, window_days,
    slot_minutes, slot_capacity)
SELECT md5('location' || n)::uuid, service, true, 120, 5, 0, 0
FROM generate_series(1, 20) n, unnest(ARRAY['pickup', 'returns', 'till', 'ship']) service;

INSERT INTO inventory_channellocation (channel_id, location_id, methods, priority, buffer)
SELECT md5('channel')::uuid, md5('location' || n)::uuid,
    ARRAY['pickup', 'ship', 'carry_out'], n, 0
FROM generate_series(1, 20) n;

INSERT INTO inventory_category (id, parent_id, slug, name, position, path)
SELECT md5('category' || n)::uuid, NULL, 'category-' || n, 'Category ' || n, n,
    ARRAY[md5('category' || n)::uuid]
FROM generate_series(1, 40) n;

INSERT INTO inventory_product (id, slug, name, description, brand, category_id, tax_class, status,
    is_final_sale, search, created_at)
SELECT md5('product' || n)::uuid, 'product-' || n, 'Product ' || to_char(n, 'FM00000'),
    'A product to measure on', 'Brand ' || n %% 50, md5('category' || 1 + n %% 40)::uuid,
    'standard', 'active', false, to_tsvector('simple', 'product ' || n), now()
FROM generate_series(1, 10000) n;

INSERT INTO inventory_variant (id, product_id, sku, name, options, unit, position, is_active,
    is_stocked)
SELECT md5('variant' || n)::uuid, md5('product' || 1 + (n - 1) / 2)::uuid, 'SKU-' || n, '',
    jsonb_build_object('size', CASE n %% 2 WHEN 0 THEN 'M' ELSE 'L' END), 'piece', n %% 2, true, true
FROM generate_series(1, 20000) n;

INSERT INTO inventory_listing (variant_id, channel_id, status, price_minor, price_quantity)
SELECT md5('variant' || n)::uuid, md5('channel')::uuid, 'live', 500 + n %% 9000, 1
FROM generate_series(1, 20000) n;

INSERT INTO inventory_stocklevel (variant_id, location_id, on_hand, unavailable, committed, held,
    incoming, safety, shortfall)
SELECT md5('variant' || v)::uuid, md5('location' || l)::uuid, 100000, 0, 0, 0, 0, 0, 0
FROM generate_series(1, 20000) v, generate_series(1, 20) l;

INSERT INTO inventory_stockmovement (level_id, kind, quantity, bucket, bucket_quantity, reason,
    note, reference, principal, occurred_at)
SELECT id, 'opening', 100000, '', 0, '', '', 'opening', 'bench', now() FROM inventory_stocklevel;

INSERT INTO orders_taxrate (country, region, tax_class, rate, valid_from)
VALUES ('FR', '', 'standard', 0.20000, '2020-01-01');
