-- One month of touchpoints, in the order in which they happened. Of all rows two in a hundred are of
-- the customer with many, a hundred in all of the one with few; three in ten are anonymous visits,
-- some of them on the five devices and the one that were linked to those two later. The rest belong to fifty thousand
-- customers, to a few of them far more than to others.

INSERT INTO journeys_interaction (kind, occurred_at, recorded_at, customer_id, visitor_id,
    channel_id, location_id, device, subject_kind, subject_id, data, event_id, capture_key)
SELECT kind, at, at, customer,
       CASE WHEN customer IS NULL THEN visitor END, channel,
       CASE WHEN channel IS NULL THEN md5('location' || mod(n, 20))::uuid END, device, subject,
       CASE WHEN subject <> '' THEN md5('subject' || n)::uuid END,
       CASE WHEN subject <> ''
            THEN jsonb_build_object('number', 'B' || n, 'total_minor', mod(n, 20000),
                                    'currency', 'EUR')
            ELSE jsonb_build_object('path', '/products/product-' || mod(n, 10000),
                                    'title', 'Product ' || mod(n, 10000)) END,
       CASE WHEN subject <> '' THEN n END,
       CASE WHEN subject <> '' THEN '' ELSE 'bench-' || n END
FROM (
    SELECT n, at, device,
           CASE WHEN mod(n, %(few_every)s) = 7 THEN %(few)s::uuid
                WHEN mod(n, 50) = 0 THEN %(many)s::uuid
                WHEN mod(n, 10) IN (1, 2, 3) THEN NULL
                ELSE md5('customer' || floor(50000 * power(pick, 3)))::uuid END AS customer,
           CASE WHEN mod(n, %(few_every)s / 2) = 1 THEN md5('many-device' || n / (%(few_every)s * 20))::uuid
                WHEN mod(n, %(few_every)s * 10) = 3 THEN md5('few-device')::uuid
                ELSE md5('visitor' || floor(400000 * pick))::uuid END AS visitor,
           CASE WHEN mod(n, %(few_every)s * 50) = 7 OR die < %(rare_share)s THEN %(rare)s
                WHEN die < 0.60 THEN 'page.viewed'
                WHEN die < 0.75 THEN 'search.made'
                WHEN die < 0.85 THEN 'ad.clicked'
                WHEN die < 0.90 THEN 'order.placed'
                WHEN die < 0.94 THEN 'fulfilment.handed_over'
                WHEN die < 0.97 THEN 'payment.captured'
                WHEN die < 0.99 THEN 'chat.line'
                ELSE 'return_case.received' END AS kind,
           CASE WHEN die BETWEEN 0.85 AND 0.97 OR die >= 0.99 THEN 'order' ELSE '' END AS subject,
           CASE WHEN place < 0.5 THEN %(channel)s::uuid
                WHEN place < 0.8 THEN md5('app')::uuid END AS channel
    FROM (SELECT n, %(start)s::timestamptz + %(span)s::interval * ((n - %(first)s)::float8
                 / (%(last)s - %(first)s)) AS at,
                 CASE mod(n, 3) WHEN 0 THEN 'phone' WHEN 1 THEN 'desktop' ELSE '' END AS device,
                 random() AS die, random() AS pick, random() AS place
          FROM generate_series(%(first)s::bigint, %(last)s::bigint - 1) n) dice
) row;
