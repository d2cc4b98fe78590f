// The filing page with scripts: rows come and go in place, what is typed saves itself and is checked as one types.
// 1. every input is copied to this browser at once; 2. after a pause it is posted with the version that was edited;
// 3. what comes back replaces the state of saving, each item's bar and the check; 4. the copy is dropped when the
// server has it. Whatever fails in between, the copy is offered when the page is opened again.
"use strict";

(() => {
  const form = document.getElementById("draft");
  if (!form) return;

  const PAUSE = 600;
  const RETRY = 8000;
  const KEPT_DAYS = 14;
  const UNKEPT = new Set(["csrfmiddlewaretoken", "version", "seen_route", "split_seen", "action"]);
  const { rowsNow, addRow, removeRow, renumber, fill } = window.filingRows;
  const kept = document.getElementById("kept");
  const address = form.getAttribute("action"); // form.action is the buttons of that name

  let timer = 0;
  let running = null;
  let changes = 0; // counts inputs: what was sent is still what stands when it has not moved
  let sentAt = 0;
  let isStopped = false; // a conflict or a filed case: nothing is posted until the person has decided
  let isLeaving = false;

  // ---- the copy in this browser

  const tab = (() => {
    try {
      const name = sessionStorage.getItem("filing-tab") || Math.random().toString(36).slice(2);
      sessionStorage.setItem("filing-tab", name);
      return name;
    } catch {
      return "one";
    }
  })();
  const own = `${form.dataset.keeps}:${tab}`;

  const storage = (act) => {
    try {
      return act(localStorage);
    } catch {
      return null; // full or forbidden: the page works without
    }
  };

  const values = () =>
    [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !UNKEPT.has(name));
  const version = () => form.elements.version.value;

  const keepCopy = () =>
    storage((store) => store.setItem(own, JSON.stringify({ at: Date.now(), version: version(), values: values() })));
  const dropCopy = (key = own) => storage((store) => store.removeItem(key));

  const copies = () =>
    storage((store) =>
      Object.keys(store)
        .filter((key) => key.startsWith("draft:"))
        .flatMap((key) => {
          try {
            const copy = JSON.parse(store.getItem(key));
            if (Date.now() - copy.at < KEPT_DAYS * 86400000) return [{ key, ...copy }];
          } catch {
            // no copy of ours
          }
          store.removeItem(key);
          return [];
        })
        .filter(({ key }) => key.startsWith(`${form.dataset.keeps}:`)),
    ) || [];

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const restore = (copy) => fill(form, copy.values.filter(([name]) => !UNKEPT.has(name)), UNKEPT);

  const offerCopy = () => {
    const standing = values();
    const offered = copies()
      .filter((copy) => !same(copy.values, standing))
      .filter((copy) => copy.key === own || Date.now() - copy.at > PAUSE * 5)
      .sort((one, other) => other.at - one.at)[0];
    if (!form.querySelector('[data-code="form.invalid"]')) {
      for (const copy of copies()) if (same(copy.values, standing)) dropCopy(copy.key);
    }
    if (!offered) return;
    const held = `${form.dataset.keeps}:offered`;
    storage((store) => {
      store.setItem(held, JSON.stringify(offered));
      if (offered.key !== held) store.removeItem(offered.key);
    });
    const moment = new Date(offered.at).toLocaleString("zh-CN", { dateStyle: "short", timeStyle: "short" });
    const moved = offered.version === version() ? "" : "此后该草稿在别处保存过，恢复后以本机内容为准，请核对。";
    tell(`这台电脑上有一份 ${moment} 没有保存的内容。${moved}`, "copy.offered", [
      ["恢复", () => { restore(offered); dropCopy(held); hush(); mark(); }],
      ["丢弃", () => { dropCopy(held); hush(); }],
    ]);
  };

  // ---- what the person is told

  const saved = () => document.getElementById("saved");

  const say = (words, tone = "unit") => {
    const line = saved();
    for (const node of [...line.children]) if (node.name !== "version") node.remove();
    const span = document.createElement("span");
    span.className = tone;
    span.textContent = words;
    line.append(span);
  };

  const hush = () => {
    kept.replaceChildren();
    kept.hidden = true;
  };

  const tell = (sentence, code, buttons) => {
    const box = document.createElement("div");
    box.className = "notice warned";
    box.setAttribute("role", "alert");
    box.dataset.code = code;
    const words = document.createElement("p");
    words.className = "mb-2";
    words.textContent = sentence;
    const acts = document.createElement("div");
    acts.className = "actions";
    for (const [label, act] of buttons) {
      const button = document.createElement(typeof act === "string" ? "a" : "button");
      button.className = "btn btn-sm";
      button.textContent = label;
      if (typeof act === "string") button.href = act;
      else {
        button.type = "button";
        button.addEventListener("click", act);
      }
      acts.append(button);
    }
    box.append(words, acts);
    kept.replaceChildren(box);
    kept.hidden = false;
  };

  const clearErrors = () => {
    for (const node of form.querySelectorAll('.live-error, [id$="_error"], [data-code="form.invalid"]')) node.remove();
    for (const node of form.querySelectorAll("[aria-invalid]")) node.removeAttribute("aria-invalid");
  };

  const showErrors = (answer) => {
    clearErrors();
    for (const error of answer.querySelectorAll("[data-of]")) {
      const id = error.dataset.of;
      const input = document.getElementById(`${id}_text`) || document.getElementById(id);
      if (!input) continue;
      error.classList.add("live-error");
      error.id = `${id}_error`;
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", error.id);
      (input.closest(".combo") || input).after(error);
    }
  };

  const takeOver = (answer) => {
    for (const part of answer.querySelectorAll("[data-live]")) {
      const there = document.getElementById(part.id);
      if (!there || there.innerHTML === part.innerHTML) continue;
      const focused = there.contains(document.activeElement) ? document.activeElement.value : null;
      there.replaceChildren(...part.childNodes);
      if (focused) there.querySelector(`button[value="${CSS.escape(focused)}"]`)?.focus();
    }
    document.getElementById("check").classList.remove("is-stale");
  };

  // ---- saving

  const mark = () => {
    changes += 1;
    keepCopy();
    document.getElementById("check").classList.add("is-stale");
    if (isStopped) return;
    say("正在输入……");
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, RETRY);
  };

  const post = () => {
    const body = new FormData(form);
    for (const [name, value] of [...body]) if (typeof value !== "string") body.delete(name);
    body.set("action", "live");
    return fetch(address, { method: "POST", body, redirect: "manual", headers: { "X-Live": "1" } });
  };

  // A sign-in in another tab gives a new token: without it nothing is taken.
  const freshToken = async () => {
    const answer = await fetch(address, { redirect: "manual" });
    if (!answer.ok) return false;
    const there = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = there.querySelector("#draft [name=csrfmiddlewaretoken]");
    if (token) form.elements.csrfmiddlewaretoken.value = token.value;
    return Boolean(token);
  };

  const save = () => {
    clearTimeout(timer);
    running = (running || Promise.resolve()).then(saveOnce).finally(() => { running = null; });
    return running;
  };

  const saveOnce = async () => {
    if (isStopped) return;
    sentAt = changes;
    say("正在保存……");
    try {
      let answer = await post();
      if (answer.status === 403 && (await freshToken())) answer = await post();
      await understand(answer);
    } catch {
      say("连接中断，内容已暂存在本机，恢复后自动保存。", "due-today");
      later();
    }
    if (!isStopped && sentAt !== changes) await saveOnce();
  };

  const understand = async (answer) => {
    if (answer.type === "opaqueredirect" || answer.status === 403) {
      say("没有保存", "due-today");
      tell("登录已经结束，内容已暂存在这台电脑上。请重新登录，回到本页后可以恢复。", "session.ended", [
        ["重新登录", `${form.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`],
        ["已在另一窗口登录，继续", () => { hush(); save(); }],
      ]);
      return;
    }
    if (answer.status === 404) {
      isStopped = true;
      say("没有保存", "due-late");
      tell("这份草稿已被删除，或者您不再有权修改。填写的内容仍暂存在这台电脑上。", "draft.gone", [
        ["返回列表", "/enterprise/applications/"],
      ]);
      return;
    }
    if (![200, 409, 422].includes(answer.status)) throw new Error(String(answer.status));
    const there = new DOMParser().parseFromString(await answer.text(), "text/html");
    const refused = there.querySelector("[data-refused]");
    if (answer.status === 409 && refused) {
      conflict(refused);
      return;
    }
    showErrors(there);
    takeOver(there);
    if (refused) say(refused.textContent, "due-today");
    if (answer.status !== 200) return;
    if (sentAt === changes) dropCopy();
    if (kept.querySelector('[data-code="session.ended"]')) hush();
  };

  const conflict = (refused) => {
    isStopped = true;
    say("没有保存", "due-late");
    if (refused.dataset.code !== "draft.conflict") {
      tell(refused.textContent, refused.dataset.code, [["查看该申请", address.replace(/draft\/$/, "")]]);
      return;
    }
    tell("这份草稿刚在另一窗口保存了不同的内容。本页的内容没有保存，也没有覆盖那一份。", "draft.conflict", [
      ["载入另一窗口的内容", () => { dropCopy(); location.reload(); }],
      ["用本页的内容覆盖", overwrite],
    ]);
  };

  const overwrite = async () => {
    const answer = await fetch(address, { redirect: "manual" });
    const there = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    const newest = there.querySelector("#saved [name=version]");
    if (!newest) {
      location.reload();
      return;
    }
    form.elements.version.value = newest.value;
    isStopped = false;
    hush();
    mark();
    save();
  };

  // ---- events

  form.addEventListener("input", (event) => {
    if (event.target.type !== "file") mark();
  });
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file" || event.target.closest("[data-uploads]")) return;
    form.requestSubmit(form.querySelector('button[value="save"]'));
  });
  document.addEventListener("draft:changed", save);
  window.addEventListener("online", save);

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-adds-row]")) {
      event.preventDefault();
      addRow().querySelector("input").focus();
      mark();
    } else if (button.matches("[data-removes-row]")) {
      event.preventDefault();
      removeRow(button.closest("[data-row]"));
      mark();
    }
  });

  form.addEventListener("submit", async (event) => {
    if (isLeaving) {
      event.preventDefault(); // the second click of a double click
      return;
    }
    const button = event.submitter;
    if (!running && sentAt === changes) {
      isLeaving = true;
      return;
    }
    event.preventDefault();
    const seen = document.getElementById("check").textContent;
    const { name, value } = button || {};
    const isFiling = button?.matches("[data-files]");
    await save();
    if (isStopped) return;
    if (isFiling && document.getElementById("check").textContent !== seen) {
      say("内容刚刚更新，请核对检查结果后再提交。", "due-today");
      return;
    }
    const again = name ? form.querySelector(`button[name="${name}"][value="${CSS.escape(value)}"]`) : null;
    if (!name || again) form.requestSubmit(again);
  });

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // back again: what the server has, not what this browser remembers
  });

  for (const node of form.querySelectorAll("[data-without-script]")) node.hidden = true;
  renumber();
  offerCopy();
})();
