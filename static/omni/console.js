// What makes the pages smooth. Every page works without it: links lead, forms post, GET shows all.
// No eval, nothing inline: behaviour hangs on data attributes, which the pages declare.
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (node) => node && node.matches("input, textarea, select, [contenteditable]");
  const cookie = (name) =>
    document.cookie.split("; ").find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
  const openDialog = () => $$("dialog[open]").pop();

  // --- dialogs, menus, closing ------------------------------------------------------------------

  function open(dialog, opener) {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    dialog.opener = opener;
    const first = $("[autofocus]", dialog) || $("input:not([type=hidden]), .go", dialog);
    if (first) first.focus();
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    const opener = target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      open($(opener.dataset.dialog), opener);
      return;
    }
    const closer = target.closest("[data-close]");
    if (closer) {
      const thing = closer.closest("dialog, [data-toast], [data-closable]");
      if (thing instanceof HTMLDialogElement) thing.close();
      else if (thing) thing.remove();
      return;
    }
    if (target instanceof HTMLDialogElement) target.close(); // a tap beside it
    const copier = target.closest("[data-copy]");
    if (copier) {
      navigator.clipboard?.writeText(copier.dataset.copy);
      copier.classList.add("copied");
      setTimeout(() => copier.classList.remove("copied"), 1200);
    }
    const printer = target.closest("[data-print]");
    if (printer) window.print();
    const setter = target.closest("[data-set]");
    if (setter) setValue(setter);
    const stepper = target.closest("[data-step]");
    if (stepper) step(stepper);
    const pad = target.closest("[data-pad]");
    if (pad) press(pad);
    if (!target.closest(".scan")) hideHits();
  });

  document.addEventListener(
    "close",
    (event) => {
      if (event.target instanceof HTMLDialogElement) event.target.opener?.focus();
    },
    true,
  );

  // --- fields that buttons fill: quick amounts, steppers, key pads --------------------------------

  const changed = (field) => {
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const fieldOf = (node, selector) => $(selector, node.closest("form, dialog") || document) || $(selector);

  function setValue(button) {
    const field = fieldOf(button, button.dataset.for);
    if (!field) return;
    field.value = button.dataset.set;
    changed(field);
  }

  function step(button) {
    const field = $("input", button.parentElement);
    if (!field) return;
    const least = field.min === "" ? -Infinity : Number(field.min);
    const most = field.max === "" ? Infinity : Number(field.max);
    field.value = Math.min(most, Math.max(least, (Number(field.value) || 0) + Number(button.dataset.step)));
    changed(field);
    if (field.form?.hasAttribute("data-auto")) field.form.requestSubmit();
  }

  function press(button) {
    const field = fieldOf(button, button.dataset.for);
    if (!field) return;
    const key = button.dataset.pad;
    if (key === "back") field.value = field.value.slice(0, -1);
    else if (key === "clear") field.value = "";
    else if (field.maxLength < 0 || field.value.length < field.maxLength) field.value += key;
    changed(field);
    const enough = Number(field.dataset.autosubmit || 0);
    if (enough && field.value.length >= enough) field.form.requestSubmit();
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && event.isTrusted) form.requestSubmit();
  });

  // --- the scan field -----------------------------------------------------------------------------

  const globalField = () => $("#scan-field");
  // An open dialog has a field of its own, or takes no scans: what lies behind it must not be left.
  const fieldIn = (place) => $("[data-scan]:not([disabled])", place || document);
  const scanField = () => (openDialog() ? fieldIn(openDialog()) : fieldIn($("#page")) || globalField());

  function hideHits() {
    const hits = $("#hits");
    if (hits) hits.hidden = true;
  }

  function moveInHits(event) {
    const hits = $$("#hits:not([hidden]) .hit");
    if (!hits.length) return false;
    const at = hits.indexOf(document.activeElement);
    if (event.key === "ArrowDown") hits[Math.min(hits.length - 1, at + 1)].focus();
    else if (event.key === "ArrowUp") (at <= 0 ? globalField() : hits[at - 1]).focus();
    else return false;
    event.preventDefault();
    return true;
  }

  // A scanner is a keyboard that types fast and ends with Enter, wherever the focus is. No person
  // types a code at this pace; a single slow character (a busy machine) does not break a scan.
  let burst = "";
  let began = 0;
  let last = 0;
  const PACE = 60; // milliseconds a character, on average
  const GAP = 400; // a pause that begins anew

  function maybeScan(event) {
    const now = event.timeStamp;
    const goesOn = now - last < GAP;
    last = now;
    if (event.key === "Enter" && goesOn && burst.length >= 4 && now - began < PACE * burst.length) {
      const text = burst;
      burst = "";
      clearTimeout(letter);
      const active = document.activeElement;
      if (typing(active)) {
        // A page that came meanwhile took letters, or left its own: what was scanned is what counts,
        // and how many of it, which is typed before («3 x»).
        const times = active.value.match(/^\s*\d{1,9}\s*[xX*×]\s*/)?.[0] ?? "";
        const isScan = active.matches("[data-scan], #scan-field");
        if (isScan) active.value = text.startsWith(times) ? text : times + text;
        return false;
      }
      const field = scanField();
      if (!field && !openDialog()) return false;
      event.preventDefault();
      event.stopPropagation();
      if (field) scan(field, text);
      else sound(false);
      return true;
    }
    if (/^(Arrow|Tab|Escape|Backspace|Delete|Home|End|Page)/.test(event.key)) burst = "";
    if (event.key.length !== 1 || event.ctrlKey || event.altKey || event.metaKey) return false;
    if (!goesOn) burst = "";
    if (!burst) began = now;
    burst += event.key;
    return false;
  }

  function scan(field, text) {
    field.value = text;
    field.typedAt = performance.now();
    field.form.requestSubmit();
  }

  // Scanned while another scan was under way. A refusal or a question stops the row; the rest is told.
  const waiting = [];
  function scanOn() {
    if (!waiting.length) return;
    const field = scanField();
    if (field?.form.dataset.sending) return;
    const isAsked = $("#page :is([data-problem], [data-asks])");
    if (field?.form.method !== "post" || isAsked) return tellUnsent();
    const begun = field.value; // the first letters of the next one
    scan(field, waiting.shift());
    field.value = begun;
    field.typedAt = performance.now();
  }
  // What was sent did not arrive: with what waits behind it, it is told.
  function tellLost(form) {
    if (waiting.length && form.sent) waiting.unshift(form.sent);
    tellUnsent();
  }
  function tellUnsent() {
    if (!waiting.length) return;
    const toast = $("#unsent").content.firstElementChild.cloneNode(true);
    $("p", toast).append(` ${waiting.splice(0).join(", ")}`);
    $("#toasts").append(toast);
  }

  // --- keys ---------------------------------------------------------------------------------------

  let letter = 0;
  const LETTER_WAITS = 120; // milliseconds
  const shown = (node) => node.getClientRects().length > 0 && !node.disabled;
  const visible = (node) => shown(node) && getComputedStyle(node).visibility !== "hidden";

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || maybeScan(event)) return;
    const active = document.activeElement;
    const inField = typing(active);
    if (event.key === "Escape") {
      hideHits();
      if (active === globalField()) active.blur();
      return;
    }
    if (active?.closest?.("#scan") && moveInHits(event)) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      // The till has a field of its own, and the one on top is hidden there.
      const field = globalField() && visible(globalField()) ? globalField() : scanField();
      event.preventDefault();
      field?.focus();
      field?.select?.();
      return;
    }
    if (event.key === "/" && !inField) {
      const field = scanField();
      if (field) {
        event.preventDefault();
        field.focus();
        field.select?.();
      }
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const scope = openDialog() || document;
    const isFunctionKey = /^F\d+$/.test(event.key);
    clearTimeout(letter);
    if (isFunctionKey || (!inField && !openDialog() && event.key.length === 1)) {
      const target = $$("[data-key]", scope).find(
        (node) => node.dataset.key.toLowerCase() === event.key.toLowerCase() && shown(node),
      );
      if (target && isFunctionKey) {
        event.preventDefault();
        target.click();
        return;
      }
      // A letter may be the first of a scan: it presses only if nothing follows at once.
      if (target) letter = setTimeout(() => target.click(), LETTER_WAITS);
    }
    if (event.key === "Enter" && (!active || active === document.body || active.id === "page")) {
      const target = $$("[data-enter]", scope).find(shown);
      if (target) {
        event.preventDefault();
        target.click();
      }
    }
  }, true);

  // --- forms: sent once, with the token of the session that holds now ----------------------------

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const scanned = form.method === "post" && $("[data-scan]", form);
    // What its fields asked while one typed comes too late now.
    for (const field of $$("[hx-get]", form)) htmx.trigger(field, "htmx:abort");
    if (form.dataset.sending && form.method === "post") {
      event.preventDefault();
      event.stopImmediatePropagation();
      // A second press of Enter is nothing; what was scanned since waits its turn.
      if (scanned && scanned.typedAt > form.sentAt && scanned.value.trim()) {
        waiting.push(scanned.value);
        scanned.value = "";
      }
      return;
    }
    form.sentAt = event.timeStamp;
    // The next scan takes the place of this one, and does not go on behind it.
    const sent = (form.sent = scanned?.value);
    if (scanned) setTimeout(() => scanned === document.activeElement && scanned.value === sent && scanned.select());
    if (form.method === "post") {
      const token = $("[name=csrfmiddlewaretoken]", form);
      const known = cookie("csrftoken");
      if (token && known) token.value = known;
      const sending = (form.dataset.sending = String(event.timeStamp));
      // A page that does not come back must not stay locked for good.
      setTimeout(() => form.dataset.sending === sending && delete form.dataset.sending, 8000);
    }
  }, true);

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    const typed = requestConfig?.triggeringEvent;
    if (typing(elt) && typed && elt.form?.sentAt >= typed.timeStamp) event.preventDefault();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (form instanceof HTMLFormElement) delete form.dataset.sending;
  });

  // --- what htmx brings ---------------------------------------------------------------------------

  // The extension as it comes takes every swap that it does not know for one of the whole element,
  // and nests what arrives beside the page. Here it knows its own.
  const MORPHS = { morph: "outerHTML", "morph:outerHTML": "outerHTML", "morph:innerHTML": "innerHTML" };
  let asked = 0; // when what is answered now was asked
  const isTicked = (node) => node.matches("[type=radio], [type=checkbox]");
  const isNewer = (node) => node.typedAt > asked && (isTicked(node) || node === document.activeElement);
  htmx.defineExtension("morph", {
    isInlineSwap: (style) => MORPHS[style] === "outerHTML",
    handleSwap: (style, target, fragment) =>
      MORPHS[style] ? Idiomorph.morph(target, fragment.children, { morphStyle: MORPHS[style], callbacks }) : false,
  });
  // The answer knows nothing of what was typed since it was asked for: that stays.
  const callbacks = { beforeAttributeUpdated: (name, node) => !/^(value|checked)$/.test(name) || !isNewer(node) };
  const choices = ({ name, form }) => $$("[type=radio]").filter((each) => each.name === name && each.form === form);
  document.addEventListener("input", ({ target, timeStamp }) => {
    for (const node of target.type === "radio" ? choices(target) : [target]) node.typedAt = timeStamp;
  }, true);
  let wentAt = 0; // when the person last went on to a page
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    detail.xhr.askedAt = performance.now();
    if (detail.boosted) wentAt = detail.xhr.askedAt;
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    asked = detail.xhr.askedAt;
    // Who went on meanwhile does not want the page that they left for it.
    if (detail.boosted && detail.requestConfig.verb === "get" && asked < wentAt) detail.shouldSwap = false;
    // A link of a sheet over the page leads to another page: the sheet is done.
    if (detail.boosted && detail.shouldSwap) $("body > dialog.sheet[open]")?.close();
  });

  // A form without an address goes to the page on which it stands. htmx remembers the one on which
  // it was seen first, and a form that was morphed from page to page would be sent to another's.
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, boosted, verb, triggeringEvent } = event.detail;
    const own = elt.getAttribute("action") || triggeringEvent?.submitter?.getAttribute("formaction");
    if (!boosted || elt.tagName !== "FORM" || own) return;
    event.detail.path = verb === "get" ? location.pathname : location.pathname + location.search;
  });

  document.addEventListener("htmx:afterSettle", () => {
    tick();
    watchToasts();
    focusScan();
    openWanted();
    hear();
    setTimeout(scanOn); // when htmx has ended what it answers now
  });
  // What a page asks by itself is no use of it by a person: the session must still end.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.triggeringEvent) event.detail.headers["X-Omni-Live"] = "1";
  });
  document.addEventListener("htmx:beforeHistorySave", hideHits);

  // A dialog that the page was asked to show opens once; who closes it is not asked again.
  function openWanted() {
    const wanted = $("dialog[data-open]:not([data-opened])");
    if (!wanted) return;
    wanted.dataset.opened = "1";
    open(wanted);
  }

  // Right and wrong are heard: each answer once, whatever else of the page comes again.
  let heard = "";
  function hear() {
    const problem = $("#page [data-problem]");
    if (problem && !problem.dataset.heard) {
      problem.dataset.heard = "1";
      sound(false);
    }
    const right = $("#page [data-right]")?.dataset.right || "";
    if (right && right !== heard && !problem) sound(true);
    heard = right;
  }
  // Nothing that was typed is lost; a page on which nothing was does not stay before strangers.
  document.addEventListener("omni:session-ended", (event) => {
    tellLost(event.target);
    const fields = $$("#page input, #page textarea, #scan-field");
    const typed = fields.some((node) => shown(node) && node.value !== node.defaultValue);
    if (typed || event.target.matches("form")) open($("#session-ended"));
    else location.reload();
  });
  document.addEventListener("htmx:sendError", (event) => {
    line(false);
    tellLost(event.detail.elt);
  });
  document.addEventListener("htmx:afterOnLoad", () => line(true));
  window.addEventListener("online", () => line(true));
  window.addEventListener("offline", () => line(false));

  function line(up) {
    document.documentElement.toggleAttribute("data-offline", !up);
    const badge = $("#line");
    if (!badge) return;
    badge.classList.toggle("good", up);
    badge.classList.toggle("bad", !up);
    const word = $("span", badge);
    if (word) {
      badge.dataset.onlineWord ||= word.textContent;
      word.textContent = up ? badge.dataset.onlineWord : badge.dataset.offlineWord;
    }
  }

  // --- time that runs -----------------------------------------------------------------------------

  // The server says the words; between two answers only minutes are counted on.
  function tick() {
    for (const node of $$("[data-due], [data-since]")) {
      const due = node.dataset.due;
      const moment = Date.parse(due || node.dataset.since);
      const minutes = Math.floor(Math.abs(Date.now() + drift - moment) / 60000);
      const word = $("span", node);
      if (!word || minutes >= 60) continue;
      const first = word.textContent.match(/^\d+/);
      const late = due && moment < Date.now() + drift;
      if (first && (!due || late === node.classList.contains("bad"))) {
        word.textContent = word.textContent.replace(/^\d+/, String(minutes));
      }
    }
  }
  const served = Date.parse(document.documentElement.dataset.now || "");
  const drift = Number.isNaN(served) ? 0 : served - Date.now();
  setInterval(tick, 15000);

  function watchToasts() {
    for (const toast of $$("[data-toast]:not([data-watched])")) {
      toast.dataset.watched = "1";
      if (!toast.classList.contains("error")) setTimeout(() => toast.remove(), 9000);
    }
  }

  // --- sound --------------------------------------------------------------------------------------

  let audio;
  function sound(right) {
    if (localStorage.getItem("omni-quiet")) return;
    // Browsers let a page sound only once a person has touched it.
    if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
    try {
      audio ||= new AudioContext();
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = right ? 880 : 220;
      volume.gain.value = 0.06;
      tone.connect(volume).connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + (right ? 0.07 : 0.22));
    } catch {
      // A device without sound: the words and the colour say it too.
    }
  }
  document.addEventListener("omni:right", () => sound(true));
  document.addEventListener("omni:wrong", () => sound(false));
  document.addEventListener("omni:ring", () => {
    sound(true);
    setTimeout(() => sound(true), 180);
  });

  // What came in rings once on a device, however many pages show it.
  function ring() {
    const key = $("#ring")?.dataset.ring || "";
    if (!key || sessionStorage.getItem("omni-rung") === key) return;
    sessionStorage.setItem("omni-rung", key);
    document.dispatchEvent(new Event("omni:ring"));
  }
  document.addEventListener("htmx:oobAfterSwap", ring);

  // --- focus --------------------------------------------------------------------------------------

  // Where a page has its own scan field it is ready without a touch; never on a screen keyboard.
  function focusScan() {
    if (matchMedia("(pointer: coarse)").matches || openDialog()) return;
    const field = $("#page [data-scan][data-ready]");
    if (field && !typing(document.activeElement)) field.focus({ preventScroll: true });
  }

  addEventListener("DOMContentLoaded", () => {
    tick();
    watchToasts();
    focusScan();
    ring();
    openWanted();
    hear();
  });

  window.omni = { open, sound };
})();
