// Says five minutes before a session ends that it will, and saves what is typed from getting lost with it.
// Without this file a form that comes too late is kept by the server and offered again after signing in.
"use strict";

(() => {
  const WARNED_AT = 300;
  const body = document.body;
  const address = body.dataset.session;
  if (!address) return;
  const person = body.dataset.sessionUser;
  let endsAt = 0;
  let longestAt = 0;
  let timer = 0;

  const banner = document.createElement("div");
  banner.className = "session-end no-print";
  banner.setAttribute("role", "alert");
  banner.hidden = true;
  const row = document.createElement("div");
  row.className = "container-xl";
  const words = document.createElement("p");
  const stay = document.createElement("button");
  stay.type = "button";
  stay.className = "btn btn-primary";
  stay.textContent = "继续使用";
  const again = document.createElement("a");
  again.className = "btn btn-primary";
  again.target = "_blank";
  again.rel = "noopener";
  again.href = body.dataset.signIn;
  again.textContent = "在新窗口重新登录";
  row.append(words, stay, again);
  banner.append(row);
  body.append(banner);

  const note = (left, longest) => {
    endsAt = Date.now() + left * 1000;
    longestAt = Date.now() + longest * 1000;
  };

  // After signing in again in another window the forms of this one need the new token.
  const renew = (token) => {
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
    for (const node of document.querySelectorAll("[hx-headers]")) {
      const headers = JSON.parse(node.getAttribute("hx-headers"));
      if ("X-CSRFToken" in headers) node.setAttribute("hx-headers", JSON.stringify({ ...headers, "X-CSRFToken": token }));
    }
  };

  const ask = async (method) => {
    const options = { method, headers: { Accept: "application/json" }, credentials: "same-origin" };
    if (method === "POST") {
      options.headers["X-CSRFToken"] = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    }
    try {
      const answer = await fetch(address, options);
      if (answer.status === 401) return note(0, 0);
      if (!answer.ok) return;
      const told = await answer.json();
      // Somebody else signed in meanwhile: what stands on this page is not theirs to send.
      if (String(told.user) !== person) return window.location.reload();
      renew(told.token);
      note(told.left, told.longest);
    } catch {
      // Without the network nothing is known; the next look asks again.
    }
  };

  const show = () => {
    const left = Math.round((endsAt - Date.now()) / 1000);
    const isOver = left <= 0;
    const isLast = longestAt - endsAt < 1000;
    banner.hidden = left > WARNED_AT;
    stay.hidden = isOver || isLast;
    again.hidden = !isOver && !isLast;
    if (banner.hidden) return;
    const minutes = Math.max(1, Math.ceil(left / 60));
    const text = isOver
      ? "登录已结束。您填写的内容还在本页：请在新窗口重新登录，再回到这里继续。"
      : isLast
        ? `登录将在 ${minutes} 分钟内到期，请尽快保存或者提交；到期后可以重新登录，填写的内容不会丢失。`
        : `您有一段时间没有操作，登录将在 ${minutes} 分钟内结束。`;
    if (words.textContent !== text) words.textContent = text;
  };

  const look = async () => {
    window.clearTimeout(timer);
    // Another window may have been used meanwhile: ask before alarming, and while it is over.
    if (endsAt - Date.now() <= WARNED_AT * 1000) await ask("GET");
    show();
    const untilWarning = endsAt - WARNED_AT * 1000 - Date.now();
    timer = window.setTimeout(look, untilWarning > 0 ? Math.min(untilWarning + 500, 2 ** 31 - 1) : 15_000);
  };

  stay.addEventListener("click", async () => {
    await ask("POST");
    look();
  });
  window.addEventListener("focus", () => {
    if (!banner.hidden) look();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });

  note(Number(body.dataset.sessionLeft), Number(body.dataset.sessionLongest));
  look();
})();
