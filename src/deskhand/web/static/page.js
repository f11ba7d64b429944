// What the page does by itself: put in what the server draws, follow it, take the keyboard. The rest is HTML.
"use strict";

const byId = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (target, kind, act) => target?.addEventListener(kind, act);
const text = byId("text"); // of the composer, which only the chat has
const box = document.querySelector("[data-follow]"); // what scrolls along while the assistant writes

// -- live: one stream per page; the server says what to put where ---------------------------------

const HIDDEN_MS = 30_000; // then a hidden page hangs up: a browser has only six connections to one host
let stream = null;
let position = document.body.dataset.position;
let work = Promise.resolve(); // fragments go in one after the other
let away = 0;
let cut = 0;

function listen() {
  const { topics } = document.body.dataset;
  if (!topics || stream) return;
  stream = new EventSource(`/live?topics=${encodeURIComponent(topics)}&position=${position}`);
  const hear = (event) => {
    position = event.lastEventId || position;
    if (event.data) work = work.then(() => put(event.data)).catch(console.error);
  };
  on(stream, "put", hear);
  on(stream, "beat", hear);
  on(stream, "stale", () => location.reload());
  on(stream, "open", () => showCut(false));
  on(stream, "error", async () => {
    showCut(true);
    if (stream?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    hangUp(); // the answer was no stream: perhaps a login is due
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.ok) location.reload();
    else setTimeout(listen, 3_000);
  });
}

const hangUp = () => {
  stream?.close();
  stream = null;
};
const showCut = (is) => {
  clearTimeout(cut);
  cut = setTimeout(() => byId("cut").toggleAttribute("hidden", !is), is ? 1_000 : 0);
};
on(window, "pagehide", hangUp);
on(window, "pageshow", listen);
on(document, "visibilitychange", () => {
  clearTimeout(away);
  if (document.hidden) away = setTimeout(hangUp, HIDDEN_MS);
  else listen();
});

function parsed(html) {
  const template = document.createElement("template"); // unlike a document, it takes a lone <tr> or <li>
  template.innerHTML = html;
  return template.content;
}

async function put(html) {
  for (const element of [...parsed(html).children]) {
    const old = byId(element.id);
    if ("gone" in element.dataset) old?.remove();
    else if (old) await htmx.swap({ text: element.outerHTML, target: old, swap: "outerMorph" });
    else add(element, byId(element.dataset.into));
  }
  countQuestions();
}

function add(element, container) {
  container?.append(element);
  htmx.process(element);
  tidy(element);
  if (container?.id === "turns") follow(true); // who speaks wants to see the answer
}

// -- the end of the conversation stays in view, unless the reader scrolled up -----------------------

let stuck = true;

function follow(is) {
  stuck = is;
  if (is) box.scrollTo({ top: box.scrollHeight, behavior: "instant" });
}

if (box) {
  const newest = byId("newest");
  on(newest, "click", () => follow(true));
  on(box, "scroll", () => {
    stuck = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    if (stuck) newest.hidden = true;
  });
  const grown = new ResizeObserver(() => (stuck ? follow(true) : (newest.hidden = false)));
  for (const element of [box, ...box.children]) grown.observe(element);
}

// -- new content: times and zones are the reader's, toasts go away, the title counts questions ------------

const title = document.title;

function tidy(root) {
  for (const time of all("time[datetime]", root)) {
    const at = new Date(time.dateTime);
    const timeStyle = "seconds" in time.dataset ? "medium" : "short";
    const dateStyle = at.toDateString() === new Date().toDateString() ? undefined : "medium"; // today's have none
    time.textContent = at.toLocaleString(undefined, { dateStyle, timeStyle });
  }
  for (const zone of all("[data-zone]", root)) zone.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
}
on(document, "htmx:after:settle", (event) => tidy(event.target));

function countQuestions() {
  const count = byId("tray")?.childElementCount;
  document.title = count ? `(${count}) ${title}` : title;
}

function toast(words, kind = "error") {
  const shown = parsed(`<div class="toast ${kind}"><p></p><button class="button quiet small" data-dismiss>Close</button></div>`);
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

function write(value, from, to) {
  text.setRangeText(value, from, to, "end");
  text.focus();
  text.dispatchEvent(new Event("input"));
}

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
  if (sourceElement === text?.form) write("", 0, text.value.length);
});

// -- proposals for / and @: an ARIA combobox whose list the server draws ----------------------------------

let asked = 0;
const options = () => all("#complete [role=option]");
const chosen = () => document.querySelector("#complete [aria-selected=true]");

async function propose() {
  const mine = ++asked;
  const before = text.value.slice(0, text.selectionStart);
  const wanted = /^\/\S*$|(^|\s)@\S*$/.test(before);
  const answer = wanted && (await fetch(`/complete?text=${encodeURIComponent(before)}`).catch(() => null));
  const list = parsed(answer?.ok ? await answer.text() : "");
  if (mine === asked) offer(list.querySelector("[role=option]") ? [list] : []);
}

function offer(lists) {
  byId("complete").replaceChildren(...lists);
  choose(options()[0]);
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-expanded", Boolean(option));
  text.setAttribute("aria-activedescendant", option?.id ?? "");
}

function picks(event) { // whether the key was for the list
  const list = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!list.length || event.shiftKey || !(step || ["Enter", "Tab", "Escape"].includes(event.key))) return false;
  if (step) choose(list.at((list.indexOf(chosen()) + step) % list.length));
  else if (event.key === "Escape") offer([]);
  else take(chosen());
  event.preventDefault();
  event.stopPropagation();
  return true;
}

async function take({ dataset: { insert, replaced, form } }) {
  const end = text.selectionStart;
  offer([]);
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
    if (kind === "drop") send(event.dataTransfer.files);
  });
}
on(text, "paste", (event) => send(event.clipboardData.files));
on(byId("file"), "change", ({ target }) => send([...target.files]).then(() => (target.value = "")));

// -- buttons and keys that every page has -------------------------------------------------------------------

on(document, "click", async (event) => {
  const { opens, close, copy, copyAnswer, dismiss } = event.target.closest("button")?.dataset ?? {};
  if (opens) byId(opens).showModal();
  if (close) byId(close)?.remove();
  if (dismiss !== undefined) event.target.closest(".toast").remove();
  const copied = copyAnswer ? all(".answer", byId(copyAnswer)).map((one) => one.innerText).join("\n\n") : copy;
  if (copied === undefined) return;
  await navigator.clipboard.writeText(byId(copied)?.textContent ?? copied);
  toast("Copied.", "");
});

const PAGES = { c: "/chat", k: "/console", i: "/inspector", s: "/servers", m: "/memory", a: "/activity" };
const visit = (path) => location.assign(path);
const KEYS = { "?": () => byId("keys").showModal(), "/": () => text?.focus(), n: () => visit("/chat"), j: () => step(1), k: () => step(-1) };
let went = 0; // when g was pressed

function step(by) {
  const turns = all(".turn");
  const at = turns.findLastIndex((turn) => turn.getBoundingClientRect().top < box.getBoundingClientRect().top + 40);
  turns[Math.max(0, at + by)]?.scrollIntoView();
}

on(document, "keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, dialog");
  if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open")) byId("stop")?.click();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = event.timeStamp - went < 1_500 && PAGES[event.key];
  went = event.key === "g" ? event.timeStamp : 0;
  if (page) visit(page);
  else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

if (text && !text.value) text.value = sessionStorage.getItem(draft) ?? "";
tidy(document);
countQuestions();
