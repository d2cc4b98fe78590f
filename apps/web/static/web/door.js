// Comforts only: every page works without this file.
"use strict";

// Narrowing a long select by typing a part of a name.
document.addEventListener("input", (event) => {
  const target = event.target;
  if (!(target instanceof HTMLInputElement) || !target.dataset.narrows) return;
  const list = document.getElementById(target.dataset.narrows);
  const wanted = target.value.trim().toLowerCase();
  for (const option of list.options) {
    option.hidden = Boolean(option.value) && !option.text.toLowerCase().includes(wanted);
  }
  for (const group of list.querySelectorAll("optgroup")) {
    group.hidden = [...group.children].every((option) => option.hidden);
  }
});

// Inputs that only help with scripts are shown once scripts run.
const WIDE = window.matchMedia("(min-width: 768px)");
const reveal = () => {
  // What a telephone folds away stands open where there is room.
  if (WIDE.matches) for (const node of document.querySelectorAll("details[data-open-when-wide]")) node.open = true;
  for (const node of document.querySelectorAll("[data-needs-script]")) node.hidden = false;
};

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-prints]")) window.print();
});

// On a telephone tabs run off the screen: the one that is open is brought into sight.
for (const tabs of document.querySelectorAll(".tabs, .door-bar nav")) {
  const open = tabs.querySelector("[aria-current]");
  if (open) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2;
}

reveal();
document.addEventListener("htmx:afterSettle", reveal);
