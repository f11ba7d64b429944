// What the page does by itself: put in what the server draws, follow it, take the keyboard. The rest is HTML.
"use strict";

const byId = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (target, kind, act) => target?.addEventListener(kind, act);
const text = byId("text"); // of the composer, which only the chat has
const box = document.querySelector("[data-follow]"); // what scrolls along while the assistant writes

// -- live: one stream per page; the server says what to put where ---------------------------------
const HIDDEN_MS = 30_000; // then a hidden page hangs up: a browser has only six connections to one host
const { topics } = document.body.dataset;
let { position } = document.body.dataset;
let stream = null;
let work = Promise.resolve(); // fragments go in one after the other
let away, cut; // timers

function listen() {
  if (!topics || stream) return;
  stream = new EventSource(`/live?topics=${encodeURIComponent(topics)}&position=${position}`);
  on(stream, "beat", (event) => (position = event.lastEventId));
  on(stream, "put", (event) => {
    position = event.lastEventId;
    work = work.then(() => put(event.data)).catch(console.error);
  });
  on(stream, "stale", () => location.reload());
  on(stream, "open", () => showCut(false));
  on(stream, "error", async () => {
    showCut(true);
    if (stream?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    hangUp(); // the answer was no stream: perhaps a login is due
    const answer = await fetch(location.href).catch(() => null);
    return answer?.ok ? location.reload() : setTimeout(listen, 3_000);
  });
}

const hangUp = () => (stream = stream?.close() ?? null);
function showCut(is) {
  clearTimeout(cut);
  cut = setTimeout(() => byId("cut").toggleAttribute("hidden", !is), is ? 1_000 : 0);
}
on(window, "pagehide", hangUp);
on(window, "pageshow", listen);
on(document, "visibilitychange", () => {
  clearTimeout(away);
  return document.hidden ? (away = setTimeout(hangUp, HIDDEN_MS)) : listen();
});

let called = false; // a tool, on its page: what comes of it is shown until it is over
on(document, "submit", ({ target }) => (called = target.matches("#call form")));
const parsed = (html) => Object.assign(document.createElement("template"), { innerHTML: html }).content;
async function put(html) {
  for (const element of [...parsed(html).children]) {
    const old = byId(element.id);
    if ("gone" in element.dataset) old?.remove();
    else if (old) await htmx.swap({ text: element.outerHTML, target: old, swap: "outerMorph" });
    else add(element, byId(element.dataset.into));
    if (!called || !element.id.startsWith("runs-")) continue;
    byId(element.id).scrollIntoView({ block: "nearest" });
    called = element.querySelector("[aria-busy=true]");
  }
}
function add(element, container) {
  if (!container) return;
  container.append(element);
  htmx.process(element);
  tidy(element);
  if (container.id === "turns") toEnd(); // who speaks wants to see the answer
}

// -- the end of the conversation stays in view, unless the reader scrolled up -----------------------
let stuck = true;
function toEnd() {
  stuck = true;
  box.scrollTo({ top: box.scrollHeight, behavior: "instant" });
}

if (box) {
  const newest = byId("newest");
  on(newest, "click", toEnd);
  on(box, "scroll", () => {
    stuck = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    if (stuck) newest.hidden = true;
  });
  const grown = new ResizeObserver(() => (stuck ? toEnd() : (newest.hidden = false)));
  for (const element of [box, ...box.children]) grown.observe(element);
}

// -- new content: times and zones are the reader's, toasts go away ----------------------
function tidy(root) {
  for (const time of all("time[datetime]", root)) {
    const at = new Date(time.dateTime);
    const timeStyle = "seconds" in time.dataset ? "medium" : "short";
    const dateStyle = at.toDateString() === new Date().toDateString() ? undefined : "medium"; // today's have none
    time.textContent = at.toLocaleString(undefined, { dateStyle, timeStyle });
  }
  for (const zone of all("[data-zone]", root)) zone.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const link of all("[data-elsewhere]", root)) link.hidden = link.pathname === location.pathname;
  if (byId("title")) document.title = `${byId("title").textContent} · Deskhand`;
}
on(document, "htmx:after:settle", (event) => tidy(event.target));

function toast(words, kind = "error") {
  const shown = parsed(`<div class="toast ${kind}"><p></p><button class="button small" data-close>Close</button></div>`);
  shown.querySelector("p").textContent = words;
  byId("toasts").append(shown);
}
on(byId("toasts"), "animationend", (event) => event.animationName === "leave" && event.target.remove());
on(document, "htmx:error", () => toast("Deskhand did not answer. Is it running? What you typed is kept: try again."));
on(document, "htmx:before:swap", (event) => {
  if (!event.detail.ctx.response?.headers.get("content-type")?.startsWith("text/plain")) return;
  event.preventDefault(); // plain words are no part of a page: an error of the server
  toast(event.detail.ctx.text);
});

// -- composer: Enter sends, what is typed survives a reload ----------------------------------------------
const draft = `draft ${text?.form.dataset.conversation}`;
let sent = "";
function write(value, from, to) {
  text.setRangeText(value, from, to, "end");
  text.focus();
  text.dispatchEvent(new Event("input"));
}
on(text?.form, "submit", () => (sent = text.value));
on(text, "input", () => {
  sessionStorage.setItem(draft, text.value);
  propose();
});
on(text, "keydown", (event) => {
  if (event.isComposing || picks(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (text.value.trim()) text.form.requestSubmit();
  } else if (event.key === "ArrowUp" && !text.value) all(".said [hx-get$='/edit']").at(-1)?.click();
});
on(document, "htmx:after:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (response.status >= 400) return;
  if (sourceElement.id === "prompt") sourceElement.remove();
  if (sourceElement === text?.form && text.value.startsWith(sent)) write("", 0, sent.length);
});

