"use strict";
// Shows what is new without moving what is read: open rows stay open, the focus stays where it is,
// and the line at the top of the window stays there.
const EVERY = 10_000;
const lost = document.getElementById("lost");
let read = new Date();

function topmost() {
  for (const row of document.querySelectorAll("#live [id]")) {
    const {top, bottom} = row.getBoundingClientRect();
    if (bottom > 0) return {id: row.id, top};
  }
  return null;
}
function place(element) {
  // Where the focus is, as the way there: the nearest id and the position among its links.
  const within = element && element.closest("#live [id]");
  if (!within) return null;
  const spots = [...within.querySelectorAll("a, summary")];
  return {id: within.id, index: spots.indexOf(element)};
}
function take(page) {
  const live = document.getElementById("live");
  const news = page.getElementById("live");
  if (!news) throw new Error("the answer is no page of the inbox");
  const open = [...live.querySelectorAll("details[open]")].map((row) => row.id);
  const focus = place(document.activeElement);
  const anchor = window.scrollY > 0 ? topmost() : null;
  live.replaceWith(document.adoptNode(news));
  for (const id of open) {
    const row = document.getElementById(id);
    if (row && row.tagName === "DETAILS") row.open = true;
  }
  const kept = anchor && document.getElementById(anchor.id);
  if (kept) window.scrollBy({top: kept.getBoundingClientRect().top - anchor.top, behavior: "instant"});
  const within = focus && document.getElementById(focus.id);
  const spot = within && within.querySelectorAll("a, summary")[focus.index];
  if (spot) spot.focus({preventScroll: true});
  document.title = page.title;
  const icon = document.querySelector("link[rel=icon]");
  const address = page.querySelector("link[rel=icon]").getAttribute("href");
  if (icon.getAttribute("href") !== address) icon.setAttribute("href", address);
}
async function refresh() {
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed) return;  // somebody is about to copy something
  try {
    const response = await fetch(location.href, {headers: {accept: "text/html"}, signal: AbortSignal.timeout(EVERY)});
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    take(new DOMParser().parseFromString(await response.text(), "text/html"));
    read = new Date();
    lost.hidden = true;
  } catch (error) {
    const at = read.toISOString().slice(11, 19);
    lost.textContent = `The inbox does not answer (${error.message}). What you see is of ${at} UTC.`;
    lost.hidden = false;
  }
}
setInterval(() => { if (!document.hidden) refresh(); }, EVERY);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
