/** What is left to do for those who are not on the line. */

import { ask } from "./net.js";
import { drawn, h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { dial } from "./dial.js";

/**
 * @param {HTMLElement} place
 * @param {(task: any) => void} later asks for an hour
 * @param {any[]} codes by which a writing is ended
 */
export function tasks(place, later, codes) {
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
    // A draft changes with every word typed: it alone draws nothing anew.
    draw(all.map((task) => ({ ...task, draft: "" })), () => all.length ? h("ul", { class: "tasks" }, all.map((task) => item(task, want, call, later, codes))) : h("p", { class: "nothing" }, t("todo.none")));
  };
}

function item(task, want, call, later, codes) {
  const label = `${t(`task.${task.kind}`)}, ${clock.short(task.since_at_ms)}`;
  const act = (wish) => h("button", { type: "button", "aria-label": `${t(`task.${wish}`)}\u00a0: ${label}`, on: { click: () => want(task, wish) } }, t(`task.${wish}`));
  return h("li", { class: task.mine ? "mine" : "" },
    h("p", {}, h("strong", {}, t(`task.${task.kind}`)), " ", h("span", { class: "when" }, t("task.since", { date: clock.short(task.since_at_ms) }))),
    h("p", { class: "detail" }, [task.service, task.topic ? named(`topic.${task.topic}`, task.topic) : "", task.from_at_ms ? t("task.agreed", { from: clock.short(task.from_at_ms), to: clock.hours(task.due_at_ms) }) : t("task.due", { date: clock.short(task.due_at_ms) }), task.attempts > 1 ? t("task.attempts", { count: task.attempts }) : ""].filter(Boolean).join(" · ")),
    task.with ? h("p", { class: "detail" }, t("task.with", { name: task.with })) : null,
    task.listen ? h("audio", { controls: "", preload: "none", src: `/api/task/${task.task}/message`, "aria-label": `${t("task.listen")}\u00a0: ${label}` }) : null,
    task.mine && !task.written ? h("p", { class: "number" }, task.number ? clock.number(task.number) : t("withheld")) : null,
    task.written ? letter(task.written) : null,
    task.mine && task.written ? replying(task, label, codes) : task.mine ? written(task, label) : null,
    h("div", { class: "acts" }, task.mine ? [
      task.number ? h("button", { type: "button", "aria-label": `${t("task.call")}\u00a0: ${label}`, on: { click: () => call(task) } }, t("task.call")) : null,
      task.written ? null : act("close"), act("release")] : act(task.with ? "release" : "claim"),
      task.message || task.withheld || task.with ? null : h("button", { type: "button", "aria-label": `${t("task.later")}\u00a0: ${label}`, on: { click: () => later(task) } }, t("task.later")),
      task.kind === "callback" && !task.with ? act("call_off") : null));
}

/** What somebody wrote, and what was understood of it. */
export function letter(one) {
  const heard = one.heard;
  const told = heard ? [heard.title || heard.topic, heard.confidence ? `${heard.confidence}\u00a0%` : "", heard.urgency <= 2 ? t("written.urgent") : ""].filter(Boolean).join(" · ") : "";
  return h("div", { class: "letter" },
    one.sender ? h("p", { class: "detail" }, t("written.from", { sender: one.sender })) : null,
    one.subject ? h("p", {}, h("strong", {}, t("written.subject", { subject: one.subject }))) : null,
    h("p", { class: "letter-text" }, one.text ?? t("written.gone")),
    told ? h("p", { class: "detail" }, told) : null);
}

/** The reply, kept as a draft while it is typed, and how it ended. */
function replying(task, label, codes) {
  const code = h("select", { "aria-label": `${t("written.code")}\u00a0: ${label}` }, h("option", { value: "" }, t("written.no_code")), codes.map((one) => h("option", { value: one.name }, one.title)));
  const draft = written(task, label, t("written.reply"));
  const said = h("p", { class: "said", role: "status" });
  async function done() {
    const answer = await ask("POST", "/api/written", { task: task.task, code: code.value, reply: draft.querySelector("textarea").value });
    const fine = answer.status === 200 && answer.body.done !== false;
    said.textContent = fine ? "" : t(`refused.${answer.body?.reason ?? "away"}`);
  }
  return h("div", {}, draft, h("div", { class: "acts" }, code, h("button", { type: "button", class: "main", "aria-label": `${t("written.done")}\u00a0: ${label}`, on: { click: done } }, t("written.done"))), said);
}

/** What is written for a task is kept as it is typed: whoever has it next finds it. */
function written(task, label, title = t("task.draft")) {
  const said = h("span", { class: "detail", role: "status" });
  const field = h("textarea", { rows: 3, maxlength: 4000, "aria-label": `${title}\u00a0: ${label}`, placeholder: title, on: { input: () => { clearTimeout(timer); timer = setTimeout(keep, 600); }, blur: () => keep() } });
  field.value = task.draft;
  let kept = task.draft;
  let timer = 0;
  async function keep() {
    clearTimeout(timer);
    if (field.value === kept) return;
    const draft = field.value;
    const answer = await ask("POST", "/api/draft", { task: task.task, draft });
    const done = answer.status === 200 && answer.body.done !== false;
    if (done) kept = draft;
    said.textContent = done ? t("task.draft.kept") : t(`refused.${answer.body?.reason ?? "away"}`);
  }
  return h("div", {}, field, said);
}

const REASONS = ["competence", "connu", "indisponible", "autre"];

/** A task before the agent's eyes: what it is, and the time to take it or give it back with a reason. */
export function brought(task, me) {
  const time = h("span", { class: "time" });
  clock.every(time, () => { time.textContent = clock.clock(me.until_at_ms - clock.now()); });
  const said = h("p", { class: "said", role: "status" });
  const reason = h("select", { id: "why" }, h("option", { value: "" }, t("brought.why")), REASONS.map((name) => h("option", { value: name }, t(`brought.why.${name}`))));
  async function answer(take) {
    if (!take && !reason.value) {
      said.textContent = t("brought.no_reason");
      reason.focus();
      return;
    }
    const told = await ask("POST", "/api/work", { task: task.task, take, reason: take ? "" : reason.value });
    said.textContent = told.status === 200 && told.body.done !== false ? "" : t(`refused.${told.body?.reason ?? "away"}`);
  }
  const detail = [task.topic ? named(`topic.${task.topic}`, task.topic) : "", t("task.since", { date: clock.short(task.since_at_ms) }), t("task.due", { date: clock.short(task.due_at_ms) }), task.attempts > 1 ? t("task.attempts", { count: task.attempts }) : ""].filter(Boolean).join(" · ");
  return h("div", { class: "banner offered brought" },
    h("p", { class: "phase" }, h("span", { class: "dot", "aria-hidden": "true" }), t("brought"), time),
    h("h1", { id: "stage" }, t(`task.${task.kind}`)),
    h("p", { class: "tenant" }, task.service),
    h("p", { class: "detail" }, detail),
    task.written ? letter(task.written) : null,
    h("div", { class: "acts" }, h("button", { type: "button", class: "main", on: { click: () => answer(true) } }, t("brought.take"))),
    h("label", { for: "why", class: "above" }, t("brought.back")),
    h("div", { class: "acts" }, reason, h("button", { type: "button", on: { click: () => answer(false) } }, t("task.release"))),
    said);
}
