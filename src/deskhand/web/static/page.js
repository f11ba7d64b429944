// What the page does by itself: put in what the server draws, and take the keyboard. Everything else is HTML.
"use strict";

const byId = (id) => document.getElementById(id);

// -- live: one stream per page; the server says what to put where ---------------------------------

function put(html) {
  const received = new DOMParser().parseFromString(html, "text/html").body;
  for (const element of [...received.children]) {
    const old = byId(element.id);
    if ("gone" in element.dataset) old?.remove();
    else if (old) htmx.swap({ text: element.outerHTML, target: old, swap: "outerMorph" });
    else byId(element.dataset.into)?.append(...adopted(element));
  }
}

function adopted(element) {
  const node = document.importNode(element, true);
  queueMicrotask(() => htmx.process(node));
  return [node];
}

function listen() {
  const { topics, position } = document.body.dataset;
  if (!topics) return;
  const stream = new EventSource(`/live?topics=${encodeURIComponent(topics)}&position=${position}`);
  stream.addEventListener("put", (event) => put(event.data));
  stream.addEventListener("stale", () => location.reload());
}

// -- keyboard -----------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.target.id === "text" && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

document.addEventListener("htmx:after:request", (event) => {
  const composer = event.target.closest?.("#composer");
  if (composer && event.target === composer) composer.reset();
});

listen();
