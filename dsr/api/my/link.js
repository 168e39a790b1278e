// The token stands behind "#", which no browser sends: it goes into the form, and out of the history.
// Loaded before anything is shown, so that nobody can leave the page without it.
const token = location.hash.startsWith("#dsrx_") ? location.hash.slice(1) : "";
if (token) history.replaceState(null, "", location.pathname + location.search);

document.addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("token");
  if (token) field.value = token;
  if (field.value) document.getElementById("password-1").focus();
});

// A page in another language is the same link.
document.addEventListener("click", ({ target }) => {
  const link = target.closest("nav a");
  if (link) link.hash = document.getElementById("token")?.value || token;
}, { capture: true });
