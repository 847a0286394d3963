// The view of the folder: looked through, added to, removed from, brought up to date.
const folder = () => element.querySelector(".sr-folder");
const said = () => JSON.parse(folder().dataset.words);
const fill = (phrase, facts) => phrase.replace(/{(\w+)}/g, (whole, name) => facts[name] ?? whole);
const at = (source) => `/api/documents/${source.split("/").map(encodeURIComponent).join("/")}`;
let outcomes = []; // lines that outlive the list being drawn anew: [text, button or null, what the button does]
let watching = null;

function filter() {
  const form = element.querySelector(".sr-filter");
  return form ? Object.fromEntries(new FormData(form)) : {};
}

let kept = null; // what the list is drawn anew around: how far it was scrolled, how many rows it had
let refocus = null; // what has the focus next, when what had it is gone
let typing = null; // the field of the filter that one is writing in, and what stands there by now
function browse(chosen, same = false) {
  const files = same && element.querySelector(".sr-files");
  kept = files ? { top: files.scrollTop, rows: element.querySelectorAll(".sr-doc").length, more: false } : null;
  if (same && document.activeElement?.closest(".sr-status")) refocus = ".sr-status button";
  send("browse", chosen);
}

const again = () => browse({ ...filter(), most: Number(folder().dataset.most) }, true);

// A date is whole only once its year is: it is not looked for while one still writes it.
let typed = null;
element.addEventListener("input", ({ target }) => {
  if (!target.closest(".sr-filter")) return;
  const isDate = target.type === "date";
  typing = { name: target.name, value: target.value, caret: isDate ? null : target.selectionStart };
  clearTimeout(typed);
  if (!isDate || target.value === "" || target.value >= "1000") typed = setTimeout(() => browse(filter()), isDate ? 900 : 250);
});

function folderShown() {
  if (!folder()) { typing = kept = null; return; }
  const field = typing && element.querySelector(`.sr-filter [name=${typing.name}]`);
  if (field && document.activeElement === body) {
    const done = field.value === typing.value;
    field.value = typing.value; // more may have been written meanwhile, and is looked for next
    field.focus();
    if (typing.caret !== null) field.setSelectionRange(typing.caret, typing.caret);
    if (done) typing = null;
  }
  if (kept) {
    element.querySelector(".sr-files").scrollTop = kept.top;
    const next = kept.more && element.querySelectorAll(".sr-doc")[kept.rows];
    if (next && document.activeElement === body) next.focus({ preventScroll: true });
    kept = null;
  }
  tell();
  if (refocus && document.activeElement === body) {
    element.querySelector(refocus)?.focus();
    refocus = null;
  }
  follow();
}

function folderPress(button) {
  const words = folder() && said();
  if (!words || !element.contains(button)) return;
  if (button.dataset.more) { browse({ ...filter(), most: Number(button.dataset.more) }, true); kept.more = true; }
  else if ("clear" in button.dataset) { typing = null; browse({}); }
  else if ("limit" in button.dataset) trigger("limit", { on: true });
  else if ("reindex" in button.dataset) call("POST", "/api/index").then(follow, failed);
  else if (button.dataset.remove && button.dataset.sure) remove(button.dataset.remove, words);
  else if (button.dataset.remove) { // the first press asks, the second does
    button.dataset.sure = "yes";
    button.textContent = words.sure;
    setTimeout(() => { delete button.dataset.sure; button.textContent = words.remove; }, 4000);
  }
}

async function call(method, path, content, type) {
  const headers = content === undefined ? {} : { "Content-Type": type };
  const response = await fetch(path, { method, headers, body: content });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.error?.message ?? response.statusText), { status: response.status });
}

const failed = (error) => note(`${said().failed}: ${error.message}`);

// Lines under the filter: what became of each file, with what can be done about it.
function note(text, button = null, act = null) {
  outcomes = [...outcomes, [text, button, act]].slice(-5);
  tell();
}

function tell(progress = null) {
  const status = element.querySelector(".sr-status");
  if (!status) return;
  const focused = status.contains(document.activeElement) ? document.activeElement.textContent : null;
  status.replaceChildren(...outcomes.map(([text, label, act]) => {
    const line = document.createElement("span");
    line.textContent = text;
    if (label) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", act);
      line.append(" ", button);
    }
    return line;
  }));
  if (progress) status.append(progress);
  if (focused) [...status.querySelectorAll("button")].find((one) => one.textContent === focused)?.focus();
}

async function add(files) {
  const words = said();
  outcomes = [];
  for (const file of files) {
    if (!words.formats.some((suffix) => file.name.toLowerCase().endsWith(suffix))) {
      note(`${file.name}: ${fill(words.wrong_format, { formats: words.formats.join(", ") })}`);
    } else if (file.size > words.largest) {
      note(`${file.name}: ${fill(words.too_large, words)}`);
    } else {
      await put(file, words, "");
    }
  }
  follow();
}

async function put(file, words, how) {
  try {
    await call("PUT", at(file.name) + how, file, "application/octet-stream");
    note(`${file.name} ✓`);
  } catch (error) {
    if (error.status !== 409) { failed(error); return; }
    note(`${file.name}: ${words.exists}`, words.replace, () => { outcomes = []; put(file, words, "?replace=true").then(follow); });
  }
}

async function remove(source, words) {
  outcomes = [];
  try {
    const removed = await call("DELETE", at(source));
    note(fill(words.removed, { source }), words.put_back, () => {
      outcomes = [];
      call("POST", "/api/put_back", JSON.stringify({ kept: removed.kept }), "application/json").then(follow, failed);
    });
    element.querySelector(".sr-status button")?.focus(); // its own goes with its row
  } catch (error) { failed(error); }
  follow();
}

element.addEventListener("change", (event) => {
  if (event.target.matches(".sr-add input")) { add([...event.target.files]); event.target.value = ""; }
});
for (const name of ["dragover", "dragleave", "drop"]) {
  element.addEventListener(name, (event) => {
    if (!element.querySelector(".sr-add") || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    folder().classList.toggle("sr-over", name === "dragover");
    if (name === "drop") add([...event.dataTransfer.files]);
  });
}

// How the index stands, asked again while something is under way, and now and then while the view is open.
async function follow() {
  clearTimeout(watching);
  if (!folder()) return;
  let state;
  try { state = await call("GET", "/api/index"); } catch { watching = setTimeout(follow, 5000); return; }
  if (!folder()) return;
  const words = said();
  if (state.running) {
    const bar = document.createElement("span");
    const progress = document.createElement("progress");
    progress.max = state.total || 1;
    progress.value = state.done;
    const label = fill(words.indexing, { done: state.done, total: state.total });
    progress.setAttribute("aria-label", label);
    bar.append(progress, ` ${label}`);
    tell(bar);
    indexing = true;
  } else {
    if (indexing) {
      indexing = false;
      if (state.problem) note(`${words.failed}: ${state.problem}`);
      else if (state.built) note(state.built.rebuilt ? fill(words.built, state.built) : words.unchanged);
    }
    if (state.version !== folder().dataset.version) { again(); return; }
  }
  watching = setTimeout(follow, state.running || indexing ? 300 : 4000);
}
let indexing = false;
