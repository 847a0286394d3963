// Runs once, in the right side's element, before source.js and folder.js, whose functions it calls. Gradio
// gives `element`, `trigger` and `watch`. What a click means travels to the server as an event.
const body = document.body;
const part = (name) => document.getElementById(name);
const inText = (target) => target.closest?.("input:not([type=file]), textarea, select, [contenteditable]");
let pressed = null; // what was pressed last: it keeps the focus when what it stands in is drawn anew

// Keys are faster than what they show: of one kind of event one at a time is under way, and the last one follows it.
const PATIENCE = 10000; // ms, where no end of it is told: the server is away
const sent = {};
function send(name, data) {
  if (sent[name]) { sent[name].next = data; return; }
  sent[name] = { late: setTimeout(() => ended(name), PATIENCE) };
  trigger(name, data);
}
function ended(name) {
  const { late, next } = sent[name] ?? {};
  clearTimeout(late);
  delete sent[name];
  if (next) send(name, next);
}
document.addEventListener("sr-then", ({ detail }) => setTimeout(() => ended(detail)));

function press(event) {
  const button = event.target.closest?.("button, a");
  if (!button || !button.closest("#sr-head, #sr-main")) return;
  const card = button.closest(".sr-card");
  if (button.matches(".sr-turn")) { pressed = `.sr-turn[value="${button.value}"]`; send("pick_turn", { turn: button.value }); }
  else if (button.matches(".sr-example")) trigger("ask_example", { question: button.textContent });
  else if (button.matches(".sr-react")) { pressed = `.sr-react[value="${button.value}"]`; trigger("react", { value: button.value }); }
  else if (button.matches(".sr-cite")) openCited(button, card);
  else if (button.matches(".sr-doc")) openPlaces([button.value], 0, button);
  else if (button.dataset.step) step(Number(button.dataset.step));
  else if (button.dataset.reach) grow(button);
  else if (button.dataset.copy) copy(button);
  else if (button.dataset.save) trigger("save_as", { form: button.dataset.save });
  else if ("close" in button.dataset) leave();
  else if ("fresh" in button.dataset) { trigger("fresh", {}); part("sr-box").querySelector("textarea").focus(); }
  else if ("folder" in button.dataset) { opener = button; body.classList.add("sr-reading"); browse({}); }
  else if ("unlimit" in button.dataset) trigger("limit", { on: false });
  else if ("theme" in button.dataset) dress(body.classList.contains("dark") ? "light" : "dark");
  else folderPress(button);
}

// A question is asked once, however quickly one presses twice.
let asking = false;
for (const name of ["click", "keypress"]) {
  document.addEventListener(name, (event) => {
    const place = name === "click" ? "#sr-send" : "#sr-box";
    if (!event.target.closest?.(place) || (name === "keypress" && (event.key !== "Enter" || event.shiftKey))) return;
    if (asking) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    asking ||= Boolean(box().value.trim());
  }, true);
}

document.addEventListener("click", press);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[action='/logout']")) {
    try { sessionStorage.clear(); } catch { /* nothing was kept */ }
  } else if (form.matches(".sr-remark")) {
    event.preventDefault();
    trigger("remark", { turn: form.dataset.turn, text: form.querySelector("input").value });
  } else if (form.matches(".sr-filter")) {
    event.preventDefault();
    browse(filter());
  }
});

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key === "Escape" && body.classList.contains("sr-reading")) leave();
  const arrow = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (arrow && !inText(event.target)) step(arrow);
});

// Light or dark: as the system has it, until someone chooses.
function dress(theme) {
  body.classList.toggle("dark", theme === "dark");
  try { localStorage.setItem("sourcier-theme", theme); } catch { /* a private window keeps nothing */ }
}
try { const theme = localStorage.getItem("sourcier-theme"); if (theme) dress(theme); } catch { /* likewise */ }

// Screen readers are told an answer when it comes: the card is drawn anew each time, this line stays.
const live = document.createElement("p");
live.id = "sr-live";
live.className = "sr-only";
live.setAttribute("role", "status");
body.append(live);

