"use strict";
// In a frame, tell the page around it how tall this page is; nothing else leaves.
if (window.parent !== window) {
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    window.parent.postMessage({ privacyRequestHeight: height }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
}
