// Put into each page before its own scripts: when a person last did something, and when the answer
// to it stood on the screen. What pages ask by themselves, every few seconds, does not count.
(() => {
  const PATIENCE = 10_000;
  let acted = 0;
  let asked = null;
  let waiting = null;
  for (const kind of ["pointerup", "keydown", "input", "change"]) {
    addEventListener(kind, (event) => event.isTrusted && (acted = event.timeStamp), true);
  }
  const afterFrame = (then) =>
    requestAnimationFrame(() => {
      const port = new MessageChannel();
      port.port1.onmessage = () => then(performance.now());
      port.port2.postMessage(0);
    });
  const told = (since, now) => {
    const answers = performance.getEntriesByType("resource").filter(
      (each) => each.initiatorType === "xmlhttprequest" && each.startTime >= since - 1,
    );
    const parts = answers.map((each) => each.responseStart - each.startTime);
    return { all: now - since, server: Math.max(0, ...parts) };
  };
  addEventListener("htmx:beforeRequest", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (!waiting || event.defaultPrevented || !requestConfig?.triggeringEvent?.isTrusted) return;
    const since = acted;
    asked = xhr;
    // The page has been changed when the request is over; a later one takes its place.
    xhr.addEventListener("loadend", () => {
      if (xhr !== asked || !waiting || !xhr.status) return;
      const done = waiting;
      waiting = asked = null;
      afterFrame((now) => done(told(since, now)));
    });
  });
  window.omniBench = {
    begin() {
      performance.clearResourceTimings();
      window.omniBench.answer = new Promise((done, failed) => {
        waiting = done;
        setTimeout(() => failed(new Error("no answer was seen")), PATIENCE);
      });
    },
    async floor(path) {
      const since = performance.now();
      await (await fetch(path)).text();
      return new Promise((done) => afterFrame((now) => done(now - since)));
    },
    painted: () =>
      new Promise((done) => {
        const [known] = performance.getEntriesByName("first-contentful-paint");
        const [page] = performance.getEntriesByType("navigation");
        const told = (at) => done({ all: at, server: page.responseStart - page.requestStart });
        if (known) return told(known.startTime);
        return new PerformanceObserver((list) => {
          const [found] = list.getEntriesByName("first-contentful-paint");
          if (found) told(found.startTime);
        }).observe({ type: "paint", buffered: true });
      }),
  };
})();