// An answer that takes a while is announced, and a question is not lost with the page.
const words = () => document.querySelector("#sr-masthead header")?.dataset ?? {};
const box = () => document.querySelector("#sr-box textarea");
let slow = null;
document.addEventListener("sr-wait", () => {
  clearTimeout(slow);
  live.textContent = "";
  part("sr-ask").dataset.waiting = words().waiting;
  body.classList.add("sr-waiting");
  if (document.activeElement === box()) setTimeout(() => box().select()); // what is written next takes its place
  slow = setTimeout(() => { live.textContent = words().waiting; }, 800);
});
document.addEventListener("sr-done", done);
function done() {
  clearTimeout(slow);
  setTimeout(keepDraft, 100); // once the box is emptied
  asking = false;
  body.classList.remove("sr-waiting");
  if (live.textContent === words().waiting) live.textContent = "";
}

// What is written in the box outlives the page being loaded anew; a tab's memory ends with the login.
function keepDraft() {
  try { sessionStorage.setItem("sourcier-draft", box().value); } catch { /* a private window keeps nothing */ }
}
document.addEventListener("input", ({ target }) => { if (target.closest("#sr-box")) keepDraft(); });
let drafted = false;
function takeUp() {
  if (drafted || !box()) return;
  drafted = true;
  try {
    const draft = sessionStorage.getItem("sourcier-draft");
    if (!draft || box().value) return;
    box().value = draft;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  } catch { /* likewise */ }
}

// What Gradio adds to a message is in English alone, and so is that the server is away.
function away() {
  for (const title of document.querySelectorAll(".toast-title")) {
    if (/^(Warning|Error)/.test(title.firstChild?.data)) title.firstChild.data = "Sourcier ";
    title.closest(".toast-body").querySelector(".toast-close")?.setAttribute("aria-label", words().dismiss);
  }
  for (const text of document.querySelectorAll(".error[data-testid=toast-text]:not([data-told])")) {
    text.dataset.told = "yes";
    const wait = /ask again in (\d+) s$/.exec(text.textContent);
    if (text.textContent.startsWith("Connection to the server was lost")) text.textContent = words().lost;
    else if (wait) text.textContent = words().rate.replace("{n}", wait[1]);
    done(); // nothing else says that it came to no answer
  }
}

let told = null;
function announce() {
  const card = document.querySelector(".sr-card");
  const turn = card?.dataset.turn ?? null;
  if (turn === told) return;
  told = turn;
  live.textContent = card ? card.querySelector(".sr-answer").textContent : "";
  if (card) part("sr-answer").scrollTop = 0;
  document.querySelector(".sr-turn[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// Questions to begin with may still be looked for: the folder is asked each of them first.
let offers = 0;
function offer() {
  if (offers > 5 || !document.querySelector(".sr-welcome") || document.querySelector(".sr-example")) return;
  offers += 1;
  setTimeout(() => { if (document.querySelector(".sr-welcome")) trigger("offer", {}); }, 700);
}

// Something was drawn: say which citation is open, hand the focus back, keep the page's language.
function settle() {
  const shown = reading();
  const here = shown ? JSON.parse(shown.dataset.places)[Number(shown.dataset.at)] : null;
  for (const button of document.querySelectorAll(".sr-cite")) {
    if (button.value === here) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  const asked = Boolean(document.querySelector(".sr-card"));
  if (asked !== body.classList.contains("sr-asked")) {
    body.classList.toggle("sr-asked", asked);
    bring(); // there is another width now
  }
  const language = document.querySelector("#sr-masthead [data-lang]")?.dataset.lang;
  if (language) document.documentElement.lang = language;
  takeUp();
  announce();
  offer();
  away();
  const again = pressed && document.querySelector(pressed);
  if (again && document.activeElement === body) { again.focus(); pressed = null; }
}

// Passages that were unfolded stay so when their card is drawn anew.
let unfolded = null;
document.addEventListener("toggle", ({ target }) => {
  if (target.matches(".sr-more") && target.isConnected) unfolded = target.open ? target.closest(".sr-card").dataset.turn : null;
}, true);
function unfold() {
  const more = unfolded && document.querySelector(`.sr-card[data-turn="${unfolded}"] .sr-more:not([open])`);
  if (more) more.open = true;
}

let due = false;
new MutationObserver(() => {
  unfold();
  if (due) return;
  due = true;
  requestAnimationFrame(() => { due = false; settle(); });
}).observe(body, { childList: true, subtree: true });
