// At the till: sums of coins and notes and the change, told while one types. The server decides.
"use strict";

(() => {
  const language = document.documentElement.lang || "en";
  const shown = (minor, currency) => {
    const format = new Intl.NumberFormat(language, { style: "currency", currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  };

  function addUp(grid) {
    let sum = 0;
    for (const row of grid.querySelectorAll("[data-value]")) {
      const count = Number(row.querySelector("input").value.trim() || 0);
      const good = Number.isInteger(count) && count >= 0;
      const part = good ? count * Number(row.dataset.value) : 0;
      sum += part;
      row.querySelector("output").textContent = part ? shown(part, grid.dataset.currency) : "";
      row.querySelector("input").toggleAttribute("aria-invalid", !good);
    }
    grid.querySelector("[data-sum]").textContent = shown(sum, grid.dataset.currency);
  }

  document.addEventListener("input", (event) => {
    const grid = event.target.closest?.("[data-counting]");
    if (grid) addUp(grid);
  });

  // The first tap on more or less is sent at once; what is tapped meanwhile goes together after it.
  const wanted = new WeakMap();
  const AGAIN = 30; // milliseconds

  function send(form) {
    if (!form.isConnected || !wanted.has(form)) return;
    form.elements.quantity.value = wanted.get(form);
    if (form.dataset.sending) {
      setTimeout(() => send(form), AGAIN);
      return;
    }
    wanted.delete(form);
    form.requestSubmit();
  }

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.("form.qty [data-step]");
      if (!button) return;
      event.stopPropagation();
      const form = button.closest("form");
      const field = form.elements.quantity;
      const before = wanted.has(form) ? wanted.get(form) : Number(field.value) || 0;
      const next = Math.min(Number(field.max), Math.max(0, before + Number(button.dataset.step)));
      const isNew = !wanted.has(form);
      wanted.set(form, next);
      field.value = next;
      if (isNew) send(form);
    },
    true,
  );

  // Enter in the grid goes to the next coin, as on a counting machine; the last one sends.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.("[data-counting] input")) return;
    const fields = [...event.target.closest("[data-counting]").querySelectorAll("input")];
    const next = fields[fields.indexOf(event.target) + 1];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  });
})();
