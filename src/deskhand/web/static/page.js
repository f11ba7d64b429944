// What the page does by itself: put in what the server draws, follow it, and take the keyboard. The rest is HTML.
"use strict";

const byId = (id) => document.getElementById(id);
const on = (target, kind, act) => target?.addEventListener(kind, act);
const text = byId("text"); // of the composer; only the chat has one

// -- live: one stream per page; the server says what to put where ---------------------------------

const HIDDEN_MS = 30_000; // after which a hidden page gives its connection back: a browser has six per host
let stream = null;
let position = document.body.dataset.position;
let order = Promise.resolve();

async function put(html) {
  for (const element of [...parsed(html).children]) {
    const old = byId(element.id);
    if ("gone" in element.dataset) old?.remove();
    else if (old) await htmx.swap({ text: element.outerHTML, target: old, swap: "outerMorph" });
    else add(byId(element.dataset.into), element);
  }
  noticeQuestions();
}

function parsed(html) {
  const template = document.createElement("template"); // unlike a document, it also takes a lone <tr>
  template.innerHTML = html;
  return template.content;
}

function add(container, element) {
  if (!container) return;
  const node = document.importNode(element, true);
  container.append(node);
  htmx.process(node);
  tidy(node);
  if (container.id === "tray" && document.activeElement === document.body) node.focus(); // nobody is typing
  if (container.id === "turns") stuck = true; // who speaks wants to see the answer
  byId("newest")?.toggleAttribute("hidden", stuck);
}

function listen() {
  const { topics } = document.body.dataset;
  if (!topics || stream) return;
  stream = new EventSource(`/live?topics=${encodeURIComponent(topics)}&position=${position}`);
  const heard = (event) => {
    position = event.lastEventId || position;
    if (event.data) order = order.then(() => put(event.data)).catch((error) => console.error(error));
  };
  on(stream, "put", heard);
  on(stream, "beat", heard);
  on(stream, "stale", () => location.reload());
  on(stream, "open", () => showCut(false));
  on(stream, "error", () => {
    showCut(true);
    if (stream?.readyState === EventSource.CLOSED) retry();
  });
}

function hangUp() {
  stream?.close();
  stream = null;
}

async function retry() { // the browser gave up: the server said something else than a stream
  hangUp();
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.ok) location.reload(); // a login perhaps, or a page that tells what is wrong
  else setTimeout(listen, 3_000);
}

let cut = 0;
function showCut(isCut) {
  clearTimeout(cut);
  if (isCut) cut = setTimeout(() => { byId("cut").hidden = false; }, 1_000);
  else byId("cut").hidden = true;
}

let away = 0;
on(document, "visibilitychange", () => {
  clearTimeout(away);
  if (document.hidden) away = setTimeout(hangUp, HIDDEN_MS);
  else listen();
});
on(window, "pagehide", hangUp);
on(window, "pageshow", listen);

// -- following what is written, unless the reader scrolled up ------------------------------------------

const box = document.querySelector("[data-follow]");
let stuck = true;
const toEnd = () => box.scrollTo({ top: box.scrollHeight, behavior: "instant" });
if (box) {
  on(box, "scroll", () => {
    stuck = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
    if (stuck) byId("newest")?.setAttribute("hidden", "");
  });
  const grown = new ResizeObserver(() => { if (stuck) toEnd(); else byId("newest")?.removeAttribute("hidden"); });
  for (const element of [box, ...box.children]) grown.observe(element);
  on(byId("newest"), "click", toEnd);
}

// -- what new content needs: times of the reader's zone, toasts that go, questions in the title ----------

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const minute = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const second = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

function tidy(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    const clock = ("seconds" in time.dataset ? second : minute).format(at);
    const isToday = day.format(at) === day.format(new Date());
    time.textContent = isToday ? clock : `${day.format(at)}, ${clock}`;
    time.title = `${day.format(at)}, ${second.format(at)}`;
  }
}
on(document, "htmx:after:settle", (event) => tidy(event.target));

const title = document.title;
function noticeQuestions() {
  const waiting = byId("tray")?.childElementCount;
  document.title = waiting ? `(${waiting}) ${title}` : title;
}

function toast(message, isError = true) {
  const element = document.createElement("div");
  element.className = isError ? "toast error" : "toast";
  element.textContent = message;
  byId("toasts").append(element);
}

new MutationObserver((changes) => {
  for (const element of changes.flatMap((change) => [...change.addedNodes])) {
    if (!element.matches?.(".toast")) continue;
    const close = Object.assign(document.createElement("button"), { className: "button quiet small", textContent: "Close" });
    on(close, "click", () => element.remove());
    element.append(close);
    if (!element.matches(".error")) setTimeout(() => element.remove(), 6_000);
  }
}).observe(byId("toasts"), { childList: true });

on(document, "htmx:error", () => toast("Deskhand did not answer. Is it still running? What you typed is kept: try again."));
on(document, "htmx:before:swap", (event) => {
  const response = event.detail.ctx?.response;
  if (!response || response.status < 400 || response.headers.get("content-type")?.startsWith("text/html")) return;
  event.preventDefault(); // plain words are not a part of the page
  toast(event.detail.ctx.text);
});

// -- composer ----------------------------------------------------------------------------------------

const draft = `draft:${text?.form.dataset.conversation}`;

