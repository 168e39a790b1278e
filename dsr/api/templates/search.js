"use strict";
// Without this script the page is a list of everything; with it, what is typed narrows the list.
const form = document.querySelector('form[role="search"]');
const typed = document.getElementById("q");
const found = document.getElementById("found");
const contents = document.querySelector(".contents");
const sections = [...document.querySelectorAll("section.resource")];

function narrow() {
  const words = typed.value.toLowerCase().split(/\s+/).filter(Boolean);
  let number = 0;
  for (const section of sections) {
    const about = section.querySelector("h2").textContent.toLowerCase();
    let shown = 0;
    for (const entry of section.querySelectorAll("li")) {
      const text = about + " " + entry.textContent.toLowerCase();
      entry.hidden = !words.every((word) => text.includes(word));
      shown += entry.hidden ? 0 : 1;
    }
    section.hidden = shown === 0;
    number += shown;
  }
  contents.hidden = words.length > 0;
  found.textContent = words.length === 0 ? "" : number === 1 ? "1 operation" : number + " operations";
}

form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
typed.addEventListener("input", narrow);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== typed) {
    event.preventDefault();
    typed.focus();
  }
});
narrow();
