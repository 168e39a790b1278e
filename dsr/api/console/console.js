// Keys of the console. Every page works without them.
const rows = () => [...document.querySelectorAll("a.row, .cases a:first-child")];
const isTyping = (target) => target.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select");

function move(step) {
  const all = rows();
  const at = all.indexOf(document.activeElement);
  all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const row = document.activeElement.closest("tr, li");
  const tick = event.key === "x" && row?.querySelector("input[type=checkbox]");
  if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  else if (tick) tick.click();
  else if (!named && event.key === "o" && document.activeElement.matches("a")) document.activeElement.click();
  else if (!named) return;
  else if (named.matches("input:not([type=checkbox]), select")) named.focus();
  else named.click();
  event.preventDefault();
});

for (const range of document.querySelectorAll("input[data-shows]")) {
  const output = document.getElementById(range.dataset.shows);
  range.addEventListener("input", () => { output.textContent = range.dataset.words.replace("{number}", range.value).replace("{all}", range.max); });
}

// What a form would do, before it is given: the server runs the command and saves nothing.
const form = document.querySelector("form[data-rehearses]");
const PAUSE = 400; // milliseconds without a key
let lastAsked = 0, pause;

async function rehearse() {
  const asked = ++lastAsked, shows = form.dataset.rehearses, typed = new FormData(form);
  typed.set("then", shows);
  const answer = await fetch(form.action, { method: "POST", body: typed });
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(shows);
  if (asked !== lastAsked || !answer.ok || !shown) return;
  const place = document.getElementById(shows);
  place.replaceChildren(...shown.childNodes);
  place.removeAttribute("aria-busy");
  document.getElementById("lacking")?.replaceChildren(place.querySelector(".count").textContent);
}

form?.addEventListener("input", () => {
  const place = document.getElementById(form.dataset.rehearses);
  if (place.id === "dates") place.replaceChildren(); // these dates followed from what stood in the form before
  place.setAttribute("aria-busy", "true");
  lastAsked += 1; // an answer to what stood there before comes too late
  clearTimeout(pause);
  pause = setTimeout(rehearse, PAUSE);
});

// Browsers forget a chosen file when a refused form is shown again. Sent from here, the form comes back with its file.
async function sendWithFile(event) {
  event.preventDefault();
  const sent = event.currentTarget, file = sent.querySelector("input[type=file]");
  sent.setAttribute("aria-busy", "true");
  const answer = await fetch(sent.action, { method: "POST", body: new FormData(sent) }).catch(() => null);
  if (!answer) return sent.submit();
  if (answer.redirected) return location.assign(answer.url);
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(shown.querySelector("main"));
  document.getElementById(file.id)?.replaceWith(file);
  document.querySelectorAll("[data-file-again]").forEach((each) => each.remove());
  const alert = document.querySelector("main [role=alert]");
  alert?.setAttribute("tabindex", "-1");
  alert?.focus();
  keepFiles();
}

function keepFiles() {
  document.querySelectorAll("form[data-keeps-file]").forEach((each) => each.addEventListener("submit", sendWithFile));
}

keepFiles();
