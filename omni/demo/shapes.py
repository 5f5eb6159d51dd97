"""The silhouettes of the house's goods, 64 by 64, drawn by hand for the demo.

``{c}`` is the colour of the piece, ``{b}`` opens the group of its body, ``{r}`` makes round ends.
Shadows are black and lights are white, both thin, so one drawing serves every colour.
"""

SHAPES = {
    "bag": (
        '<path d="M24 22v-5c0-4 3-7 8-7s8 3 8 7v5" fill="none" stroke="#000" stroke-opacity=".4" '
        'stroke-width="2"/><path d="M15 20h34v36H15z" fill="{c}"/>'
        '<path d="M42 20h7v36h-7z" fill="#000" fill-opacity=".12"/>'
        '<path d="M42 20l3.5 8L42 56" fill="#000" fill-opacity=".08"/>'
        '<path d="M22 38h12M24.5 42h7" stroke="#000" stroke-opacity=".4" stroke-width="1.8" {r}/>'
    ),
    "beanie": (
        '{b}<path d="M14 40c0-16 7-25 18-25s18 9 18 25z"/>'
        '<rect x="11" y="38" width="42" height="12" rx="3"/></g>'
        '<path d="M18 37c1-10 4-17 8-20M25 37c0-9 2-16 5-21M32 37V16M39 37c0-9-2-16-5-21M46 '
        '37c-1-10-4-17-8-20" stroke="#000" stroke-opacity=".14" stroke-width="1.3" fill="none"/>'
        '<rect x="10" y="37" width="44" height="14" rx="3.5" fill="#000" fill-opacity=".12"/>'
        '<path d="M17 38v12M22 38v12M27 38v12M32 38v12M37 38v12M42 38v12M47 38v12" stroke="#000" '
        'stroke-opacity=".12" stroke-width="1.3"/>'
        '<rect x="37" y="41" width="8" height="5.5" rx="1" fill="#fff" fill-opacity=".75"/>'
    ),
    "belt": (
        '<path d="M32 14c12 0 21 5 21 12s-9 12-21 12-21-5-21-12 9-12 21-12z" fill="none" '
        'stroke="{c}" stroke-width="6"/>'
        '<path d="M32 14c12 0 21 5 21 12s-9 12-21 12-21-5-21-12 9-12 21-12z" fill="none" '
        'stroke="#000" stroke-opacity=".14" stroke-width="1"/>'
        '<path d="M13 32c4 7 14 12 30 13l8-1" fill="none" stroke="{c}" stroke-width="6" {r}/>'
        '<rect x="25" y="38" width="12" height="12" rx="2" fill="none" stroke="#b59a5b" '
        'stroke-width="2.6"/><path d="M31 44h8" stroke="#b59a5b" stroke-width="2" {r}/>'
    ),
    "blanket": (
        '{b}<path d="M10 26c0-3 2-5 5-5h34c3 0 5 2 5 5v6H10z"/>'
        '<path d="M10 32h44v8H10zM10 40h44v7c0 2-1.5 3.5-3.5 3.5h-37C11.5 50.5 10 49 10 47z"/>'
        '</g><path d="M10 31.5h44v2H10zM10 40h44v2H10z" fill="#000" fill-opacity=".2"/>'
        '<path d="M18 21v11M18 33v7M18 42v8M46 21v11M46 33v7M46 42v8" stroke="#fff" '
        'stroke-opacity=".4" stroke-width="2.2"/>'
        '<path d="M12 51v4M16 51v4M20 51v4M24 51v4M28 51v4M32 51v4M36 51v4M40 51v4M44 51v4M48 '
        '51v4M52 51v4" stroke="{c}" stroke-width="1.5" {r}/>'
    ),
    "blazer": (
        "{b}"
        '<path d="M26 9l-9 3.5c-1.8.8-2.8 2-3.3 4L9 42l6.5 1.8L19 30l-1.5 24 12-1L32 47l2.5 6 12 '
        '1L45 30l3.5 13.8L55 42l-4.7-25.5c-.5-2-1.5-3.2-3.3-4L38 9z"/></g>'
        '<path d="M26 9l6 24 6-24z" fill="#fff" fill-opacity=".5"/>'
        '<path d="M26 9l-5 8 4 1.5-2 3L32 35V33zM38 9l5 8-4 1.5 2 3L32 35V33z" fill="#000" '
        'fill-opacity=".18"/>'
        '<path d="M32 35v12M21 41h7M36 41h7M37 24h5" stroke="#000" stroke-opacity=".24" '
        'stroke-width="1.2" {r}/><circle cx="32" cy="38" r="1.3" fill="#000" fill-opacity=".45"/>'
    ),
    "blouse": (
        "{b}"
        '<path d="M26 10l-8 3.5c-1.8.8-2.8 2-3.4 4L8 38c0 3 6 5.5 9 4.5L20 32l-2 21c5 2 23 2 28 '
        '0l-2-21 3 10.5c3 1 9-1.5 9-4.5l-6.6-20.5c-.6-2-1.6-3.2-3.4-4L38 10l-6 7z"/></g>'
        '<path d="M26 9.5l6 8 6-8-2-1.5h-8z" fill="#000" fill-opacity=".16"/>'
        '<path d="M32 17c-4 0-6 3-4 5s4-1 4-5c0 4 2 7 4 5s0-5-4-5zM30.5 21l-3 9M33.5 21l3 9" '
        'fill="#000" fill-opacity=".12" stroke="#000" stroke-opacity=".24" stroke-width="1.1"/>'
        '<path d="M32 27v27M9 36l8.5 3M55 36l-8.5 3" stroke="#000" stroke-opacity=".16" '
        'stroke-width="1.2" {r}/>'
    ),
    "boots": (
        '{b}<path d="M20 10h17l-1 22c3 4 8 5.5 13 7 3.5 1 5 3 5 7v3H19z"/></g>'
        '<path d="M27 11h6.5l-2 20c-2 1.5-4.5 1-5.5-1z" fill="#000" fill-opacity=".24"/>'
        '<path d="M19 48h35v4.5H19z" fill="#000" fill-opacity=".55"/>'
        '<path d="M19 48h13v8H19z" fill="#000" fill-opacity=".45"/>'
        '<path d="M38 34c-2 3-5 4-9 4" stroke="#000" stroke-opacity=".2" stroke-width="1.2" '
        'fill="none"/><path d="M20 7.5v4" stroke="{c}" stroke-width="2.5" {r}/>'
        '<path d="M44 40c4 1 7 2.5 7.5 5" stroke="#fff" stroke-opacity=".3" stroke-width="1.6" '
        'fill="none" {r}/>'
    ),
    "breton": (
        '{b}<path d="M25 11l-8 3.5c-1.8.8-2.8 2-3.4 4L8.5 42l7 2L19 31l-.5 21h27L45 31l3.5 13 '
        '7-2-5.1-23.5c-.6-2-1.6-3.2-3.4-4L39 11c-2 2.5-4 3.5-7 3.5S27 13.5 25 11z" '
        'fill="#f4f1e8" stroke="#ddd8ca"/></g>'
        '<path d="M19 25h26M19 30h26M19 35h26M18.7 40h26.6M18.6 45h26.8M12.5 26l5.5 1.5M11.5 '
        '31l5.5 1.5M10.5 36l5.5 1.5M51.5 26L46 27.5M52.5 31L47 32.5M53.5 36L48 37.5" '
        'stroke="{c}" stroke-width="2.2"/>'
        '<path d="M24.5 11c1.5 5 4 7 7.5 7s6-2 7.5-7l-2-.8C36 13.5 34.5 15 32 '
        '15s-4-1.5-5.5-4.8z" fill="#000" fill-opacity=".14"/>'
    ),
    "cable": (
        '{b}<path d="M25 12l-8 3.5c-1.8.8-2.8 2-3.4 4L8.5 43l7 2L19 32l-.5 19h27L45 32l3.5 13 '
        '7-2-5.1-23.5c-.6-2-1.6-3.2-3.4-4L39 12c-2 2-4 3-7 3s-5-1-7-3z"/></g>'
        '<path d="M24.5 12c1.5 4.5 4 6.5 7.5 6.5s6-2 7.5-6.5l-2.2-1C36 13.5 34.5 15 32 '
        '15s-4-1.5-5.3-4z" fill="#000" fill-opacity=".16"/>'
        '<path d="M18.5 48.5h27v3h-27z" fill="#000" fill-opacity=".12"/>'
        '<path d="M8.5 41l7 2-.3 2-7-2zM55.5 41l-7 2 .3 2 7-2z" fill="#000" fill-opacity=".14"/>'
        '<path d="M24 22c3 3-3 5 0 8s-3 5 0 8-3 5 0 8M32 22c3 3-3 5 0 8s-3 5 0 8-3 5 0 8M40 22c3 '
        '3-3 5 0 8s-3 5 0 8-3 5 0 8" stroke="#000" stroke-opacity=".17" stroke-width="1.5" '
        'fill="none"/>'
        '<path d="M19 32l.3-7M45 32l-.3-7" stroke="#000" stroke-opacity=".2" stroke-width="1.2" '
        "{r}/>"
    ),
    "candle": (
        '<path d="M32 8c3 3.5 3.5 6 0 8.5-3.5-2.5-3-5 0-8.5z" fill="#f0a63c"/>'
        '<path d="M32 15v6" stroke="#000" stroke-opacity=".6" stroke-width="1.6"/>{b}'
        '<path d="M20 22h24v30c0 1.5-1 2.5-2.5 2.5h-19c-1.5 0-2.5-1-2.5-2.5z"/></g>'
        '<ellipse cx="32" cy="22" rx="12" ry="3" fill="#fff" fill-opacity=".4"/>'
        '<path d="M24 31h16v13H24z" fill="#fff" fill-opacity=".75"/>'
        '<path d="M27 35h10M27 39h7" stroke="#000" stroke-opacity=".4" stroke-width="1.4" {r}/>'
        '<path d="M38 25h6v29h-6z" fill="#000" fill-opacity=".09"/>'
    ),
    "cap": (
        '{b}<path d="M12 40c0-14 8-22 19-22s19 7 20 18c-8-2-20 0-27 5-4-2-8-2.5-12-1z"/></g>'
        '<path d="M24 41c8-6 19-7 27-5 4 1 7 4 7 7-10-3-24-3-34-2z" fill="#000" '
        'fill-opacity=".42"/>'
        '<path d="M24 41c8-6 19-7 27-5 4 1 7 4 7 7-10-3-24-3-34-2z" fill="{c}" '
        'fill-opacity=".5"/>'
        '<path d="M31 18c-7 4-9 13-8 22M31 18c7 3 10 9 10 17" stroke="#000" stroke-opacity=".17" '
        'stroke-width="1.2" fill="none"/>'
        '<circle cx="31" cy="17.5" r="2" fill="#000" fill-opacity=".3"/>'
    ),
    "cardigan": (
        '{b}<path d="M26 11l-9 4c-1.8.8-2.8 2-3.4 4L8.5 43l7 2L19 32l-.5 19h27L45 32l3.5 13 '
        '7-2-5.1-24c-.6-2-1.6-3.2-3.4-4l-9-4-6 14z"/></g>'
        '<path d="M26 10.5L32 27l6-16.5z" fill="#fff" fill-opacity=".55"/>'
        '<path d="M25 11l7 17v23M39 11l-7 17" stroke="#000" stroke-opacity=".22" '
        'stroke-width="2" fill="none"/>'
        '<path d="M18.5 48.5h27v3h-27zM8.5 41l7 2-.3 2-7-2zM55.5 41l-7 2 .3 2 7-2z" fill="#000" '
        'fill-opacity=".13"/>'
        '<path d="M21 40h7v6h-7zM36 40h7v6h-7z" fill="#000" fill-opacity=".1"/>'
        '<g fill="#000" fill-opacity=".4"><circle cx="30" cy="33" r="1.1"/>'
        '<circle cx="30" cy="39" r="1.1"/><circle cx="30" cy="45" r="1.1"/></g>'
    ),
    "chinos": (
        '{b}<path d="M21 8h22l1.5 12L47 56h-9.5L32 27l-5.5 29H17l2.5-36z"/></g>'
        '<path d="M21 8h22l.5 4h-23z" fill="#000" fill-opacity=".16"/>'
        '<path d="M32 12v15M22.5 12c0 4-1 6-3 7.5M41.5 12c0 4 1 6 3 7.5M24 24l-2.5 31M40 24l2.5 '
        '31" stroke="#000" stroke-opacity=".16" stroke-width="1.1" fill="none" {r}/>'
        '<path d="M17 53h10l-.5 3H17zM37 53h10v3h-9.5z" fill="#000" fill-opacity=".12"/>'
    ),
    "coat": (
        '{b}<path d="M25 9 18 12c-2 .8-3.2 2-3.7 4L10 39l6 1.5L19 28l-1.5 28h29L45 28l3 12.5 '
        '6-1.5-4.3-23c-.5-2-1.7-3.2-3.7-4l-7-3-7 4z"/></g>'
        '<path d="M25 8l7 18 7-18-3-1.5H28z" fill="#fff" fill-opacity=".22"/>'
        '<path d="M25 8l-4.5 6.5 3.5 2-1.5 3L32 31V27zM39 8l4.5 6.5-3.5 2 1.5 3L32 31V27z" '
        'fill="#000" fill-opacity=".16"/>'
        '<path d="M32 30v26M21.5 40h6M36.5 40h6M19 28l-.5 6M45 28l.5 6" stroke="#000" '
        'stroke-opacity=".22" stroke-width="1.2" fill="none" {r}/>'
        '<g fill="#000" fill-opacity=".45"><circle cx="29" cy="35" r="1.2"/>'
        '<circle cx="35" cy="35" r="1.2"/><circle cx="29" cy="43" r="1.2"/>'
        '<circle cx="35" cy="43" r="1.2"/></g>'
    ),
    "coffee": (
        '{b}<path d="M19 13h26l1 7 2 32c0 2-1 3-3 3H19c-2 0-3-1-3-3l2-32z"/></g>'
        '<path d="M19 12h26v6H19z" fill="#000" fill-opacity=".26"/>'
        '<path d="M22 27h20v18H22z" fill="#f4efe4"/>'
        '<path d="M32 30c-5 1-6 8-3 11 5-1 7-8 3-11z" fill="{c}"/>'
        '<path d="M31.5 30.5c-3 4 1 6-2.5 10.5" stroke="#f4efe4" stroke-width="1" fill="none"/>'
        '<path d="M40 20l1 35h4c2 0 3-1 3-3l-2-32z" fill="#000" fill-opacity=".1"/>'
    ),
    "cord": (
        '{b}<path d="M21 8h22l1.5 12L47 56h-9.5L32 27l-5.5 29H17l2.5-36z"/></g>'
        '<path d="M21 8h22l.5 4h-23z" fill="#000" fill-opacity=".16"/>'
        '<path d="M22.5 24l-2 29M25.5 24l-3 29M38.5 24l3 29M41.5 24l2 29M32 12v15M22.5 12c0 4-1 '
        '6-3 7.5M41.5 12c0 4 1 6 3 7.5M24 24l-2.5 31M40 24l2.5 31" stroke="#000" '
        'stroke-opacity=".16" stroke-width="1.1" fill="none" {r}/>'
        '<path d="M17 53h10l-.5 3H17zM37 53h10v3h-9.5z" fill="#000" fill-opacity=".12"/>'
    ),
    "cushion": (
        '{b}<path d="M10 13c14 4 30 4 44 0-4 13-4 25 0 38-14-4-30-4-44 0 4-13 4-25 0-38z"/></g>'
        '<path d="M17 20c10 2.5 20 2.5 30 0M17 44c10-2.5 20-2.5 30 0" stroke="#000" '
        'stroke-opacity=".16" stroke-width="1.3" fill="none" {r}/>'
        '<path d="M54 13c-4 13-4 25 0 38-2-.7-5-1.3-7-1.7 1.5-11 1.5-23.6 0-34.6 2-.4 5-1 '
        '7-1.7z" fill="#000" fill-opacity=".12"/>'
        '<path d="M26 28l6-5 6 5v8l-6 5-6-5z" fill="none" stroke="#fff" stroke-opacity=".55" '
        'stroke-width="1.6"/>'
    ),
    "dress": (
        '{b}<path d="M25 8l-6 4 3 12 2 5L15 56h34L40 29l2-5 3-12-6-4c-1 4-3.5 6-7 6s-6-2-7-6z"/>'
        '</g><path d="M24 28h16v3H24z" fill="#000" fill-opacity=".2"/>'
        '<path d="M27 31l-5 25M32 31v25M37 31l5 25" stroke="#000" stroke-opacity=".13" '
        'stroke-width="1.2"/>'
    ),
    "flannel": (
        "{b}"
        '<path d="M26 10l-9 4c-1.8.8-2.8 2-3.3 4L9 40l6.5 1.8L19 30l-.5 24c4 1.5 23 1.5 27 0L45 '
        '30l3.5 11.8L55 40l-4.7-22c-.5-2-1.5-3.2-3.3-4l-9-4-6 4z"/></g>'
        '<path d="M26 9l6 6-5.5 5.5L22.5 12zM38 9l-6 6 5.5 5.5L41.5 12z" fill="#000" '
        'fill-opacity=".1"/>'
        '<path d="M26 9l6 5.5L38 9l-2-1.5h-8z" fill="#000" fill-opacity=".16"/>'
        '<path d="M23 17v37M41 17v37M27.5 20v34M36.5 20v34" stroke="#fff" stroke-opacity=".28" '
        'stroke-width="1.6"/>'
        '<path d="M18.6 27h26.8M18.6 36h26.8M18.6 45h26.8" stroke="#000" stroke-opacity=".2" '
        'stroke-width="2.2"/>'
        '<path d="M32 15v40M36 27h6v6.5l-3 1.5-3-1.5z" stroke="#000" stroke-opacity=".18" '
        'stroke-width="1.1" fill="none"/><g fill="#000" fill-opacity=".32">'
        '<circle cx="32" cy="24" r="1"/><circle cx="32" cy="32" r="1"/>'
        '<circle cx="32" cy="40" r="1"/><circle cx="32" cy="48" r="1"/></g>'
        '<path d="M19 30l.2-6M45 30l-.2-6" stroke="#000" stroke-opacity=".16" stroke-width="1.2" '
        "{r}/>"
    ),
    "gloves": (
        '{b}<path d="M14 52V32l-6-8c-1.5-2.5 2-5 4-2.5l5 6V15c0-3.5 4-3.5 4.2 0v10-13c.3-3.5 '
        '4.3-3.5 4.3 0v13-10c.3-3.5 4-3.5 4 0V35c0 5-2 7-2 10v7z"/>'
        '<path d="M36 54V40l-4-6c-1.5-2.5 1.5-4.5 3.5-2.5l3.5 4V23c.2-3.5 4-3.5 4 0v10-13c.3-3.5 '
        '4.3-3.5 4.3 0v13-10c.3-3.5 4.2-3.5 4.2 0v19c0 4-2 6-2 9v3z" fill-opacity=".82" '
        'stroke-opacity=".5"/></g>'
        '<path d="M13 46h15v6H13zM35 49h15.5v5H35z" fill="#000" fill-opacity=".22"/>'
        '<path d="M21.2 25v9M25.5 25v9M43 33v7M47.3 33v7" stroke="#000" stroke-opacity=".18" '
        'stroke-width="1.1"/>'
    ),
    "jacket": (
        "{b}"
        '<path d="M25 10l-8 3c-1.8.8-2.8 2-3.3 4L9.5 42l6.5 1.6L19 31l-.6 20h27.2L45 31l3 12.6 '
        '6.5-1.6L50.3 17c-.5-2-1.5-3.2-3.3-4l-8-3-7 3z"/></g>'
        '<path d="M25 9l7 5 7-5 3 6-10 5-10-5z" fill="#000" fill-opacity=".18"/>'
        '<path d="M32 20v31" stroke="#000" stroke-opacity=".26" stroke-width="1.3"/>'
        '<path d="M21.5 24h7v6.5h-7zM35.5 24h7v6.5h-7zM21 38h8v8h-8zM35 38h8v8h-8z" fill="#000" '
        'fill-opacity=".12"/>'
        '<path d="M21.5 24h7v2h-7zM35.5 24h7v2h-7zM21 38h8v2.5h-8zM35 38h8v2.5h-8z" fill="#000" '
        'fill-opacity=".16"/>'
    ),
    "jeans": (
        '{b}<path d="M21 8h22l1.5 13L46.5 56h-9L32 28l-5.5 28h-9l2-35z"/></g>'
        '<path d="M21 8h22l.5 4.5h-23z" fill="#000" fill-opacity=".2"/>'
        '<path d="M32 12.5V28M21 20c3.5 0 5.5-2.5 6-7.5M43 20c-3.5 0-5.5-2.5-6-7.5" '
        'stroke="#e0b070" stroke-opacity=".9" stroke-width="1" fill="none" {r}/>'
        '<path d="M23 24l-2 30M41 24l2 30" stroke="#fff" stroke-opacity=".28" stroke-width="1.6" '
        "{r}/>"
        '<path d="M17.5 52.5h9.5l-.5 3.5h-9zM37 52.5h9.5V56h-9z" fill="#fff" fill-opacity=".25"/>'
        '<circle cx="32" cy="10.3" r="1.1" fill="#e0b070"/>'
    ),
    "knit": (
        '{b}<path d="M25 12l-8 3.5c-1.8.8-2.8 2-3.4 4L8.5 43l7 2L19 32l-.5 19h27L45 32l3.5 13 '
        '7-2-5.1-23.5c-.6-2-1.6-3.2-3.4-4L39 12c-2 2-4 3-7 3s-5-1-7-3z"/></g>'
        '<path d="M24.5 12c1.5 4.5 4 6.5 7.5 6.5s6-2 7.5-6.5l-2.2-1C36 13.5 34.5 15 32 '
        '15s-4-1.5-5.3-4z" fill="#000" fill-opacity=".16"/>'
        '<path d="M18.5 48.5h27v3h-27z" fill="#000" fill-opacity=".12"/>'
        '<path d="M8.5 41l7 2-.3 2-7-2zM55.5 41l-7 2 .3 2 7-2z" fill="#000" fill-opacity=".14"/>'
        '<path d="M25 23v23M28.5 22v24M32 22v24M35.5 22v24M39 23v23" stroke="#000" '
        'stroke-opacity=".07" stroke-width="1.2"/>'
        '<path d="M19 32l.3-7M45 32l-.3-7" stroke="#000" stroke-opacity=".2" stroke-width="1.2" '
        "{r}/>"
    ),
    "lamp": (
        '<path d="M32 24v26" stroke="#b8935a" stroke-width="2.6"/>{b}'
        '<path d="M24 9h16l7 19H17z"/></g>'
        '<path d="M35 9h5l7 19H37z" fill="#000" fill-opacity=".1"/>'
        '<path d="M17 28h30" stroke="#fff" stroke-opacity=".6" stroke-width="2"/>'
        '<path d="M20 53c0-4 5-5 12-5s12 1 12 5z" fill="#b8935a"/>'
        '<path d="M40 28v8" stroke="#b8935a" stroke-width="1.2"/>'
        '<circle cx="40" cy="37" r="1.3" fill="#b8935a"/>'
    ),
    "loafer": (
        '{b}<path d="M9 28c2 2 8 3 12 2l10 3c5 5 11 6 17 7.5 5 1.3 7.5 3 7.5 6.5H9z"/></g>'
        '<path d="M8 46h49v3c0 1-.5 1.5-1.5 1.5H26V49h-5v3.5H8.5z" fill="#000" '
        'fill-opacity=".6"/>'
        '<path d="M21 30c1 5 5 8 11 8l4 .5-4.5-5.3z" fill="#000" fill-opacity=".3"/>'
        '<path d="M29 34c-1 5 2 7.5 5.5 8l4-6" fill="none" stroke="#000" stroke-opacity=".28" '
        'stroke-width="1.8" {r}/>'
        '<path d="M42 41c4 .8 8 2 10.5 4" stroke="#fff" stroke-opacity=".35" stroke-width="1.6" '
        'fill="none" {r}/>'
    ),
    "mug": (
        '<path d="M44 25c10-2 10 15-1 13" fill="none" stroke="{c}" stroke-width="3.5"/>{b}'
        '<path d="M15 18h30l-1.5 30c-.2 2-1.5 3-3.5 3H20c-2 0-3.3-1-3.5-3z" fill="#fbfaf6" '
        'stroke="#d5d3ca"/></g><path d="M14 17.5h32" stroke="{c}" stroke-width="3.5" {r}/>'
        '<path d="M37 20h7l-1.5 28c-.3 1.5-1 2-2.5 2.2h-4.5z" fill="#000" fill-opacity=".07"/>'
        '<path d="M21 27h14M21 31h9" stroke="{c}" stroke-opacity=".7" stroke-width="1.6" {r}/>'
    ),
    "parka": (
        '{b}<path d="M25 13l-8 3c-1.7.7-2.7 2-3.1 4L10 40l6 1.5L19 31l-1 24h28l-1-24 3 10.5 '
        '6-1.5-3.9-20c-.4-2-1.4-3.3-3.1-4l-8-3z"/>'
        '<path d="M23 15c0-6 4-9 9-9s9 3 9 9c-2 3-5 5-9 5s-7-2-9-5z"/></g>'
        '<path d="M26.5 14.5c0-3.5 2.3-5.5 5.5-5.5s5.5 2 5.5 5.5c-1.5 2-3.3 3-5.5 3s-4-1-5.5-3z" '
        'fill="#000" fill-opacity=".3"/>'
        '<path d="M32 20v35" stroke="#000" stroke-opacity=".3" stroke-width="1.4"/>'
        '<path d="M19 35h26" stroke="#000" stroke-opacity=".14" stroke-width="1.2" '
        'stroke-dasharray="2 1.6"/>'
        '<path d="M21 40h8v8h-8zM35 40h8v8h-8z" fill="#000" fill-opacity=".13"/>'
        '<path d="M21 40h8v2.6h-8zM35 40h8v2.6h-8z" fill="#000" fill-opacity=".16"/>'
        '<path d="M29 20l-1 6M35 20l1 6" stroke="#fff" stroke-opacity=".7" stroke-width="1.1" '
        "{r}/>"
    ),
    "raincoat": (
        '{b}<path d="M25 13l-8 3c-1.7.7-2.7 2-3.1 4L10 40l6 1.5L19 31l-1 24h28l-1-24 3 10.5 '
        '6-1.5-3.9-20c-.4-2-1.4-3.3-3.1-4l-8-3z"/>'
        '<path d="M23 15c0-6 4-9 9-9s9 3 9 9c-2 3-5 5-9 5s-7-2-9-5z"/></g>'
        '<path d="M26.5 14.5c0-3.5 2.3-5.5 5.5-5.5s5.5 2 5.5 5.5c-1.5 2-3.3 3-5.5 3s-4-1-5.5-3z" '
        'fill="#000" fill-opacity=".3"/>'
        '<path d="M32 20v35" stroke="#000" stroke-opacity=".3" stroke-width="1.4"/>'
        '<g fill="#000" fill-opacity=".4"><circle cx="34.5" cy="26" r="1.2"/>'
        '<circle cx="34.5" cy="34" r="1.2"/><circle cx="34.5" cy="50" r="1.2"/></g>'
        '<path d="M21 40h8v8h-8zM35 40h8v8h-8z" fill="#000" fill-opacity=".13"/>'
        '<path d="M21 40h8v2.6h-8zM35 40h8v2.6h-8z" fill="#000" fill-opacity=".16"/>'
        '<path d="M29 20l-1 6M35 20l1 6" stroke="#fff" stroke-opacity=".7" stroke-width="1.1" '
        "{r}/>"
    ),
    "rollneck": (
        '{b}<path d="M25 13l-8 3c-1.8.8-2.8 2-3.4 4L8.5 43l7 2L19 32l-.5 19h27L45 32l3.5 13 '
        '7-2-5.1-23c-.6-2-1.6-3.2-3.4-4l-8-3z"/><path d="M25 8h14l.8 7c-4 2.5-11.6 2.5-15.6 0z"/>'
        '</g><path d="M25 8h14l.3 3c-4 1.3-10.6 1.3-14.6 0z" fill="#000" fill-opacity=".2"/>'
        '<path d="M24.3 14.5c4.5 3 10.9 3 15.4 0" stroke="#000" stroke-opacity=".22" '
        'stroke-width="1.3" fill="none"/>'
        '<path d="M18.5 48h27v3h-27zM8.5 41l7 2-.3 2-7-2zM55.5 41l-7 2 .3 2 7-2z" fill="#000" '
        'fill-opacity=".13"/>'
        '<path d="M19 32l.3-7M45 32l-.3-7" stroke="#000" stroke-opacity=".2" stroke-width="1.2" '
        "{r}/>"
    ),
    "rucksack": (
        '<path d="M26 14c0-8 12-8 12 0" fill="none" stroke="#000" stroke-opacity=".5" '
        'stroke-width="2.5"/>{b}'
        '<path d="M17 24c0-8 6-12 15-12s15 4 15 12v28c0 2-1 3-3 3H20c-2 0-3-1-3-3z"/></g>'
        '<path d="M17 26c8 4 22 4 30 0v5c-8 4-22 4-30 0z" fill="#000" fill-opacity=".2"/>'
        '<path d="M22 36h20v13H22z" fill="#000" fill-opacity=".14"/>'
        '<path d="M22 36h20v3.5H22z" fill="#000" fill-opacity=".14"/>'
        '<path d="M25 27v8M39 27v8" stroke="#c9a56b" stroke-width="2.2" {r}/>'
        '<path d="M13 34v14M51 34v14" stroke="{c}" stroke-width="4" {r}/>'
    ),
    "scarf": (
        '{b}<path d="M18 14c3-5 25-5 28 0 2 4-1 9-5 11l1 27H31l-1-25c-6-1-14-6-12-13z"/>'
        '<path d="M23 26l6 2-2 22-10-1z"/></g>'
        '<path d="M22 14c4 5 16 5 20 0-3-3-17-3-20 0z" fill="#000" fill-opacity=".28"/>'
        '<path d="M30 27c5 .5 8-.5 11-2M19 20c5 6 15 7 23 4" stroke="#000" stroke-opacity=".2" '
        'stroke-width="1.2" fill="none"/>'
        '<path d="M31 44h11M31 47.5h11M17.3 43.5l10 1M17 47l10 1" stroke="#fff" '
        'stroke-opacity=".5" stroke-width="1.4"/>'
        '<path d="M32 53v4M34.5 53v4M37 53v4M39.5 53v4M41.5 53v4M17.5 50v4M20 50.3v4M22.5 '
        '50.5v4M25 50.8v4" stroke="{c}" stroke-width="1.3" {r}/>'
    ),
    "shirt": (
        "{b}"
        '<path d="M26 10l-9 4c-1.8.8-2.8 2-3.3 4L9 40l6.5 1.8L19 30l-.5 24c4 1.5 23 1.5 27 0L45 '
        '30l3.5 11.8L55 40l-4.7-22c-.5-2-1.5-3.2-3.3-4l-9-4-6 4z"/></g>'
        '<path d="M26 9l6 6-5.5 5.5L22.5 12zM38 9l-6 6 5.5 5.5L41.5 12z" fill="#000" '
        'fill-opacity=".1"/>'
        '<path d="M26 9l6 5.5L38 9l-2-1.5h-8z" fill="#000" fill-opacity=".16"/>'
        '<path d="M32 15v40M36 27h6v6.5l-3 1.5-3-1.5z" stroke="#000" stroke-opacity=".18" '
        'stroke-width="1.1" fill="none"/><g fill="#000" fill-opacity=".32">'
        '<circle cx="32" cy="24" r="1"/><circle cx="32" cy="32" r="1"/>'
        '<circle cx="32" cy="40" r="1"/><circle cx="32" cy="48" r="1"/></g>'
        '<path d="M19 30l.2-6M45 30l-.2-6" stroke="#000" stroke-opacity=".16" stroke-width="1.2" '
        "{r}/>"
    ),
    "skirt": (
        '{b}<path d="M22 10h20l1 6 9 36c-11 5-29 5-40 0l9-36z"/></g>'
        '<path d="M22 10h20l.8 5H21.2z" fill="#000" fill-opacity=".2"/>'
        '<path d="M26 16l-6 37M32 16v39M38 16l6 37" stroke="#000" stroke-opacity=".15" '
        'stroke-width="1.4"/>'
        '<path d="M29 16l-2 38.5h5V16zM43 17l8 35-5 1.8L41 17z" fill="#000" fill-opacity=".07"/>'
    ),
    "sneaker": (
        '{b}<path d="M9 29c3 2 7 2 10-1l3-3 16 11c4 2.5 9 3 13 4 3.5 1 4.5 3 4.5 6H9z"/></g>'
        '<path d="M8 45h49v3.5c0 1.5-1 2.5-2.5 2.5H10.5C9 51 8 50 8 48.5z" fill="#f8f7f3" '
        'stroke="#cfccc2" stroke-width="1"/>'
        '<path d="M26.5 27l-4 5M30.5 30l-4 5M34.5 33l-4 5" stroke="#fff" stroke-opacity=".9" '
        'stroke-width="2" {r}/>'
        '<path d="M44 38.5c-2.5 1-4 3.3-4 6.5" stroke="#000" stroke-opacity=".22" '
        'stroke-width="1.3" fill="none"/>'
        '<path d="M9.5 31v14h4V31c-1.3.5-2.6.4-4 0z" fill="#000" fill-opacity=".16"/>'
    ),
    "socks": (
        '{b}<path d="M34 9h13v25c0 3-1 5-3 7L32 53c-3 3-8 3-10.5 0s-2-7 1-10L34 32z" '
        'fill-opacity=".75" stroke-opacity=".4"/>'
        '<path d="M24 9h13v25c0 3-1 5-3 7L22 53c-3 3-8 3-10.5 0s-2-7 1-10L24 32z"/></g>'
        '<path d="M24 9h13v5H24z" fill="#000" fill-opacity=".16"/>'
        '<path d="M24 17h13M24 19.5h13" stroke="#fff" stroke-opacity=".55" stroke-width="1.3"/>'
        '<path d="M12 45c2 1 6 5 7 9M37 30c-4 0-7 2-8 6" stroke="#000" stroke-opacity=".18" '
        'stroke-width="1.3" fill="none"/>'
    ),
    "teapot": (
        '<path d="M20 26c0-13 24-13 24 0" fill="none" stroke="#a8793f" stroke-width="2.6"/>{b}'
        '<path d="M16 32c0-5 6-8 15-8s15 3 15 8c0 12-4 20-15 20S16 44 16 32z"/>'
        '<path d="M45 34l8-6c2-1 4 0 3.5 2L52 42c-2 3-5 4-8 4z"/></g>'
        '<ellipse cx="31" cy="27" rx="10" ry="2.5" fill="#000" fill-opacity=".22"/>'
        '<circle cx="31" cy="22.5" r="2.3" fill="{c}"/>'
        '<path d="M20 34c0 7 2 12 5 15" stroke="#fff" stroke-opacity=".4" stroke-width="2" '
        'fill="none" {r}/>'
        '<path d="M18 49h26" stroke="#000" stroke-opacity=".12" stroke-width="2"/>'
    ),
    "tee": (
        "{b}"
        '<path d="M25 11l-9 4-8.5 11 7 5 4-4L18 53h28l-.5-26 4 4 7-5L48 15l-9-4c-2 2.5-4 3.5-7 '
        '3.5S27 13.5 25 11z"/></g>'
        '<path d="M24.5 11c1.5 5 4 7 7.5 7s6-2 7.5-7l-2-.8C36 13.5 34.5 15 32 '
        '15s-4-1.5-5.5-4.8z" fill="#000" fill-opacity=".14"/>'
        '<path d="M18.3 27l.5-6M45.7 27l-.5-6M18 50.5h28" stroke="#000" stroke-opacity=".15" '
        'stroke-width="1.2" fill="none" {r}/>'
    ),
    "tote": (
        '<path d="M22 26V18c0-6 4-9 10-9s10 3 10 9v8" fill="none" stroke="{c}" stroke-width="3"/>'
        '<path d="M14 22h36l3 33H11z" fill="{c}" stroke="{c}" stroke-width="2" '
        'stroke-linejoin="round"/><path d="M14 22h36l.4 4H13.6z" fill="#000" fill-opacity=".1"/>'
        '<path d="M20.5 22h3v7h-3zM40.5 22h3v7h-3z" fill="#000" fill-opacity=".2"/>'
        '<path d="M27 40c2-3 8-3 10 0M27 44c2-3 8-3 10 0" stroke="#000" stroke-opacity=".34" '
        'stroke-width="1.6" fill="none" {r}/>'
    ),
    "towel": (
        '<path d="M10 12h44" stroke="#a8793f" stroke-width="3.5" {r}/>{b}'
        '<path d="M17 12h30v41H17z"/></g>'
        '<path d="M17 12h30v3H17z" fill="#000" fill-opacity=".2"/>'
        '<path d="M17 41h30v2H17zM17 45.5h30v2H17z" fill="#fff" fill-opacity=".6"/>'
        '<path d="M40 15h7v38h-7z" fill="#000" fill-opacity=".09"/>'
        '<path d="M18 54v3M22 54v3M26 54v3M30 54v3M34 54v3M38 54v3M42 54v3M46 54v3" stroke="{c}" '
        'stroke-width="1.5" {r}/>'
    ),
    "umbrella": (
        '{b}<path d="M8 34C9 20 19 11 32 11s23 9 24 23c-3-3-9-3-12 0-3-3-9-3-12 0-3-3-9-3-12 '
        '0-3-3-9-3-12 0z"/></g>'
        '<path d="M32 11c-7 4-11 12-12 23 3-3 9-3 12 0 3-3 9-3 12 0-1-11-5-19-12-23z" '
        'fill="#000" fill-opacity=".15"/>'
        '<path d="M32 7v4M32 33v17c0 5-7 5-7 0" fill="none" stroke="#7a5636" stroke-width="2.6" '
        "{r}/>"
    ),
    "vest": (
        '{b}<path d="M25 10l-7 4c1.5 6 1 11-1 15l.5 24h29l.5-24c-2-4-2.5-9-1-15l-7-4-7 3z"/></g>'
        '<path d="M25 9.5l7 4 7-4 1.5 5-8.5 3.5-8.5-3.5z" fill="#000" fill-opacity=".2"/>'
        '<path d="M17.5 26h29M17 33h30M17.5 40h29M17.5 47h29" stroke="#000" stroke-opacity=".13" '
        'stroke-width="1.3"/>'
        '<path d="M32 17v36" stroke="#000" stroke-opacity=".32" stroke-width="1.4"/>'
        '<path d="M21 43.5l5-2M43 43.5l-5-2" stroke="#000" stroke-opacity=".3" '
        'stroke-width="1.4" {r}/>'
    ),
    "wallet": (
        '{b}<path d="M11 20h42c1.5 0 2.5 1 2.5 2.5v25c0 1.5-1 2.5-2.5 2.5H11c-1.5 '
        '0-2.5-1-2.5-2.5v-25C8.5 21 9.5 20 11 20z"/></g><path d="M14 20l4-6h28l4 6z" fill="{c}"/>'
        '<path d="M14 20l4-6h28l4 6z" fill="#fff" fill-opacity=".3"/>'
        '<path d="M8.5 27h47" stroke="#000" stroke-opacity=".18" stroke-width="1.2"/>'
        '<path d="M42 31h14.5v10H42c-3 0-5-2-5-5s2-5 5-5z" fill="#000" fill-opacity=".2"/>'
        '<circle cx="43" cy="36" r="2" fill="#c9a56b"/>'
        '<path d="M12 23.5h40M12 47h40" stroke="#fff" stroke-opacity=".35" stroke-width="1" '
        'stroke-dasharray="2 1.6"/>'
    ),
}
