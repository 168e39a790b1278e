// The secret stands behind "#", which no browser sends: it goes into the form, and out of the history.
const secret = location.hash.startsWith("#dsrt_") ? location.hash.slice(1) : "";
if (secret) history.replaceState(null, "", location.pathname + location.search);
const field = document.getElementById("token");
if (field && secret) field.value = secret;
