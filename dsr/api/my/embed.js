// The intake form on a website:
//   <script type="module" src="https://privacy.example.org/request/embed.js"></script>
//   <privacy-request controller="acme" lang="de"></privacy-request>
// It shows a link to the form, which works under any policy. Where this service lets the website frame the form
// (DSR_EMBED_ORIGINS) and the website's own policy lets it (frame-src), the form itself takes the place of the link
// once it has loaded. It sets no cookie and loads nothing else; its styles are those of the website.
const HERE = new URL(import.meta.url).origin;
const TITLES = {{ titles }};
const MAY_FRAME = {{ may_frame }};
const TALLEST = 20000;

class PrivacyRequest extends HTMLElement {
  #listens;

  connectedCallback() {
    const named = this.lang || document.documentElement.lang || navigator.language;
    const language = named.split("-")[0].toLowerCase();
    const title = TITLES[language] ?? TITLES.en;
    const controller = this.getAttribute("controller");
    const address = new URL("/request" + (controller ? "/" + encodeURIComponent(controller) : ""), HERE);
    address.searchParams.set("language", language in TITLES ? language : "en");
    const link = document.createElement("a");
    link.href = address.href;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = title;
    this.replaceChildren(link);
    if (MAY_FRAME) this.#frame(address, title, link);
  }

  disconnectedCallback() {
    this.#listens?.abort();
  }

  #frame(address, title, link) {
    const frame = document.createElement("iframe");
    frame.src = address.href;
    frame.title = title;
    frame.style.cssText = "display: block; width: 100%; height: 0; border: 0";
    this.#listens = new AbortController();
    const told = (event) => {
      const height = event.data?.privacyRequestHeight;
      if (event.source !== frame.contentWindow || event.origin !== HERE || !Number.isInteger(height)) return;
      frame.style.height = Math.min(Math.max(height, 100), TALLEST) + "px";
      link.hidden = true;
    };
    window.addEventListener("message", told, { signal: this.#listens.signal });
    this.append(frame);
  }
}

customElements.define("privacy-request", PrivacyRequest);
