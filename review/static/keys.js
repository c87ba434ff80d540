// The keyboard: j and k walk through a list; every other key is named by a data-key attribute in the page.
"use strict";

for (const element of document.querySelectorAll(".no-script")) element.hidden = true;
for (const element of document.querySelectorAll(".keys-button")) element.hidden = false;

const isField = (element) => element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

function walk(step) {
  const rows = [...document.querySelectorAll("[data-list] a")];
  if (!rows.length) return false;
  const here = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(here + step, 0), rows.length - 1)].focus();
  return true;
}

// A button only takes the focus, so that Enter is the confirmation; a fold opens and hands the focus to its first field.
function use(element) {
  if (element.matches("summary")) {
    element.parentElement.open = true;
    element.parentElement.querySelector("textarea, input:not([type=hidden])").focus();
  } else if (element.matches("a, [data-open]")) {
    element.click();
  } else {
    element.focus();
  }
  element.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (isField(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if ((event.key === "j" || event.key === "k") && walk(event.key === "j" ? 1 : -1)) {
    event.preventDefault();
    return;
  }
  const named = [...document.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key === event.key || element.dataset.also === event.key,
  );
  if (!named) return;
  event.preventDefault();
  use(named);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open).showModal();
});
