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

const moving = document.querySelector("form[data-dates]");
let lastAsked = 0;
moving?.addEventListener("change", async () => {
  const asked = ++lastAsked, place = document.getElementById("dates"), typed = new FormData(moving);
  place.replaceChildren(); // these dates followed from what stood in the form before
  typed.set("then", "dates");
  const answer = await fetch(moving.action, { method: "POST", body: typed });
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("dates");
  if (asked === lastAsked && answer.ok && shown) place.replaceChildren(...shown.childNodes);
});
