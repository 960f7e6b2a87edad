// The page is whole without this script. It switches the number of segments K, and pins a segment among the others.
"use strict";
const slider = document.getElementById("k");
const ks = JSON.parse(slider.dataset.ks);
const at = new Map(ks.map((k) => [k, [...document.querySelectorAll(`[data-k="${k}"]`)]]));
const main = document.querySelector("main");
let shown = Number(slider.dataset.chosen);
let pinned = null;

function show(k) {
  if (!at.has(k) || k === shown) return;
  for (const element of at.get(shown)) element.toggleAttribute("hidden", true); // SVG has no property for it
  for (const element of at.get(k)) element.toggleAttribute("hidden", false);
  shown = k;
  slider.value = ks.indexOf(k);
  slider.setAttribute("aria-valuetext", k === 1 ? "1 segment" : `${k} segments`);
  pin(null);
}

function highlight(segment) {
  if (segment) main.dataset.pinned = segment;
  else delete main.dataset.pinned;
}

function pin(segment) {
  pinned = segment;
  highlight(segment);
}

// The address says which K is shown: #k=4, or #segment-4-2 for a card at that K; without either it is the chosen one.
function follow() {
  if (!location.hash) show(Number(slider.dataset.chosen));
  const [, k] = /^#(?:k=|segment-)(\d+)/.exec(location.hash) ?? [];
  if (!k) return;
  show(Number(k));
  if (location.hash.startsWith("#segment-")) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

const segmentOf = (event) => event.target.closest?.("[data-segment]")?.dataset.segment ?? null;
slider.addEventListener("input", () => {
  show(ks[slider.value]);
  history.replaceState(null, "", `#k=${shown}`);
});
addEventListener("hashchange", follow);
for (const type of ["pointerover", "focusin"]) {
  main.addEventListener(type, (event) => highlight(segmentOf(event) ?? pinned));
}
main.addEventListener("pointerleave", () => highlight(pinned));
main.addEventListener("click", (event) => {
  if (!event.target.closest("a, summary, input, code")) pin(segmentOf(event) === pinned ? null : segmentOf(event));
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") pin(null);
});
follow();
