// The theme: what was chosen here or in the console, or else what the system prefers.
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = document.querySelector(".theme");
  let chosen = null;
  try { chosen = localStorage.getItem("console-theme"); } catch { /* storage is switched off */ }
  const apply = () => {
    root.dataset.theme = chosen === "dark" || chosen === "light" ? chosen : dark.matches ? "dark" : "light";
    button.textContent = root.dataset.theme === "dark" ? "Light" : "Dark";
  };
  const turn = () => {
    chosen = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("console-theme", chosen); } catch { /* for this page only */ }
    apply();
  };
  apply();
  dark.addEventListener("change", apply);
  button.addEventListener("click", turn);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea");
    if (event.key === "t" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) turn();
  });
}
