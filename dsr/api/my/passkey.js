// Asks the browser for a passkey and sends its answer with the form. The page says so where a browser has none.
const form = document.querySelector("form[data-options]");
const problem = document.getElementById("problem");

function tell(name) {
  problem.textContent = form.dataset[name];
  problem.hidden = false;
  problem.focus();
}

async function answer() {
  const options = JSON.parse(form.dataset.options);
  const creates = form.dataset.ceremony === "create";
  const publicKey = creates
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const made = await (creates ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
  return JSON.stringify(made.toJSON());
}

if (form) {
  const button = form.querySelector("button");
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
    tell("unsupported");
  } else {
    button.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.hidden = true;
      button.disabled = true;
      try {
        form.elements.answer.value = await answer();
        form.submit();
      } catch (error) {
        button.disabled = false;
        tell(error.name === "InvalidStateError" ? "known" : "cancelled");
      }
    });
  }
}
