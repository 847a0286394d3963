// Runs once, in the reader's element. Gradio gives `element`, `trigger` and `watch`.
// A click on a citation anywhere on the page asks the server for its place.
let opener = null;
let pressed = null;
let reacted = null;

const reading = () => element.querySelector(".sr-reader");

function open(places, at) {
  trigger("place", { places, at });
  requestAnimationFrame(() => { scroll(); enter(); }); // what is shown already will not change
}

// On a phone the reader lies over the conversation: the focus goes with it.
function enter() {
  const close = element.querySelector("[data-close]");
  if (close?.offsetParent && !element.contains(document.activeElement)) close.focus();
}

function leave() {
  document.body.classList.remove("sr-reading");
  if (opener && opener.isConnected) opener.focus();
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  button.disabled = true;
  setTimeout(() => { button.textContent = label; button.disabled = false; }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("#sr-chat :is(.sr-cite, .sr-react), #sr-panel :is(.sr-doc, [data-step], [data-copy], [data-close])");
  if (!button) return;
  if (button.matches(".sr-react")) {
    reacted = button.value;
    trigger("react", { value: button.value });
    return;
  }
  const shown = reading();
  pressed = button.dataset.step ?? null;
  if (button.matches(".sr-cite")) {
    const all = [...button.closest(".sr-card").querySelectorAll(".sr-cite")];
    open(all.map((one) => one.value), all.indexOf(button));
  } else if (button.matches(".sr-doc")) {
    open([button.value], 0);
  } else if (shown && button.dataset.step) {
    open(JSON.parse(shown.dataset.places), Number(shown.dataset.at) + Number(button.dataset.step));
  } else if (button.dataset.copy) {
    copy(button);
  } else {
    leave();
  }
  if (button.matches(".sr-cite, .sr-doc")) {
    opener = button;
    document.body.classList.add("sr-reading");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("sr-reading")) leave();
});

// Say which citation is open, and drop the label in which Gradio repeats a message's HTML.
function mark() {
  const shown = reading();
  const here = shown ? JSON.parse(shown.dataset.places)[Number(shown.dataset.at)] : null;
  for (const button of document.querySelectorAll(".sr-cite")) {
    if (button.value === here) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  for (const button of document.querySelectorAll(".sr-react")) {
    button.setAttribute("aria-pressed", String(button.classList.contains("sr-chosen")));
    // The card was drawn anew: the focus goes back to the button that was pressed.
    if (reacted === button.value && button.matches(".sr-chosen")) {
      if (document.activeElement === document.body) button.focus();
      reacted = null;
    }
  }
  for (const bubble of document.querySelectorAll("#sr-chat [data-testid][aria-label]")) bubble.removeAttribute("aria-label");
  const language = document.querySelector("#sr-masthead [data-lang]")?.dataset.lang;
  if (language) document.documentElement.lang = language;
}

// Bring the latest question to the top of the conversation.
let questions = 0;
function follow() {
  const asked = document.querySelectorAll("#sr-chat .sr-question");
  if (asked.length > questions) {
    const latest = asked[asked.length - 1];
    const log = latest.closest("[role=log]");
    log.scrollTop += latest.getBoundingClientRect().top - log.getBoundingClientRect().top;
  }
  questions = asked.length;
}

// Bring what is cited into view.
function scroll() {
  const paper = element.querySelector(".sr-paper");
  const cited = paper && (paper.querySelector("mark") || paper.querySelector(".sr-tint"));
  if (!cited) return;
  const gap = cited.getBoundingClientRect().top - paper.getBoundingClientRect().top;
  paper.scrollTop += gap - paper.clientHeight * 0.3;
}

// The reader shows something else. An arrow that was pressed keeps the focus, or hands it to the other
// where it leads no further; answers to quick presses may come together, so it is held until a click elsewhere.
function arrive() {
  document.body.classList.add("sr-ready");
  scroll();
  if (document.body.classList.contains("sr-reading")) enter();
  const arrow = pressed && element.querySelector(`[data-step="${pressed}"]`);
  const lost = document.activeElement === document.body || document.activeElement === arrow;
  if (arrow && lost) (arrow.disabled ? element.querySelector("[data-step]:not(:disabled)") : arrow)?.focus();
}

let due = false;
new MutationObserver(() => {
  if (due) return;
  due = true;
  requestAnimationFrame(() => { due = false; mark(); follow(); });
}).observe(document.querySelector("gradio-app"), { childList: true, subtree: true });

watch("value", () => requestAnimationFrame(arrive));
