// What the page does by itself: put in what the server draws, follow it, take the keyboard. The rest is HTML.
const byId = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (target, kind, act) => target?.addEventListener(kind, act);
const text = byId("text"); // of the composer, which only the chat has
const box = document.querySelector("[data-follow]"); // what scrolls along while the assistant writes

// -- live: one stream per page; the server says what to put where ---------------------------------
const HIDDEN_MS = 30_000; // then a hidden page hangs up: a browser has only six connections to one host
let { topics, position } = document.body.dataset;
let stream, away;
let work = Promise.resolve(); // fragments go in one after the other
function listen() {
  if (!topics || stream) return;
  stream = new EventSource(`/live?topics=${encodeURIComponent(topics)}&position=${position}`);
  for (const kind of ["beat", "put"]) on(stream, kind, ({ data, lastEventId }) => {
    position = lastEventId;
    showCut(false);
    work = work.then(() => put(data));
  });
  on(stream, "stale", again);
  on(stream, "error", () => showCut(true)); // the browser tries again by itself, unless the answer was no stream
  on(stream, "error", ({ target }) => target.readyState === EventSource.CLOSED && again());
}
async function again() { // loads the page anew, once there is one: of a closed port the browser would show its own
  hangUp();
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.status < 500) return location.reload();
  showCut(true);
  setTimeout(again, 3_000);
}
const hangUp = () => (stream = stream?.close() ?? null);
const showCut = (is) => (byId("cut").hidden = !is);
on(window, "pagehide", hangUp);
on(window, "pageshow", listen);
on(document, "visibilitychange", () => clearTimeout(away));
on(document, "visibilitychange", () => (document.hidden ? (away = setTimeout(hangUp, HIDDEN_MS)) : listen()));
let [called, focused] = [false, document.body]; // a tool was, on its page: what comes of it is shown until it is over
on(document, "focusin", ({ target }) => (focused = target));
const parsed = (html) => Object.assign(document.createElement("template"), { innerHTML: html }).content;
async function put(html) {
  for (const element of [...parsed(html).children]) await place(element).catch((error) => again(console.error(error)));
}
async function place(element) {
  const old = byId(element.id);
  if ("gone" in element.dataset) {
    old?.remove(); // who answered a question by keyboard goes on with the next, or writes
    if (!focused.isConnected) (all("#tray .question")[0] ?? text)?.focus();
  } else if (old) await htmx.swap({ text: element.outerHTML, target: old, swap: "outerMorph" });
  else add(element, byId(element.dataset.into));
  if (!called || !element.id.startsWith("runs-")) return;
  byId(element.id).scrollIntoView({ block: "nearest" });
  called = element.querySelector("[aria-busy=true]");
}
function add(element, container) {
  if (!container) return;
  container.append(element);
  htmx.process(element);
  tidy(element);
  if (container.id === "turns" && spoke) toEnd((spoke = false)); // who speaks wants to see the answer
  if (!element.matches(".end")) return; // a reader of the screen hears an answer once, when it is whole
  byId("spoken").textContent = all(".answer, .end > .next", container).map((one) => one.innerText).join("\n");
}

// -- the end of the conversation stays in view, unless the reader scrolled up -----------------------
let stuck = true;
let spoke = false; // something was said on this very page
function toEnd() {
  stuck = true;
  box.scrollTo({ top: box.scrollHeight, behavior: "instant" });
}
if (box) {
  let from = 0; // where it was scrolled to
  const newest = byId("newest");
  on(newest, "click", toEnd);
  on(box, "scroll", () => {
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    stuck = atEnd || (stuck && box.scrollTop >= from); // a box that shrinks is no reader who went up
    from = box.scrollTop;
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
  for (const link of all("#list .row > a")) link.ariaCurrent = link.pathname === location.pathname ? "page" : null;
  if (byId("title")) document.title = `${byId("title").textContent} · Deskhand`;
}
on(document, "htmx:after:settle", ({ target, detail }) => {
  tidy(target);
  if (detail.task.sourceElement?.id === "earlier") (byId("earlier") ?? box).focus({ preventScroll: true });
});
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

// -- composer: what is typed survives a reload; proposals for / and @ are an ARIA combobox that the server fills ---
const draft = `draft ${text?.form.dataset.conversation}`;
let [sent, asked] = ["", 0];
function write(value, from, to) {
  text.setRangeText(value, from, to, "end");
  text.focus();
  text.dispatchEvent(new Event("input"));
}
on(document, "htmx:before:request", ({ detail: { ctx: { sourceElement: by } } }) => { // it goes: no other is under way
  called ||= by.matches("#call form");
  spoke ||= by === text?.form || by.id === "prompt";
  if (by === text?.form) sent = text.value;
});
on(text, "input", () => sessionStorage.setItem(draft, text.value));
on(text, "input", propose);
on(text, "keydown", pick);
on(document, "htmx:after:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (response.status >= 400) return (spoke = false);
  if (sourceElement.id === "prompt") sourceElement.remove();
  if (sourceElement === text?.form && text.value.startsWith(sent)) write("", 0, sent.length);
});
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
  asked += 1; // an answer that is still under way comes too late
  byId("complete").replaceChildren(parsed(list));
  choose(options()[0]);
}
function choose(option) {
  for (const one of options()) one.ariaSelected = String(one === option);
  option?.scrollIntoView({ block: "nearest" });
  text.ariaExpanded = String(Boolean(option));
  text.setAttribute("aria-activedescendant", option?.id ?? "");
}
function pick(event) {
  const list = options();
  const move = (by) => () => choose(list.at((list.indexOf(chosen()) + by) % list.length));
  const takes = () => take(chosen());
  const act = { ArrowDown: move(1), ArrowUp: move(-1), Enter: takes, Tab: takes, Escape: () => offer("") }[event.key];
  if (!list.length || event.shiftKey || event.isComposing || !act) return;
  act();
  event.preventDefault(); // the key was for the list: Escape closes it, and stops no answer
}
function take({ dataset: { insert, form } }) {
  const end = text.selectionStart;
  const start = text.value.slice(0, end).search(/\S*$/); // it may have grown since the list was asked for
  offer("");
  write(form ? "" : `${insert} `, start, end);
  if (!form) return;
  const which = new URLSearchParams({ name: form, conversation: text.form.dataset.conversation });
  htmx.ajax("GET", `/prompt?${which}`, { target: "#prompt-place", swap: "innerHTML" });
}
on(byId("complete"), "mousedown", (event) => event.preventDefault()); // the focus stays in the text
on(byId("complete"), "mousedown", ({ target }) => options().filter((one) => one.contains(target)).forEach(take));

