// Charts of the back office, drawn from the table beside them, so that both tell the same; names for
// the fields in tables of forms.
"use strict";

(() => {
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // The library is fetched by the first page that has a chart.
  let library;
  function load() {
    library ||= new Promise((done, failed) => {
      if (window.Chart) return done(window.Chart);
      const script = document.createElement("script");
      script.src = document.querySelector("meta[name=omni-chart]").content;
      script.onload = () => done(window.Chart);
      script.onerror = failed;
      document.head.append(script);
    });
    return library;
  }

  // Colours come from the tokens: a probe wears the class and tells what the browser made of it.
  function inks(root) {
    const probe = document.createElement("span");
    root.append(probe);
    const ink = (name) => {
      probe.className = `ink-${name}`;
      return getComputedStyle(probe).backgroundColor;
    };
    const found = {
      bars: ["chart-1", "chart-2", "chart-3", "chart-4", "info", "edge", "line-2"].map(ink),
      prev: ink("chart-prev"),
      line: ink("line"),
      quiet: ink("text-3"),
      text: ink("text"),
      surface: ink("surface"),
      bad: ink("bad"),
    };
    probe.remove();
    return found;
  }

  function read(table) {
    const heads = $$("thead th", table);
    const rows = $$("tbody tr", table);
    const cells = rows.map((row) => [...row.children]);
    return {
      labels: cells.map((row) => row[0].dataset.label),
      // Names have no shorter word, as days have: none is left out, they lean where room is scarce.
      named: rows.length <= 16 && cells.every((row) => row[0].dataset.label === row[0].textContent.trim()),
      unit: heads.some((head) => head.dataset.draw && head.dataset.unit) ? "\u00a0%" : "",
      series: heads
        .map((head, place) => ({ draw: head.dataset.draw, tone: head.dataset.tone, label: head.textContent.trim(), place }))
        .filter((each) => each.draw)
        .map((each) => ({
          ...each,
          values: cells.map((row) => Number(row[each.place].dataset.v) || 0),
          words: cells.map((row) => row[each.place].textContent.trim()),
        })),
    };
  }

  function sets(data, ink) {
    let colour = 0;
    return data.series.map((each) => {
      const common = { label: each.label, data: each.values, words: each.words };
      if (each.draw === "prev") {
        return { ...common, backgroundColor: ink.prev, stack: "prev", barPercentage: 0.35, categoryPercentage: 0.62, borderRadius: 2 };
      }
      const fill = ink[each.tone] || ink.bars[colour++ % ink.bars.length];
      return {
        ...common, backgroundColor: fill, stack: "now", borderRadius: 2, borderSkipped: false,
        borderColor: ink.surface, borderWidth: { top: 1 }, barPercentage: 0.9, categoryPercentage: 0.72, maxBarThickness: 64,
      };
    });
  }

  const short = new Intl.NumberFormat(document.documentElement.lang || "en", { notation: "compact", maximumFractionDigits: 1 });

  function draw(Chart, box) {
    const canvas = box.querySelector("canvas");
    const table = document.querySelector(`[data-plot="#${box.id}"]`);
    if (!canvas || !table) return;
    Chart.getChart(canvas)?.destroy();
    const ink = inks(box);
    const data = read(table);
    const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
    const axis = { color: ink.quiet, font };
    new Chart(canvas, {
      type: "bar",
      data: { labels: data.labels, datasets: sets(data, ink) },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, interaction: { mode: "index", intersect: false },
        scales: {
          x: { stacked: true, grid: { display: false }, border: { display: false }, ticks: { ...axis, maxRotation: data.named ? 60 : 0, autoSkip: !data.named, autoSkipPadding: 12 } },
          y: {
            stacked: true, beginAtZero: true, border: { display: false }, grid: { color: ink.line, drawTicks: false },
            ticks: { ...axis, padding: 8, maxTicksLimit: 5, precision: 0, callback: (value) => short.format(value) + data.unit },
          },
        },
        plugins: {
          legend: { display: false },
          tooltip: {
            backgroundColor: ink.text, titleColor: ink.surface, bodyColor: ink.surface, titleFont: font, bodyFont: font,
            padding: 10, cornerRadius: 8, boxPadding: 4,
            filter: (item) => item.raw !== 0,
            callbacks: { label: (item) => ` ${item.dataset.label}  ${item.dataset.words[item.dataIndex]}` },
          },
        },
      },
    });
    box.dataset.drawn = "1";
  }

  function drawAll() {
    const boxes = $$("[data-chart]");
    if (!boxes.length) return;
    load().then((Chart) => boxes.forEach((box) => draw(Chart, box)), () => {
      // Without the library the tables tell it all.
      boxes.forEach((box) => {
        box.hidden = true;
        document.querySelector(`[data-plot="#${box.id}"]`)?.closest("details")?.setAttribute("open", "");
      });
    });
  }

  // On phones each row of a list stands by itself, so its cells say what they are.
  function labelCells() {
    for (const table of $$("#result_list")) {
      const heads = $$("thead th", table).map((head) => (head.querySelector(".text") || head).textContent.trim());
      for (const row of $$("tbody tr", table)) {
        [...row.children].forEach((cell, place) => {
          if (heads[place]) cell.dataset.label = heads[place];
          if (/^[-\u2013]?$/.test(cell.textContent.trim()) && !cell.querySelector("input, img")) cell.dataset.none = "";
        });
      }
    }
  }

  // Fields in a table of a form are named by the head of their column.
  function nameFields() {
    for (const table of $$(".tabular table")) {
      const heads = $$("thead th", table).map((head) => head.textContent.trim());
      for (const field of $$("tbody :is(input:not([type=hidden]), select, textarea)", table)) {
        const place = field.closest("td")?.cellIndex;
        if (!field.hasAttribute("aria-label") && heads[place]) field.setAttribute("aria-label", heads[place]);
      }
    }
  }

  addEventListener("DOMContentLoaded", drawAll);
  addEventListener("DOMContentLoaded", nameFields);
  addEventListener("DOMContentLoaded", labelCells);
  document.addEventListener("formset:added", nameFields);
  document.addEventListener("htmx:afterSettle", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
