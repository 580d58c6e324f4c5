/** One's own state, and the buttons to change it.  They stay where they are: only what is pressed changes. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { shortcutsOff, switchShortcuts } from "./live.js";

const reasonOf = (reason) => named(`reason.${reason}`, reason);

/**
 * @param {HTMLElement} place
 * @param {any} me
 * @returns {(line: any) => void} show
 */
export function states(place, me) {
  const pill = h("p", { class: "pill" });
  const time = h("span", { class: "time" });
  const later = h("p", { class: "later", role: "status" });
  const ordered = h("p", { class: "later", role: "status" });
  const wishes = [
    { wish: "ready", reason: "", label: t("wish.ready") },
    ...me.pauses.map((reason) => ({ wish: "pause", reason, label: reasonOf(reason) })),
    { wish: "log_out", reason: "", label: t("wish.log_out") },
  ];
  let line = null;
  const buttons = wishes.map((wish) => h("button", { type: "button", "aria-pressed": "false", on: { click: () => want(wish) } }, wish.label));
  const [ready, ...others] = buttons;
  const out = others.pop();
  place.replaceChildren(
    h("h2", { id: "own" }, t("own")),
    h("div", { class: "now" }, pill, time),
    later, ordered,
    h("div", { class: "wishes" }, ready,
      others.length ? h("div", { role: "group", "aria-labelledby": "pauses" }, h("h3", { id: "pauses" }, t("pauses")), ...others) : null,
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

  async function want(wish) {
    const busy = line && (line.state === "offered" || line.state === "on_interaction");
    const asked = busy && line.asked === wish.wish && line.asked_reason === wish.reason;
    const answer = await ask("POST", "/api/state", asked ? { wish: "ready", reason: "" } : { wish: wish.wish, reason: wish.reason });
    later.textContent = answer.status === 200 ? (answer.body.done === false ? t(`refused.${answer.body.reason}`) : laterText(line)) : t(`refused.${answer.body?.reason ?? "away"}`);
  }

  function laterText(now) {
    if (!now?.asked) return "";
    return t("later", { what: now.asked === "pause" ? reasonOf(now.asked_reason) : t("wish.log_out") });
  }

  return (now) => {
    line = now;
    pill.className = `pill ${now.state}`;
    pill.textContent = t(`state.${now.state}`) + (now.reason ? `\u00a0: ${reasonOf(now.reason)}` : "");
    tick();
    later.textContent = laterText(now);
    ordered.textContent = now.ordered_by ? t("ordered.you", { by: now.ordered_by, why: now.ordered_why }) : "";
    const busy = now.state === "offered" || now.state === "on_interaction";
    wishes.forEach((wish, at) => {
      const is = busy ? now.asked === wish.wish && now.asked_reason === wish.reason
        : wish.wish === "ready" ? now.state === "available"
        : wish.wish === "log_out" ? now.state === "logged_out"
        : now.state === "paused" && now.reason === wish.reason;
      buttons[at].setAttribute("aria-pressed", String(Boolean(is)));
    });
    place.classList.toggle("busy", busy);
  };
}
