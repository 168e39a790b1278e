// The token stands behind "#", which no browser sends: it goes into the form, and out of the history.
const field = document.getElementById("token");
const token = location.hash.slice(1) || field.value;
if (token) {
  field.value = token;
  history.replaceState(null, "", location.pathname + location.search);
  // A page in another language is the same link.
  for (const link of document.querySelectorAll("nav a")) link.hash = token;
  document.getElementById("second_secret-1").focus();
}