// -- files that are dropped, pasted or picked go to the workspace -----------------------------------------
async function send(files) {
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers:inherited")), "HX-Request": "true" };
  for (const file of files) {
    const body = new FormData();
    body.append("file", file);
    const answer = await fetch("/files", { method: "POST", body, headers }).catch(() => null);
    if (answer?.ok) write(`${(await answer.json()).insert} `, text.selectionStart, text.selectionEnd);
    else if (answer) byId("toasts").append(...parsed(await answer.text()).querySelectorAll(".toast"));
    else toast(`${file.name} was not sent: Deskhand did not answer.`);
  }
}
const isText = ({ types }) => !types.includes("Files") || types.includes("text/plain"); // cells come with their picture
for (const kind of text ? ["dragover", "dragleave", "drop"] : []) on(document, kind, (event) => {
  if (isText(event.dataTransfer)) return;
  event.preventDefault();
  document.body.classList.toggle("dropping", kind === "dragover");
  if (kind === "drop") send([...event.dataTransfer.files]);
});
on(text, "paste", ({ clipboardData }) => isText(clipboardData) || send([...clipboardData.files]));
on(byId("file"), "change", ({ target }) => send([...target.files]).then(() => (target.value = "")));

// -- buttons and keys that every page has -------------------------------------------------------------------
on(document, "click", async (event) => {
  const { opens, close, copy } = event.target.closest("button")?.dataset ?? {};
  if (opens) byId(opens).showModal();
  if (close !== undefined) (byId(close) ?? event.target.closest(".toast"))?.remove();
  if (close) (document.querySelector("tr[aria-current] a") ?? text)?.focus(); // whence it was opened
  if (copy === undefined) return;
  await navigator.clipboard.writeText(byId(copy).innerText.trim());
  toast("Copied.", "");
});
for (const kind of ["mouseover", "focusin"]) on(byId("inspector"), kind, ({ target }) => { // a request and its answer
  const { pair } = target.closest("[data-pair]")?.dataset ?? {};
  for (const row of all("[data-pair]")) row.classList.toggle("paired", row.dataset.pair === pair);
});
function step(by) {
  const at = all(".turn").findLastIndex((turn) => turn.offsetTop <= box.scrollTop + 40);
  all(".turn")[Math.max(0, at + by)]?.scrollIntoView();
}
function escape(field) { // what is open closes first
  const open = document.querySelector("details.menu[open] > summary, dialog[open], :popover-open");
  if (!open && (!field || field === text)) byId("stop")?.click();
  if (!open?.matches("summary")) return;
  open.focus();
  open.click();
}
const SHOW = { "?": () => byId("keys").showModal(), "/": () => text?.focus(), n: () => location.assign("/chat") };
const KEYS = { ...SHOW, j: () => step(1), k: () => step(-1), q: () => all("#tray .question")[0]?.focus() };
const showLetters = () => (byId("letters").checked = localStorage.getItem("letters") !== "off");
showLetters(); // before pictures are there: `pageshow` waits for them
for (const kind of ["pageshow", "storage"]) on(window, kind, showLetters); // they can be off: WCAG 2.2, 2.1.4
on(byId("letters"), "change", ({ target }) => localStorage.setItem("letters", target.checked ? "on" : "off"));
let went = 0; // when g was pressed
on(document, "keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return; // it was for an input method, or for the list
  const { key, timeStamp } = event;
  const field = event.target.closest("input, textarea, select, dialog");
  const sends = key === "Enter" && !event.shiftKey && field?.matches("#text, .edit textarea");
  if (key === "Escape") escape(field);
  if (key === "ArrowUp" && event.target === text && !text.value) all(".said [hx-get$='/edit']").at(-1)?.click();
  if (sends && field.value.trim()) field.form.requestSubmit();
  if (sends) event.preventDefault();
  if (field || event.ctrlKey || event.metaKey || event.altKey || !byId("letters").checked) return;
  const page = timeStamp - went < 1_500 && all("#nav a").find((link) => link.dataset.key === key);
  went = key === "g" ? timeStamp : 0;
  const act = page ? () => page.click() : KEYS[key];
  if (act) event.preventDefault();
  act?.();
});
if (text && !text.value) text.value = sessionStorage.getItem(draft) ?? "";
tidy(document);
