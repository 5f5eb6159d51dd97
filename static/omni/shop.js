// What makes the shop smooth. Every page works without it; nothing here decides anything.
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("has-script");

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("[data-toast]")?.remove();
    const stepper = event.target.closest("[data-step]");
    if (stepper) step(stepper);
    const finder = event.target.closest("[data-locate-go]");
    if (finder) locate(finder);
  });

  function step(button) {
    const field = $("input", button.parentElement);
    const least = field.min === "" ? -Infinity : Number(field.min);
    const most = field.max === "" ? Infinity : Number(field.max);
    field.value = Math.min(most, Math.max(least, (Number(field.value) || 0) + Number(button.dataset.step)));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // A choice counts at once; several steps in a row are one change.
  let waits;
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (!form) return;
    clearTimeout(waits);
    waits = setTimeout(() => form.isConnected && form.requestSubmit(), event.isTrusted ? 0 : 350);
  });

  // Sent once: a second press while the first is under way is the same press.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sending = "1";
    setTimeout(() => delete form.dataset.sending, 8000);
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt?.closest?.("form");
    if (form) delete form.dataset.sending;
  });

  // Where the visitor is, if they say so; the server keeps it to a kilometre.
  function locate(button) {
    const form = button.closest("form");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.lat.value = coords.latitude.toFixed(2);
        form.elements.lon.value = coords.longitude.toFixed(2);
        form.requestSubmit();
      },
      () => {
        button.textContent = form.dataset.denied;
        button.disabled = true;
      },
      { maximumAge: 600000, timeout: 8000 },
    );
  }

  // The extension as it comes takes every swap that it does not know for one of the whole element,
  // and nests what it should fill. Here it knows its own.
  const MORPHS = { morph: "outerHTML", "morph:outerHTML": "outerHTML", "morph:innerHTML": "innerHTML" };
  htmx.defineExtension("morph", {
    isInlineSwap: (style) => MORPHS[style] === "outerHTML",
    handleSwap: (style, target, fragment) =>
      MORPHS[style] ? Idiomorph.morph(target, fragment.children, { morphStyle: MORPHS[style] }) : false,
  });

  // A form without an address goes to the page on which it stands. htmx remembers the one on which
  // it was seen first, and a form that was morphed from page to page would be sent to another's.
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, boosted, verb, triggeringEvent } = event.detail;
    const own = elt.getAttribute("action") || triggeringEvent?.submitter?.getAttribute("formaction");
    if (!boosted || elt.tagName !== "FORM" || own) return;
    event.detail.path = verb === "get" ? location.pathname : location.pathname + location.search;
  });

  function ready() {
    if (navigator.geolocation) for (const button of $$("[data-locate-go]")) button.hidden = false;
    for (const toast of $$("[data-toast]:not([data-watched])")) {
      toast.dataset.watched = "1";
      if (!toast.classList.contains("error")) setTimeout(() => toast.remove(), 9000);
    }
  }
  // Words of a search leave the field with its results.
  function forgetWords() {
    const field = $("#q");
    if (field && field !== document.activeElement) field.value = new URLSearchParams(location.search).get("search") || "";
  }
  document.addEventListener("htmx:afterSettle", () => {
    ready();
    forgetWords();
  });
  addEventListener("DOMContentLoaded", ready);
})();
