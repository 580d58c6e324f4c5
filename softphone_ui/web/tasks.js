/** What is left to do for those who are not on the line. */

import { ask } from "./net.js";
import { drawn, h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { dial } from "./dial.js";

/**
 * @param {HTMLElement} place
 * @param {(task: any) => void} later asks for an hour
 */
export function tasks(place, later) {
  const list = h("div", {});
  const said = h("p", { class: "said", role: "status" });
  const heading = h("h2", { id: "todo" }, t("todo"));
  place.replaceChildren(heading, said, list);
  const draw = drawn(list);

  async function want(task, wish) {
    const answer = await ask("POST", "/api/task", { task: task.task, wish });
    const done = answer.status === 200 && answer.body.done !== false;
    said.textContent = done ? "" : t(`refused.${answer.body?.reason ?? "away"}`);
  }

  const call = async (task) => { said.textContent = await dial({ task: task.task }); };

  return (all) => {
    heading.textContent = all.length ? t("todo.count", { count: all.length }) : t("todo");
    draw(all, () => all.length ? h("ul", { class: "tasks" }, all.map((task) => item(task, want, call, later))) : h("p", { class: "nothing" }, t("todo.none")));
  };
}

function item(task, want, call, later) {
  const label = `${t(`task.${task.kind}`)}, ${clock.short(task.since_at_ms)}`;
  const act = (wish) => h("button", { type: "button", "aria-label": `${t(`task.${wish}`)}\u00a0: ${label}`, on: { click: () => want(task, wish) } }, t(`task.${wish}`));
  return h("li", { class: task.mine ? "mine" : "" },
    h("p", {}, h("strong", {}, t(`task.${task.kind}`)), " ", h("span", { class: "when" }, t("task.since", { date: clock.short(task.since_at_ms) }))),
    h("p", { class: "detail" }, [task.service, task.topic ? named(`topic.${task.topic}`, task.topic) : "", task.from_at_ms ? t("task.agreed", { from: clock.short(task.from_at_ms), to: clock.hours(task.due_at_ms) }) : t("task.due", { date: clock.short(task.due_at_ms) }), task.attempts > 1 ? t("task.attempts", { count: task.attempts }) : ""].filter(Boolean).join(" · ")),
    task.with ? h("p", { class: "detail" }, t("task.with", { name: task.with })) : null,
    task.listen ? h("audio", { controls: "", preload: "none", src: `/api/task/${task.task}/message`, "aria-label": `${t("task.listen")}\u00a0: ${label}` }) : null,
    task.mine ? h("p", { class: "number" }, task.number ? clock.number(task.number) : t("withheld")) : null,
    h("div", { class: "acts" }, task.mine ? [
      task.number ? h("button", { type: "button", "aria-label": `${t("task.call")}\u00a0: ${label}`, on: { click: () => call(task) } }, t("task.call")) : null,
      act("close"), act("release")] : act(task.with ? "release" : "claim"),
      task.message || task.withheld || task.with ? null : h("button", { type: "button", "aria-label": `${t("task.later")}\u00a0: ${label}`, on: { click: () => later(task) } }, t("task.later")),
      task.kind === "callback" && !task.with ? act("call_off") : null));
}
