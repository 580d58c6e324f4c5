/** One's own state, and the buttons to change it.  They stay where they are: only what is pressed changes. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { shortcutsOff, switchShortcuts } from "./live.js";

/** In these a pause, or to log out, is for later. */
const BUSY = ["offered", "on_interaction", "wrap_up", "on_task"];

/**
 * @param {HTMLElement} place
 * @param {any} me
 * @returns {(line: any) => void} show
 */
export function states(place, me) {
  const titles = Object.fromEntries(me.pauses.map((pause) => [pause.name, pause.title]));
  const reasonOf = (reason) => titles[reason] || named(`reason.${reason}`, reason);
  const pill = h("p", { class: "pill" });
  const time = h("span", { class: "time" });
  const over = h("p", { class: "over", role: "status" });
  const later = h("p", { class: "later", role: "status" });
  const refused = h("p", { class: "later", role: "status" });
  const ordered = h("p", { class: "later", role: "status" });
  const wishes = [
    { wish: "ready", reason: "", label: t("wish.ready") },
    ...me.pauses.map((pause) => ({ wish: "pause", reason: pause.name, label: reasonOf(pause.name) })),
    { wish: "log_out", reason: "", label: t("wish.log_out") },
  ];
  let line = null;
  const button = (wish, label) => h("button", { type: "button", "aria-pressed": "false", on: { click: () => want(wish) } }, label);
  const buttons = wishes.map((wish) => button(wish, wish.label));
  const [ready, ...others] = buttons;
  const out = others.pop();
  const finish = h("button", { type: "button", class: "main", on: { click: () => send("finish", "") } });
  const longer = h("button", { type: "button", on: { click: () => send("longer", "") } });
  const notes = h("div", { class: "wishes ending", hidden: true }, finish, longer);
  const title = h("h3", { id: "pauses" }, t("pauses"));
  place.replaceChildren(
    h("h2", { id: "own" }, t("own")),
    h("div", { class: "now" }, pill, time),
    over,
    notes,
    later, refused, ordered,
    h("div", { class: "wishes" }, ready,
      others.length ? h("div", { role: "group", "aria-labelledby": "pauses" }, title, ...others) : null,
      out),
    h("label", { class: "choice small" },
      h("input", { type: "checkbox", checked: !shortcutsOff(), on: { change: (event) => switchShortcuts(!event.target.checked) } }),
      h("span", {}, t("shortcuts"))));
  clock.every(time, tick);

  /** How long it lasts; of the post-call, how long is left. */
  function tick() {
    const left = line?.state === "wrap_up" && line.until_at_ms;
    time.textContent = line ? clock.clock(left ? left - clock.now() : clock.now() - line.since_ms) : "";
  }

  const isAsked = (wish) => line.asked === wish.wish && line.asked_reason === wish.reason;

  async function want(wish) {
    const again = line && BUSY.includes(line.state) && isAsked(wish);
    await send(again ? "cancel" : wish.wish, again ? "" : wish.reason);
  }

  async function send(wish, reason) {
    const answer = await ask("POST", "/api/state", { wish, reason });
    const done = answer.status === 200 && answer.body.done !== false;
    refused.textContent = done ? "" : refusal(answer.body?.reason ?? "away", reason);
  }

  function refusal(reason, pause) {
    const known = me.pauses.find((one) => one.name === pause);
    return t(`refused.${reason}`, { pause: pause ? reasonOf(pause) : "", most: known?.at_once ?? "" });
  }

  function laterText(now) {
    if (!now.asked) return "";
    return t("later", { what: now.asked === "pause" ? reasonOf(now.asked_reason) : t("wish.log_out") });
  }

  return (now) => {
    const before = line;
    line = now;
    pill.className = `pill ${now.state}`;
    pill.textContent = t(now.brought ? "state.brought" : `state.${now.state}`) + (now.reason ? `\u00a0: ${reasonOf(now.reason)}` : "");
    tick();
    later.textContent = laterText(now);
    // A refusal stays until something changes.
    if (before && (before.state !== now.state || before.asked !== now.asked)) refused.textContent = "";
    ordered.textContent = now.ordered_by ? t("ordered.you", { by: now.ordered_by, why: now.ordered_why }) : "";
    over.textContent = now.overran ? t("overran", { longest: clock.spoken(now.longest_ms ?? 0) }) : "";
    const noting = now.state === "wrap_up";
    // Whoever pressed a button that is no more finds the next thing to press, not the top of the page.
    if (!noting && notes.contains(document.activeElement)) ready.focus();
    if (!now.more_ms && document.activeElement === longer) finish.focus();
    notes.hidden = !noting;
    finish.textContent = t(now.asked === "pause" ? "wish.finish.pause" : now.asked ? "wish.finish.log_out" : "wish.finish");
    longer.hidden = !now.more_ms;
    longer.textContent = t("wish.longer", { more: clock.spoken(now.more_ms) });
    const busy = BUSY.includes(now.state);
    title.textContent = t(busy ? "pauses.later" : "pauses");
    wishes.forEach((wish, at) => {
      const is = busy ? isAsked(wish)
        : wish.wish === "ready" ? now.state === "available"
        : wish.wish === "log_out" ? now.state === "logged_out"
        : now.state === "paused" && now.reason === wish.reason;
      buttons[at].setAttribute("aria-pressed", String(Boolean(is)));
    });
    ready.textContent = t(now.state === "missed" ? "wish.back" : "wish.ready");
    place.classList.toggle("busy", busy);
  };
}