// -- proposals for / and @: an ARIA combobox whose list the server draws ----------------------------------
let asked = 0;
const options = () => all("#complete [role=option]");
const chosen = () => options().find((option) => option.ariaSelected === "true");

async function propose() {
  const mine = ++asked;
  const before = text.value.slice(0, text.selectionStart);
  if (!/^\/\S*$|(^|\s)@\S*$/.test(before)) return offer("");
  const answer = await fetch(`/complete?text=${encodeURIComponent(before)}`).catch(() => null);
  if (mine === asked && answer?.ok) offer(await answer.text());
}
function offer(list) {
  byId("complete").replaceChildren(parsed(list));
  choose(options()[0]);
}
function choose(option) {
  for (const one of options()) one.ariaSelected = String(one === option);
  option?.scrollIntoView({ block: "nearest" });
  text.ariaExpanded = String(Boolean(option));
  text.setAttribute("aria-activedescendant", option?.id ?? "");
}
function picks(event) { // whether the key was for the list
  const list = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const acts = { Enter: () => take(chosen()), Tab: () => take(chosen()), Escape: () => offer("") };
  const act = step ? () => choose(list.at((list.indexOf(chosen()) + step) % list.length)) : acts[event.key];
  if (!list.length || event.shiftKey || !act) return false;
  act();
  event.preventDefault();
  event.stopPropagation(); // Escape closes the list, and stops no answer
  return true;
}

async function take({ dataset: { insert, form } }) {
  const end = text.selectionStart;
  const start = text.value.slice(0, end).search(/\S*$/); // it may have grown since the list was asked for
  offer("");
  write(form ? "" : `${insert} `, start, end);
  if (!form) return;
  const which = new URLSearchParams({ name: form, conversation: text.form.dataset.conversation });
  await htmx.ajax("GET", `/prompt?${which}`, { target: "#prompt-place", swap: "innerHTML" });
  byId("prompt")?.querySelector("input:not([type=hidden]), button")?.focus();
}
on(byId("complete"), "mousedown", (event) => {
  event.preventDefault(); // the focus stays in the text
  options().filter((option) => option.contains(event.target)).forEach(take);
});

// -- files that are dropped, pasted or picked go to the workspace -----------------------------------------
async function send(files) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers:inherited")), "HX-Request": "true" };
  for (const file of files) {
    const body = new FormData();
    body.append("file", file);
    const answer = await fetch("/files", { method: "POST", body, headers }).catch(() => null);
    if (answer?.ok) write(`${(await answer.json()).insert} `, text.selectionStart, text.selectionEnd);
    else if (answer) byId("toasts").append(parsed(await answer.text()));
    else toast(`${file.name} was not sent: Deskhand did not answer.`);
  }
}
for (const kind of text ? ["dragover", "dragleave", "drop"] : []) {
  on(document, kind, (event) => {
    event.preventDefault();
    document.body.classList.toggle("dropping", kind === "dragover");
    if (kind === "drop") send([...event.dataTransfer.files]);
  });
}
on(text, "paste", (event) => send([...event.clipboardData.files]));
on(byId("file"), "change", ({ target }) => send([...target.files]).then(() => (target.value = "")));

// -- buttons and keys that every page has -------------------------------------------------------------------
on(document, "click", async (event) => {
  const { opens, close, copy, copyAnswer } = event.target.closest("button")?.dataset ?? {};
  if (opens) byId(opens).showModal();
  if (close !== undefined) (byId(close) ?? event.target.closest(".toast"))?.remove();
  if (close) (document.querySelector("tr[aria-current] a") ?? text)?.focus(); // whence it was opened
  const copied = copyAnswer ? all(".answer", byId(copyAnswer)).map((one) => one.innerText).join("\n\n") : copy;
  if (copied === undefined) return;
  await navigator.clipboard.writeText((byId(copied)?.innerText ?? copied).trim());
  toast("Copied.", "");
});
function join({ target }) { // a request and its answer
  const { pair } = target.closest("[data-pair]")?.dataset ?? {};
  for (const row of all("[data-pair]")) row.classList.toggle("paired", row.dataset.pair === pair);
}
for (const kind of ["mouseover", "focusin"]) on(byId("inspector"), kind, join);
const PAGES = { c: "/chat", k: "/console", i: "/inspector", s: "/servers", m: "/memory", a: "/activity" };
const visit = (path) => location.assign(path);
const SHOW = { "?": () => byId("keys").showModal(), "/": () => text?.focus(), n: () => visit("/chat") };
const KEYS = { ...SHOW, j: () => step(1), k: () => step(-1), q: () => all("#tray .question")[0]?.focus() };
let went = 0; // when g was pressed
function step(by) {
  const at = all(".turn").findLastIndex((turn) => turn.offsetTop <= box.scrollTop + 40);
  all(".turn")[Math.max(0, at + by)]?.scrollIntoView();
}
on(document, "keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open")) byId("stop")?.click();
  if (event.target.closest("input, textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = event.timeStamp - went < 1_500 && PAGES[event.key];
  went = event.key === "g" ? event.timeStamp : 0;
  const act = page ? () => visit(page) : KEYS[event.key];
  if (act) event.preventDefault();
  act?.();
});

if (text && !text.value) text.value = sessionStorage.getItem(draft) ?? "";
tidy(document);
