// One state for the whole page: the number of segments K, and the segment pointed at.
"use strict";
const views = [];
const slider = document.getElementById("k");
const steps = JSON.parse(slider.dataset.ks);
const cards = document.querySelectorAll(".card[data-segment]");
const chosen = steps[slider.defaultValue]; // the cards are those of this K

function tell(signal, value) {
  for (const view of views) view.signal(signal, value).runAsync();
}

function show(k) {
  for (const element of document.querySelectorAll("[data-k]")) element.hidden = Number(element.dataset.k) !== k;
  tell("K", k);
}

function point(segment) {
  for (const card of cards) {
    card.classList.toggle("pointed", Number(card.dataset.segment) === segment && steps[slider.value] === chosen);
  }
  tell("segment", segment);
}

async function draw() {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  for (const [id, spec] of Object.entries(charts)) {
    const {view} = await vegaEmbed(`#${id}`, spec, {
      actions: false,
      ast: true, // expressions are interpreted: the page's policy forbids to compile them
      renderer: id === "customers" ? "canvas" : "svg",
      tooltip: {theme: dark ? "dark" : "light"},
    });
    view.addEventListener("pointerover", (_, item) => point(item?.datum?.segment ?? null));
    view.addEventListener("pointerout", () => point(null));
    views.push(view);
  }
}

slider.addEventListener("input", () => {
  slider.setAttribute("aria-valuetext", `${steps[slider.value]} segments`);
  show(steps[slider.value]);
});
for (const card of cards) {
  const own = () => point(steps[slider.value] === chosen ? Number(card.dataset.segment) : null);
  for (const event of ["pointerenter", "focusin"]) card.addEventListener(event, own);
  for (const event of ["pointerleave", "focusout"]) card.addEventListener(event, () => point(null));
}
draw().then(() => {
  show(steps[slider.value]); // where it was moved meanwhile, or a reload kept it
  document.documentElement.dataset.drawn = "";
});
