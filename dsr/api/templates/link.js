// The token stands behind "#", which no browser sends: it goes into the form, and out of the history.
const token = location.hash.slice(1);
if (token) {
  document.getElementById("token").value = token;
  history.replaceState(null, "", location.pathname);
  document.getElementById("second_secret").focus();
}
