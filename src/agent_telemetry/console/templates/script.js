"use strict";
(() => {
  // The theme: what was chosen here, or else what the system prefers.
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try { chosen = localStorage.getItem("console-theme"); } catch { /* storage is switched off */ }
  const apply = () => {
    root.dataset.theme = chosen || (dark.matches ? "dark" : "light");
    const button = document.querySelector("[data-testid=theme]");
    const word = root.dataset.theme === "dark" ? "Light" : "Dark";
    if (button && button.textContent !== word) button.textContent = word;
  };
  apply();
  root.lang = "en";
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-testid=theme]")) return;
    chosen = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("console-theme", chosen); } catch { /* for this page only */ }
    apply();
  });
  // What was open stays open when the living part is drawn anew, and focus stays where it was.
  const open = new Set();
  document.addEventListener("toggle", (event) => {
    const id = event.target.id;
    if (id && event.target.isConnected) open[event.target.open ? "add" : "delete"](id);
  }, true);
  let focused = "", shown = false;
  document.addEventListener("focusin", (event) => { focused = event.target.id || event.target.closest("details")?.id || ""; });
  new MutationObserver((changes) => {
    if (!changes.some((change) => change.addedNodes.length)) return;
    apply();
    for (const id of open) { const found = document.getElementById(id); if (found) found.open = true; }
    if (focused && document.activeElement === document.body) {
      const found = document.getElementById(focused);
      (found?.tagName === "DETAILS" ? found.querySelector("summary") : found)?.focus({preventScroll: true});
    }
    if (!shown) {  // where the menu is a row that scrolls, the page that is shown is in sight
      const menu = document.querySelector(".menu"), here = menu?.querySelector("[aria-current]");
      if (here) { shown = true; menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2; }
    }
    const wanted = location.hash.slice(1);
    if (wanted && !open.has(wanted)) {
      const found = document.getElementById(decodeURIComponent(wanted));
      if (found?.tagName === "DETAILS") { found.open = true; found.scrollIntoView({block: "center"}); }
    }
  }).observe(document, {childList: true, subtree: true});
  // Keys: / to the filter, g and a letter to a page, t for the theme.
  let going = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea")) return;
    if (going) {
      going = false;
      const link = document.querySelector(`.menu a[data-key="${CSS.escape(event.key)}"]`);
      if (link) link.click();
      return;
    }
    if (event.key === "g") { going = true; setTimeout(() => { going = false; }, 1500); }
    if (event.key === "t") document.querySelector("[data-testid=theme]")?.click();
    if (event.key === "/") {
      const field = document.querySelector(".filters input.wide");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    }
  });
  // Empty fields of a filter make no address longer.
  document.addEventListener("submit", (event) => {
    for (const field of event.target.querySelectorAll("input, select")) field.disabled = !field.value;
  });
  window.addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll(".filters :disabled")) field.disabled = false;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.(".filters select")) event.target.form.requestSubmit();
  });
})();
