// Files come in while the page stands: chosen or dropped, several at once, each with its progress. Without this
// file they come in with the form.
"use strict";

(() => {
  const MEGABYTE = 1024 * 1024;
  const MOST = 20 * MEGABYTE;
  const SIGNED_OUT = "登录已过期，文件没有上传。请在新窗口登录后，回到本页点“重试”。";
  const LOST = "连接中断，文件没有上传，请点“重试”。";

  const size = (bytes) =>
    bytes < MEGABYTE ? `${Math.max(1, Math.floor(bytes / 1024))} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;

  const make = (tag, name, text = "") => {
    const node = document.createElement(tag);
    node.className = name;
    node.textContent = text;
    return node;
  };

  // One line for one file: its name, how far it is, a button to stop or to try again.
  class Line {
    constructor(slot, file) {
      this.slot = slot;
      this.file = file;
      this.node = make("div", "upload");
      this.words = make("span", "upload-words", `${file.name}（${size(file.size)}）等待上传`);
      this.bar = make("progress", "upload-bar");
      this.bar.max = 100;
      this.bar.value = 0;
      this.bar.setAttribute("aria-label", `${file.name} 的上传进度`);
      this.button = make("button", "btn btn-sm", "取消");
      this.button.type = "button";
      this.button.addEventListener("click", () => this.pressed());
      this.node.append(this.words, this.bar, this.button);
      slot.querySelector("[data-told]").append(this.node);
    }

    pressed() {
      if (this.failed) {
        this.node.remove();
        add(this.slot, [this.file]);
      } else if (this.request) {
        this.request.abort();
      } else {
        this.dropped = true;
        this.node.remove();
      }
    }

    at(percent) {
      this.bar.value = percent;
      this.words.textContent = percent < 100 ? `${this.file.name}　${percent}%` : `${this.file.name}　正在检查`;
    }

    // A refusal stays until the person has read it; trying again makes sense only when the line was lost.
    fail(sentence, { again = false } = {}) {
      this.failed = again;
      this.request = null;
      this.bar.remove();
      this.words.textContent = sentence;
      this.words.className = "field-error";
      this.words.setAttribute("role", "alert");
      this.button.textContent = again ? "重试" : "知道了";
      this.dropped = !again;
    }
  }

  const waiting = [];
  let running = false;

  const add = (slot, files) => {
    for (const file of files) {
      const line = new Line(slot, file);
      if (file.size > MOST) line.fail(`文件“${file.name}”超过 20 MB（${size(file.size)}）。`);
      else if (file.size === 0) line.fail(`文件“${file.name}”是空的。`);
      else waiting.push(line);
    }
    next();
  };

  const next = () => {
    if (running) return;
    const line = waiting.shift();
    if (!line) return;
    if (line.dropped) return next();
    running = true;
    send(line).finally(() => {
      running = false;
      next();
    });
  };

  const body = (slot, entries) => {
    const form = new FormData();
    form.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    form.append("slot", slot.dataset.slot);
    for (const [name, value] of entries) form.append(name, value);
    return form;
  };

  const send = (line) =>
    new Promise((done) => {
      const address = line.slot.closest("[data-uploads]").dataset.uploads;
      const request = new XMLHttpRequest();
      line.request = request;
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) line.at(Math.min(100, Math.round((event.loaded / event.total) * 100)));
      });
      request.addEventListener("load", () => {
        taken(line, request, address);
        done();
      });
      request.addEventListener("error", () => {
        line.fail(LOST, { again: true });
        done();
      });
      request.addEventListener("abort", () => {
        line.node.remove();
        done();
      });
      request.open("POST", address);
      request.send(body(line.slot, [["files", line.file]]));
    });

  const taken = (line, request, address) => {
    if (new URL(request.responseURL).pathname !== address) return line.fail(SIGNED_OUT, { again: true });
    if (request.status !== 200 && request.status !== 409 && request.status !== 422)
      return line.fail(`文件“${line.file.name}”没有上传（${request.status}），请刷新页面后再试。`);
    const refused = show(line.slot, request.responseText);
    if (refused) line.fail(refused);
    else line.node.remove();
  };

  // Put the slot's list in its place; gives what was refused.
  const show = (slot, text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-files]");
    const refusals = [...fresh.querySelectorAll("[data-refused]")];
    for (const node of refusals) node.remove();
    slot.querySelector("[data-files]").replaceWith(document.adoptNode(fresh));
    // Whoever checks as one types checks again.
    slot.dispatchEvent(new Event("input", { bubbles: true }));
    return refusals.map((node) => node.textContent).join("");
  };

  const remove = async (slot, button) => {
    const address = slot.closest("[data-uploads]").dataset.uploads;
    button.disabled = true;
    const told = slot.querySelector("[data-told]");
    try {
      const answer = await fetch(address, { method: "POST", body: body(slot, [["remove", button.dataset.removes]]) });
      const refused = answer.redirected || !answer.ok ? "没有移除，请刷新页面后再试。" : show(slot, await answer.text());
      if (refused) told.append(make("p", "field-error", refused));
      else slot.querySelector("input[type=file]").focus();
    } catch {
      button.disabled = false;
      told.append(make("p", "field-error", "连接中断，没有移除，请再试一次。"));
    }
  };

  const slotOf = (event) => (event.target instanceof Element ? event.target.closest("[data-slot]") : null);
  const brings = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  document.addEventListener(
    "change",
    (event) => {
      const slot = slotOf(event);
      if (!slot || !event.target.matches("input[type=file]")) return;
      event.stopPropagation();
      add(slot, [...event.target.files]);
      event.target.value = "";
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const slot = slotOf(event);
    const button = slot && event.target.closest("[data-removes]");
    const told = slot && event.target.closest(".upload");
    if (button) {
      event.preventDefault();
      remove(slot, button);
    } else if (told && event.target.textContent === "知道了") {
      told.remove();
    }
  });

  document.addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault(); // also beside a slot: a missed drop must not leave the page
    for (const node of document.querySelectorAll(".is-over")) node.classList.remove("is-over");
    slotOf(event)?.classList.add("is-over");
  });

  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) for (const node of document.querySelectorAll(".is-over")) node.classList.remove("is-over");
  });

  document.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    const slot = slotOf(event);
    for (const node of document.querySelectorAll(".is-over")) node.classList.remove("is-over");
    if (slot) add(slot, [...event.dataTransfer.files]);
  });

  for (const node of document.querySelectorAll("[data-uploads] [data-without-script]")) node.hidden = true;

  // Leaving while something is on its way is asked about.
  window.addEventListener("beforeunload", (event) => {
    if (running || waiting.length) event.preventDefault();
  });
})();
