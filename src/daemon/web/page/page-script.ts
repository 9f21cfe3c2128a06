/**
 * Makes a page live: it listens to the daemon's events and replaces the parts that changed. Without it the page works as it is, and shows
 * updates when it is reloaded. Browser code, kept as text since it is served and never run here.
 * A part of the page in use (keyboard focus, a form, or a selection) is left as it is until the user leaves it; folds stay as they are. Only
 * changes of a target's state are announced. Once its session has ended, or another user has signed in, it is reloaded as a whole.
 */
export const PAGE_SCRIPT = `"use strict";
(() => {
  const address = document.body.dataset.events;
  const connection = document.getElementById("connection");
  if (!address || !connection || !window.EventSource) return;

  const announcement = document.getElementById("announcement");
  const shown = new Map();
  for (const part of document.querySelectorAll("[data-live]")) shown.set(part.id, part.outerHTML);

  const isInUse = (part) => {
    const active = document.activeElement;
    if (active && active !== document.body && part.contains(active)) return true;
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && selection.containsNode(part, true)) return true;
    return [...part.querySelectorAll("input:not([type=hidden])")].some(
      (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
    );
  };

  const keepFolds = (from, to) => {
    for (const fold of from.querySelectorAll("details[id]")) {
      const next = to.querySelector("#" + CSS.escape(fold.id));
      if (next) next.open = fold.open;
    }
  };

  const announceStates = (next) => {
    const announced = [];
    for (const mark of next.querySelectorAll("[data-announce]")) {
      const name = mark.dataset.announce;
      const before = document.querySelector("[data-announce=" + CSS.escape(name) + "] .words");
      const after = mark.querySelector(".words");
      if (before && after && before.textContent !== after.textContent) announced.push(name + ": " + after.textContent);
    }
    if (announced.length > 0) announcement.textContent = announced.join(". ");
  };

  const replaceParts = (next) => {
    let left = false;
    for (const part of next.querySelectorAll("[data-live]")) {
      const current = document.getElementById(part.id);
      const text = part.outerHTML;
      if (!current || shown.get(part.id) === text) continue;
      if (isInUse(current)) {
        left = true;
        continue;
      }
      shown.set(part.id, text);
      keepFolds(current, part);
      current.replaceWith(document.adoptNode(part));
    }
    return left;
  };

  let running = false;
  let wanted = false;
  let stale = false;
  const refresh = async (whileHidden) => {
    if (document.visibilityState === "hidden" && !whileHidden) {
      stale = true;
      return;
    }
    if (running) {
      wanted = true;
      return;
    }
    running = true;
    try {
      const answer = await fetch(location.pathname, { headers: { accept: "text/html" }, redirect: "manual" });
      // Without a session, the answer leads to the sign-in page.
      if (answer.type === "opaqueredirect") {
        location.reload();
        return;
      }
      // Without its store, the daemon shows what it has in memory.
      if (answer.ok || answer.status === 503) {
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (answer.ok && next.body.dataset.viewer !== document.body.dataset.viewer) {
          location.reload();
          return;
        }
        announceStates(next);
        stale = replaceParts(next);
      }
    } catch {
      connection.textContent = "Not connected; retrying";
    }
    setTimeout(() => {
      running = false;
      if (wanted) {
        wanted = false;
        refresh(false);
      }
    }, 1500);
  };

  document.addEventListener("focusout", () => {
    if (stale) setTimeout(() => refresh(false), 200);
  });
  document.addEventListener("visibilitychange", () => {
    if (stale) refresh(false);
  });
  // Ages grow without any event.
  setInterval(() => refresh(false), 60000);

  let events;
  let wasLost = false;
  const listen = () => {
    events = new EventSource(address);
    events.addEventListener("open", () => {
      connection.textContent = "Live";
      if (wasLost) refresh(false);
      wasLost = false;
    });
    events.addEventListener("error", () => {
      wasLost = true;
      connection.textContent = "Not connected; retrying";
      // The stream ends with its session, and a page in the background is not to keep what its user may not read any more.
      refresh(true);
      // A browser reconnects by itself only without an answer: a daemon that ends, or a proxy, answers 503.
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    });
    for (const name of ["state", "pass", "requests"]) events.addEventListener(name, () => refresh(false));
  };
  listen();
  window.addEventListener("pagehide", () => events.close());
  window.addEventListener("pageshow", (shownAgain) => {
    if (shownAgain.persisted) location.reload();
  });
})();
`;
