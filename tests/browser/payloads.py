"""More than a hundred texts that do something where they are taken for more than text.

Each calls ``__hit`` or asks for ``/xss-canary`` of our own host, or comes out as ``__evald`` where
a template is made of it. Many are short, because many fields are. Kinds: tags, broken out of
attributes, event handlers, addresses that run, SVG and MathML, attributes of htmx and Alpine,
templates, entities, script and comment breakouts, CSS, mutations, marks of Unicode, header lines,
cells that a spreadsheet runs, formats of Python, very long ones.
"""

from __future__ import annotations

import re
from itertools import count

MARK = re.compile(r"__hit|xss-canary")
RUN = "__evald"

TAGS = (
    "<script>__hit()</script>",
    "<script src=/xss-canary/1></script>",
    "<ScRiPt>__hit()</sCrIpT >",
    "<script\n>__hit()</script\n>",
    "<scr<script>ipt>__hit()</scr</script>ipt>",
    "<img src=/xss-canary/2>",
    "<img src=x onerror=__hit()>",
    "<IMG/SRC=x/ONERROR=__hit()>",
    '<img src="x" onerror="__hit()"',
    "<iframe src=/xss-canary/3>",
    "<iframe srcdoc='<script>parent.__hit()</script>'>",
    "<object data=/xss-canary/4>",
    "<embed src=/xss-canary/5>",
    "<link rel=stylesheet href=/xss-canary/6>",
    "<link rel=prefetch href=/xss-canary/7>",
    "<base href=/xss-canary/>",
    "<meta http-equiv=refresh content='0;url=/xss-canary/8'>",
    "<form action=/xss-canary/9><input name=q autofocus>",
    "<audio src=/xss-canary/10 autoplay>",
    "<video poster=/xss-canary/11>",
    "<b __hit>bold</b>",
    "<x__hit>",
    "<plaintext id=__hit>",
    "<textarea id=__hit>",
    "<table><td background=/xss-canary/12>",
)
OUT_OF_ATTRIBUTES = (
    '" onfocus=__hit() autofocus x="',
    "' onfocus=__hit() autofocus x='",
    '"><script>__hit()</script>',
    "'><img src=/xss-canary/13>",
    "` onmouseover=__hit()",
    '"onpointerenter="__hit()',
    "x onerror=__hit()",
    '" style=background:url(/xss-canary/14) a="',
    "/><svg onload=__hit()>",
    '" accesskey=x onclick=__hit() b="',
)
HANDLERS = (
    "<body onload=__hit()>",
    "<svg onload=__hit()>",
    "<details open ontoggle=__hit()>",
    "<input autofocus onfocus=__hit()>",
    "<marquee onstart=__hit()>",
    "<select autofocus onfocus=__hit()>",
    "<p onanimationstart=__hit() class=spin>",
    "<video><source onerror=__hit()></video>",
)
ADDRESSES = (
    "javascript:__hit()",
    "JaVaScRiPt:__hit()",
    "java\tscript:__hit()",
    "\x01javascript:__hit()",
    "javascript://%0a__hit()",
    "data:text/html,<script>__hit()</script>",
    "vbscript:__hit()",
    "//localhost/xss-canary/15",
    "<a href=javascript:__hit()>x</a>",
    "<a href='&#106;avascript:__hit()'>x</a>",
    "<button formaction=javascript:__hit()>x",
)
SVG = (
    "<svg><script>__hit()</script></svg>",
    "<svg><a xlink:href=javascript:__hit()><text>x",
    "<svg><use href=/xss-canary/16#x>",
    "<svg><image href=/xss-canary/17>",
    "<svg><animate onbegin=__hit() attributeName=x dur=1s>",
    "<math><mtext><img src=/xss-canary/18>",
    "<svg><set attributeName=href to=javascript:__hit()>",
)
OUR_SCRIPTS = (
    "<i hx-get=/xss-canary/19 hx-trigger=load>",
    "<i data-hx-get=/xss-canary/20 data-hx-trigger=load>",
    "<i hx-on::load=__hit()>",
    '" hx-get=/xss-canary/21 hx-trigger=load x="',
    "<i hx-vals='js:{a:__hit()}' hx-get=/ hx-trigger=load>",
    "<i x-data x-init=__hit()>",
    "<i x-data x-html=\"'<img src=/xss-canary/22>'\">",
    '" x-data x-init=__hit() y="',
    "<i id=toasts hx-swap-oob=true>__hit</i>",
    "<i data-dialog=__hit data-copy=__hit data-key=a>",
)
TEMPLATES = (
    '{{ "__ev"|add:"ald" }}__hit',
    '{% firstof "__EVALD"|lower %}__hit',
    "{{ settings.SECRET_KEY }}__hit",
    "{% include 'admin/base.html' %}__hit",
    "{% load i18n %}{% language 'de' %}__hit",
    "${__hit()}",
    "#{__hit()}",
    "%(name)s %s %d %__hit",
    "{0.__class__} {name} {__hit",
    "{{constructor.constructor('__hit()')()}}",
)
ENTITIES = (
    "&lt;img src=x onerror=__hit()&gt;",
    "&#60;script&#62;__hit()&#60;/script&#62;",
    "&amp;lt;script&amp;gt;__hit()",
    "&quot;&gt;&lt;b __hit&gt;",
    "\\u003cscript\\u003e__hit()",
    "%3Cscript%3E__hit()%3C/script%3E",
)
BREAKOUTS = (
    "</script><script>__hit()</script>",
    "<!--<script>__hit()",
    '";__hit();//',
    "';__hit();//",
    "\\';__hit();//",
    '"}}]}</script><b __hit>',
    "</title><b __hit>",
    "</textarea><b __hit>",
    "</style><b __hit>",
    "--><b __hit>",
    "]]><b __hit>",
    "</template></svg><b __hit>",
)
CSS = (
    "<style>@import'/xss-canary/23';</style>",
    "<p style=background:url(/xss-canary/24)>",
    "}*{background:url(/xss-canary/25)}",
)
MUTATIONS = (
    "<noscript><p title='</noscript><img src=/xss-canary/26>'>",
    "<svg></p><style><a id='</style><img src=/xss-canary/27>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=/xss-canary/28>",
    "<template shadowrootmode=open><b __hit>",
)
UNICODE = (
    "\u202e<b __hit>\u202c",
    "\u2066\u200b\u200d__hit\u2069\ufeff",
    "\uff1cscript\uff1e__hit()\uff1c/script\uff1e",
    "<\u017fcript>__hit()</\u017fcript>",
    "\u2028__hit()\u2029",
    "Z\u0351\u036b\u0343a\u0347lgo\u0321 __hit \U0001f469\u200d\U0001f469\u200d\U0001f467",
)
HEADERS = (
    "x\r\nBcc: __hit@example.com",
    "x\nSubject: __hit\n\n<b __hit>",
    "x%0d%0aSet-Cookie:%20a=__hit",
)
CELLS = (
    '=HYPERLINK("/xss-canary/29")',
    "+cmd|' /C __hit'!A1",
    "@SUM(1)*__hit",
    "x;=cmd|'/C __hit'!A1",
    "\ufeff=__hit()",
)
LONG = (
    "<b __hit>" + "A" * 10_000,
    "<" * 5_000 + "b __hit>" + "\"'" * 2_000,
)

PAYLOADS: tuple[str, ...] = (
    *TAGS,
    *OUT_OF_ATTRIBUTES,
    *HANDLERS,
    *ADDRESSES,
    *SVG,
    *OUR_SCRIPTS,
    *TEMPLATES,
    *ENTITIES,
    *BREAKOUTS,
    *CSS,
    *MUTATIONS,
    *UNICODE,
    *HEADERS,
    *CELLS,
    *LONG,
)


class Turns:
    """Payloads one after the other; each field takes the next that it has room for."""

    def __init__(self, start: int = 0) -> None:
        self._at = count(start * 37)

    def next(self, room: int | None = None) -> str:
        """The next payload of at most so many characters, or the shortest cut to it."""
        for _each in PAYLOADS:
            text = PAYLOADS[next(self._at) % len(PAYLOADS)]
            if room is None or len(text) <= room:
                return text
        return "<b __hit>"[: room or 0]
