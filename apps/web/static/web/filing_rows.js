// The rows of the filing page: they come, go and are numbered in place, as the server would number them.
"use strict";

window.filingRows = (() => {
  const MOST_ROWS = 50;
  const rows = document.getElementById("rows");

  const rowsNow = () => [...rows.querySelectorAll("[data-row]")];

  const renumber = () => {
    rowsNow().forEach((row, index) => {
      const number = index + 1;
      for (const node of [row, ...row.querySelectorAll("*")]) {
        for (const name of ["id", "for", "aria-describedby"]) {
          if (node.hasAttribute(name)) {
            node.setAttribute(name, node.getAttribute(name).replace(/\bitem(\d+|__n__)_/g, `item${number}_`));
          }
        }
      }
      row.querySelector("legend").textContent = `第 ${number} 项`;
      row.querySelector(".item-number").textContent = `第 ${number} 项`;
      row.querySelector('[name="exempt_item"]').value = String(number);
      const remove = row.querySelector("[data-removes-row]");
      remove.value = `remove_item:${number}`;
      remove.setAttribute("aria-label", `移除第 ${number} 项`);
    });
    document.querySelector("[data-adds-row]").disabled = rowsNow().length >= MOST_ROWS;
  };

  const addRow = () => {
    rows.append(document.getElementById("blank-row").content.cloneNode(true));
    renumber();
    const added = rowsNow().at(-1);
    added.dispatchEvent(new Event("rows:added", { bubbles: true }));
    return added;
  };

  const removeRow = (row) => {
    const place = rowsNow().indexOf(row);
    row.remove();
    if (!rowsNow().length) addRow();
    renumber();
    const next = rowsNow()[Math.max(0, place - 1)];
    next.querySelector("input").focus();
  };

  // Put values, as pairs of name and value in the order of a form, into the inputs; columns fill the rows in order.
  const fill = (form, pairs, without) => {
    const all = new Map();
    for (const [name, value] of pairs) all.set(name, [...(all.get(name) || []), value]);
    const count = (all.get("waste_code") || [""]).length;
    while (rowsNow().length < count) addRow();
    while (rowsNow().length > count) rowsNow().at(-1).remove();
    renumber();
    for (const input of form.querySelectorAll("input[name], select[name], textarea[name]")) {
      if (without.has(input.name) || input.type === "file") continue;
      const wanted = all.get(input.name) || [];
      const row = input.closest("[data-row]");
      if (input.type === "checkbox" || input.type === "radio") {
        input.checked = wanted.includes(input.value);
      } else {
        input.value = wanted[row ? rowsNow().indexOf(row) : 0] || "";
        input.dispatchEvent(new Event("restored"));
      }
    }
  };

  return { rowsNow, addRow, removeRow, renumber, fill };
})();
