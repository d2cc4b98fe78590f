// Finding codes, methods and operators by typing: an editable combobox with a list (WAI-ARIA 1.2).
// Without this file the inputs keep their suggestions and the operators their select.
"use strict";

(() => {
  const PAUSE = 120;
  // A whole code typed by hand counts at once; half of one, or a name, only when the input is left.
  const WHOLE = { code: /^\d{3}-\d{3}-\d{2}$/, method: /^[a-z]\d{1,2}$/i };
  let serial = 0;

  const attach = (input) => {
    if (input.dataset.combo) return;
    input.dataset.combo = "1";
    const kind = input.dataset.lookup;
    const select = input instanceof HTMLSelectElement ? input : null;
    const box = select ? standIn(select) : input;
    const frame = document.createElement("div");
    frame.className = `combo is-${kind}s`;
    box.replaceWith(frame);
    frame.append(box);
    const list = document.createElement("ul");
    list.className = "combo-list";
    list.id = `combo-${(serial += 1)}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "可选项");
    list.hidden = true;
    frame.append(list);
    box.removeAttribute("list");
    for (const [name, value] of [
      ["role", "combobox"], ["autocomplete", "off"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
      ["aria-controls", list.id],
    ]) box.setAttribute(name, value);

    let timer = 0;
    let told = box.value; // what the page has been told of
    let asked = 0;
    let at = -1;

    const options = () => [...list.querySelectorAll('[role="option"]')];
    const close = () => {
      asked += 1; // what is still on its way comes too late
      clearTimeout(timer);
      list.hidden = true;
      at = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };
    const point = (index) => {
      const all = options();
      if (!all.length) return;
      at = (index + all.length) % all.length;
      all.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
      box.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    };
    const passOn = () => {
      told = box.value;
      frame.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const choose = (option) => {
      if (select) {
        select.value = option.dataset.value;
        box.value = chosenText(select);
        select.dispatchEvent(new Event("input", { bubbles: true }));
      } else {
        box.value = option.dataset.value;
        passOn();
      }
      close();
    };
    const show = (found) => {
      list.replaceChildren();
      for (const [place, one] of found.entries()) {
        const option = document.createElement("li");
        option.id = `${list.id}-${place}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.value = one.value;
        option.append(part("combo-label", one.label), part("combo-detail", one.detail));
        list.append(option);
      }
      if (!found.length) {
        const none = part("combo-none", "没有找到，请换个代码、名称或者拼音首字母");
        const row = document.createElement("li");
        row.className = "combo-none";
        row.append(none);
        list.append(row);
      }
      at = -1;
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
    };
    const ask = async () => {
      const text = box.value.trim();
      const mine = (asked += 1);
      const form = box.closest("form");
      const address = new URL(form.dataset.lookup, location.href);
      address.searchParams.set("kind", kind);
      address.searchParams.set("q", select && select.selectedOptions[0] && select.selectedOptions[0].text === text ? "" : text);
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
        if (!answer.ok || mine !== asked || document.activeElement !== box) return;
        show((await answer.json()).found);
      } catch {
        close(); // offline: the code can still be typed
      }
    };

    box.addEventListener("input", (event) => {
      event.stopPropagation();
      if (select) {
        // Half a name is no operator.
        if (!box.value.trim() && select.value) {
          select.value = "";
          select.dispatchEvent(new Event("input", { bubbles: true }));
        }
      } else if (!box.value.trim() || WHOLE[kind].test(box.value.normalize("NFKC").trim())) {
        passOn();
      }
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    box.addEventListener("keydown", (event) => {
      const isOpen = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (isOpen) point(at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1));
        else ask();
      } else if (event.key === "Enter" && isOpen) {
        event.preventDefault();
        const all = options();
        if (all[at]) choose(all[at]);
        else if (all.length === 1) choose(all[0]);
        else close();
      } else if (event.key === "Escape" && isOpen) {
        event.stopPropagation();
        close();
      } else if (event.key === "Tab" && isOpen && options()[at]) {
        choose(options()[at]);
      }
    });
    list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the input keeps the focus
      const option = event.target.closest('[role="option"]');
      if (option) choose(option);
    });
    box.addEventListener("focus", () => select && box.select());
    box.addEventListener("blur", () => {
      close();
      if (select) box.value = chosenText(select);
      else if (box.value !== told) passOn();
    });
  };

  const part = (name, text) => {
    const node = document.createElement("span");
    node.className = name;
    node.textContent = text || "";
    return node;
  };

  const chosenText = (select) => (select.value && select.selectedOptions[0] ? select.selectedOptions[0].text : "");

  // The select keeps the value that is posted; an input stands in its place.
  const standIn = (select) => {
    const box = document.createElement("input");
    box.type = "text";
    box.className = "form-control";
    box.id = `${select.id}_text`;
    box.value = chosenText(select);
    box.placeholder = "输入名称、拼音首字母或者统一社会信用代码";
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) box.setAttribute(name, select.getAttribute(name));
    }
    for (const label of select.labels) label.htmlFor = box.id;
    select.hidden = true;
    select.addEventListener("restored", () => {
      box.value = chosenText(select);
    });
    select.after(box);
    return box;
  };

  const attachAll = (within) => {
    for (const input of within.querySelectorAll("input[data-lookup], select[data-lookup]")) attach(input);
  };

  document.addEventListener("rows:added", (event) => attachAll(event.target));
  attachAll(document);
})();
