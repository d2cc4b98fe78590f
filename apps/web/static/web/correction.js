// Each answer is kept while it is typed. What could not be kept stays in this browser and comes back with the page.
"use strict";

(() => {
  const form = document.getElementById("correction");
  if (!form) return;
  const PAUSE = 800;
  const timers = new Map();

  const partsOf = (point) => {
    const number = point.dataset.point;
    return {
      number,
      answer: form.elements[`answer_${number}`],
      done: form.elements[`done_${number}`],
      seen: form.elements[`seen_${number}`],
      told: point.querySelector("[data-told]"),
      key: `${form.dataset.keeps}:${number}`,
    };
  };

  const tell = (told, words, isError) => {
    told.textContent = words;
    told.classList.toggle("field-error", Boolean(isError));
  };

  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });

  const save = async (point) => {
    const { number, answer, done, seen, told, key } = partsOf(point);
    const typed = answer.value;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("action", `point:${number}`);
    body.append(`answer_${number}`, typed);
    body.append(`seen_${number}`, seen.value);
    if (done.checked) body.append(`done_${number}`, "on");
    localStorage.setItem(key, typed);
    tell(told, "正在保存…");
    try {
      const reply = await fetch(location.pathname, { method: "POST", body });
      if (reply.redirected) {
        return tell(told, "没有保存：登录已过期或者案件已有变化。填写的内容留在本机，请在新窗口登录后刷新本页。", true);
      }
      const said = await reply.json();
      if (!reply.ok) return tell(told, said.sentence, true);
      seen.value = said.answer;
      answer.removeAttribute("aria-invalid");
      if (answer.value === typed) localStorage.removeItem(key);
      tell(told, `已保存 ${clock()}`);
    } catch {
      tell(told, "连接中断，没有保存；填写的内容留在本机，恢复后继续。", true);
    }
  };

  const later = (point, pause) => {
    clearTimeout(timers.get(point));
    timers.set(
      point,
      setTimeout(() => {
        timers.delete(point);
        save(point);
      }, pause),
    );
  };

  const count = () => {
    const parts = [...form.querySelectorAll("[data-point]")].map(partsOf);
    form.querySelector("[data-answered]").textContent = parts.filter(({ answer }) => answer.value.trim()).length;
    form.querySelector("[data-done]").textContent = parts.filter(({ done }) => done.checked).length;
  };

  form.addEventListener("input", (event) => {
    count();
    const point = event.target.closest("[data-point]");
    if (point) later(point, event.target.type === "checkbox" ? 0 : PAUSE);
  });

  form.addEventListener("submit", () => {
    for (const timer of timers.values()) clearTimeout(timer);
    for (const point of form.querySelectorAll("[data-point]")) localStorage.removeItem(partsOf(point).key);
  });

  for (const point of form.querySelectorAll("[data-point]")) {
    const { answer, key } = partsOf(point);
    const kept = localStorage.getItem(key);
    if (kept === null) continue;
    if (kept === answer.value) {
      localStorage.removeItem(key);
      continue;
    }
    answer.value = kept;
    later(point, 0);
  }
})();