function typed() {
  sessionStorage.setItem(draft, text.value);
  if (CSS.supports("field-sizing", "content")) return; // the style sheet makes it grow
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

function write(value, from, to) {
  text.setRangeText(value, from, to, "end");
  text.focus();
  text.dispatchEvent(new Event("input"));
}

on(document, "htmx:after:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (response.status >= 400) return;
  if (sourceElement.id === "prompt") sourceElement.remove();
  if (sourceElement === text?.form) write("", 0, text.value.length);
});

if (text) {
  text.value ||= sessionStorage.getItem(draft) ?? "";
  on(text, "input", () => { typed(); propose(); });
  on(text, "keydown", (event) => {
    if (event.isComposing || pickWith(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (text.value.trim()) text.form.requestSubmit();
    } else if (event.key === "ArrowUp" && !text.value) {
      [...document.querySelectorAll("[data-edit]")].at(-1)?.click();
    }
  });
}

// -- proposals for / and @: the ARIA combobox, its list drawn by the server --------------------------------

let asked = 0;
const options = () => [...document.querySelectorAll("#complete [role=option]")];
const chosen = () => document.querySelector("#complete [aria-selected=true]");

async function propose() {
  const mine = ++asked;
  const before = text.value.slice(0, text.selectionStart);
  let html = "";
  if (/^\/\S*$|(^|\s)@\S*$/.test(before)) {
    const answer = await fetch(`/complete?text=${encodeURIComponent(before)}`).catch(() => null);
    html = answer?.ok ? await answer.text() : "";
  }
  if (mine !== asked) return;
  byId("complete").replaceChildren(parsed(html));
  if (!options().length) byId("complete").replaceChildren();
  choose(options()[0]);
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-expanded", String(Boolean(option)));
  text.setAttribute("aria-activedescendant", option?.id ?? "");
}

function pickWith(event) {
  const all = options();
  if (!all.length) return false;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(all.at((all.indexOf(chosen()) + step) % all.length));
  else if (event.key === "Escape") { byId("complete").replaceChildren(); choose(null); }
  else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") take(chosen());
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}

async function take(option) {
  const { insert, replaced, form } = option.dataset;
  const end = text.selectionStart;
  byId("complete").replaceChildren();
  write(form ? "" : `${insert} `, end - Number(replaced), end);
  if (!form) return;
  const which = new URLSearchParams({ name: form, conversation: text.form.dataset.conversation });
  await htmx.ajax("GET", `/prompt?${which}`, { target: "#prompt-place", swap: "innerHTML" });
  byId("prompt")?.querySelector("input:not([type=hidden]), button")?.focus();
}

on(byId("complete"), "mousedown", (event) => {
  event.preventDefault(); // the focus stays in the text
  const option = event.target.closest("[role=option]");
  if (option) take(option);
});

// -- files: dropped, pasted or picked, they go to the workspace ---------------------------------------------

async function send(files) {
  for (const file of files) {
    const body = new FormData();
    body.append("file", file);
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers:inherited")), "HX-Request": "true" };
    const answer = await fetch("/files", { method: "POST", body, headers }).catch(() => null);
    if (answer?.ok) write(`${(await answer.json()).insert} `, text.selectionStart, text.selectionEnd);
    else if (answer) byId("toasts").append(parsed(await answer.text()));
    else toast(`${file.name} was not sent: Deskhand did not answer.`);
  }
}

if (text) {
  const dropping = (is) => document.body.classList.toggle("dropping", is);
  on(document, "dragover", (event) => { event.preventDefault(); dropping(true); });
  on(document, "dragleave", (event) => { if (!event.relatedTarget) dropping(false); });
  on(document, "drop", (event) => { event.preventDefault(); dropping(false); send(event.dataTransfer.files); });
  on(text, "paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); send(event.clipboardData.files); } });
  on(byId("file"), "change", (event) => { send([...event.target.files]); event.target.value = ""; });
}

// -- buttons and keys everywhere -------------------------------------------------------------------------------

on(document, "click", async (event) => {
  const { opens, close, copy } = event.target.closest("[data-opens], [data-close], [data-copy]")?.dataset ?? {};
  if (opens) byId(opens).showModal();
  if (close) byId(close)?.remove();
  if (copy === undefined) return;
  await navigator.clipboard.writeText(byId(copy)?.innerText ?? copy);
  toast("Copied.", false);
});

const PAGES = { c: "/chat", k: "/console", i: "/inspector", s: "/servers", m: "/memory", a: "/activity" };
const KEYS = {
  "?": () => byId("keys").showModal(),
  "/": () => text?.focus(),
  n: () => location.assign("/chat"),
  q: () => byId("tray")?.firstElementChild?.focus(),
  j: () => step(1),
  k: () => step(-1),
};
let went = 0; // when g was pressed

function step(by) {
  const turns = [...document.querySelectorAll(".turn")];
  const at = turns.findLastIndex((turn) => turn.getBoundingClientRect().top <= box.getBoundingClientRect().top + 40);
  const next = turns[Math.max(0, Math.min(turns.length - 1, at + by))];
  next?.scrollIntoView({ block: "start" });
}

on(document, "keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open")) byId("stop")?.click();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  const act = event.timeStamp - went < 1_500 && PAGES[event.key] ? () => location.assign(PAGES[event.key]) : KEYS[event.key];
  went = event.key === "g" ? event.timeStamp : 0;
  if (!act) return;
  event.preventDefault();
  act();
});

tidy(document);
noticeQuestions();
