// The source reader: places to step through, the cited words brought into view, the quote to copy.
let opener = null; // what the reader was opened by, to go back to
let wanted = null; // the place asked for last: keys are faster than what they show

function reading() { return element.querySelector(".sr-reader"); }

function openPlaces(places, at, button) {
  opener = button;
  body.classList.add("sr-reading");
  want(places, at);
  requestAnimationFrame(() => { bring(); enter(); }); // what is shown already will not change
}

function want(places, at, reach = [0, 0]) {
  wanted = { of: JSON.stringify(places), at };
  send("place", { places, at, reach });
}

// More of the article: what one reads stays where it is.
let grown = null;
function grow(button) {
  const shown = reading(), paper = element.querySelector(".sr-paper");
  grown = { side: button.dataset.side, top: paper.scrollTop, left: paper.scrollHeight - paper.scrollTop };
  want(JSON.parse(shown.dataset.places), Number(shown.dataset.at), JSON.parse(button.dataset.reach));
}

// The citations of one answer are stepped through; so are its nearest passages, by themselves.
function openCited(button, card) {
  const near = button.closest(".sr-more");
  const all = [...(near ?? card).querySelectorAll(".sr-cite")].filter((one) => near || !one.closest(".sr-more"));
  openPlaces(all.map((one) => one.value), all.indexOf(button), button);
}

function step(by) {
  const shown = reading();
  if (!shown) return;
  const places = JSON.parse(shown.dataset.places);
  const from = wanted?.of === JSON.stringify(places) ? wanted.at : Number(shown.dataset.at);
  const at = from + by;
  if (at < 0 || at >= places.length) return;
  if (element.querySelector(".sr-arrows")?.contains(document.activeElement)) arrow = by;
  want(places, at);
}

// On a phone the right side lies over the conversation: the focus goes with it.
function enter() {
  const close = element.querySelector("[data-close]");
  if (close?.offsetParent && !element.contains(document.activeElement)) close.focus({ preventScroll: true });
}

function leave() {
  body.classList.remove("sr-reading");
  if (opener?.isConnected) opener.focus();
  else part("sr-box").querySelector("textarea").focus();
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // only a page on this machine, or one by https, may write there
    const area = document.createElement("textarea");
    area.value = text;
    body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  live.textContent = button.dataset.copied;
  button.disabled = true;
  setTimeout(() => { button.textContent = label; button.disabled = false; }, 1500);
}

function bring() {
  const paper = element.querySelector(".sr-paper");
  if (grown && paper) {
    paper.scrollTop = grown.side === "after" ? grown.top : paper.scrollHeight - grown.left;
    if (document.activeElement === body) paper.focus({ preventScroll: true });
    grown = null;
    return;
  }
  const cited = paper && (paper.querySelector("mark") || paper.querySelector(".sr-tint"));
  if (!cited) return;
  if (getComputedStyle(paper).overflowY === "visible") { // where there is little height, all of it scrolls
    if (body.classList.contains("sr-reading")) cited.scrollIntoView({ block: "center" });
    return;
  }
  const gap = cited.getBoundingClientRect().top - paper.getBoundingClientRect().top;
  paper.scrollTop += gap - paper.clientHeight * 0.3;
}

// An arrow that was pressed keeps the focus, or hands it to the other where it leads no further. Gradio tells of a
// new value before it draws it, or after, and draws the arrows anew or disables them where they are: the focus is
// handed on at the drawing, before another key can be lost.
let arrow = null;
document.addEventListener("focusin", ({ target }) => { if (!target.closest("[data-step]")) arrow = null; });
new MutationObserver(() => {
  const at = document.activeElement;
  const next = arrow && (at === body || at.disabled) && element.querySelector(`[data-step="${arrow}"]`);
  if (next) (next.disabled ? element.querySelector("[data-step]:not(:disabled)") : next)?.focus();
}).observe(element, { childList: true, subtree: true });

watch("value", () => requestAnimationFrame(() => {
  body.classList.add("sr-ready");
  const drawn = reading();
  if (!drawn || wanted?.at === Number(drawn.dataset.at)) wanted = null;
  bring();
  if (body.classList.contains("sr-reading")) enter();
  folderShown();
}));
