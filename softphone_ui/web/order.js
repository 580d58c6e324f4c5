/** What a supervisor orders, in one dialogue: about whom, what, why; it says what will come of it before it is done. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { t } from "./texts.js";
import * as clock from "./clock.js";
import { titleOf, topicOf } from "./waiting.js";
import { why } from "./why.js";

/** Refused once: whoever has thought again does it all the same. */
const DOUBTS = ["unskilled", "nobody_there", "queue_shut", "queue_full", "not_here"];
const MINUTES = [15, 30, 60, 120, 240, 480];
const BUSY = ["offered", "on_interaction", "wrap_up"];

/**
 * @param {any} me
 * @param {() => any} view what the table shows now
 * @returns {{contact: (interaction: string) => void, agent: (name: string) => void, queue: (name: string) => void, element: HTMLElement}}
 */
export function orders(me, view) {
  const element = h("dialog", { class: "order", "aria-labelledby": "order-title" });
  const open = (title, choices, interaction = "") => {
    element.replaceChildren(h("h2", { id: "order-title" }, title), interaction ? why(interaction) : "", form(choices, element));
    element.showModal();
  };
  return {
    element,
    contact: (interaction) => {
      const row = view().waiting[interaction];
      if (row) open(t("order.contact", { topic: topicOf(row), queue: titleOf(view().queues, row), wait: clock.spoken(clock.now() - row.since_ms) }), forContact(me, interaction, row, view), interaction);
    },
    agent: (name) => {
      const row = view().agents[name];
      if (row) open(t("order.agent", { agent: row.display, state: t(`state.${row.state}`) }), forAgent(name, row), row.interaction);
    },
    queue: (name) => {
      const row = view().queues[name];
      if (row) open(t("order.queue", { queue: row.title }), forQueue(name, row, view));
    },
  };
}

const select = (id, options) => h("select", { id }, options.map(([value, label]) => h("option", { value }, label)));

/** The choices about somebody who waits: each has a name, a field or none, what it asks for, and what comes of it. */
function forContact(me, interaction, row, view) {
  const others = Object.entries(view().queues).filter(([name]) => name !== row.queue);
  const queue = select("order-to-queue", others.map(([name, one]) => [name, one.title]));
  const self = me.role === "supervisor" ? [[me.name, t("order.myself")]] : [];
  const agents = Object.entries(view().agents).filter(([name, one]) => one.state !== "logged_out" && name !== me.name)
    .sort(([, one], [, other]) => (one.state === "available" ? 0 : 1) - (other.state === "available" ? 0 : 1) || one.display.localeCompare(other.display, "fr"));
  const agent = select("order-to-agent", [...self, ...agents.map(([name, one]) => [name, `${one.display} (${t(`state.${one.state}`)})`])]);
  const ringing = row.agent ? ` ${t("order.stops_ringing", { agent: row.agent })}` : "";
  return [
    others.length ? { name: "move", field: ["order.to_queue", queue], order: () => ({ do: "move", interaction, queue: queue.value }), comes: () => {
      const to = view().queues[queue.value];
      const here = Object.values(view().agents).filter((one) => one.state !== "logged_out" && one.queues.includes(queue.value)).length;
      return t("order.move.comes", { queue: to?.title, waiting: to?.waiting, here, wait: clock.spoken(clock.now() - row.since_ms) }) + ringing;
    } } : null,
    row.priority > 1 ? { name: "raise", order: () => ({ do: "rank", interaction, priority: row.priority - 1 }), comes: () => t("order.raise.comes", { from: row.priority, to: row.priority - 1, place: row.place }) } : null,
    row.priority < 9 ? { name: "lower", order: () => ({ do: "rank", interaction, priority: row.priority + 1 }), comes: () => t("order.lower.comes", { from: row.priority, to: row.priority + 1, place: row.place }) } : null,
    { name: "give", field: ["order.to_agent", agent], order: () => ({ do: "give", interaction, agent: agent.value }), comes: () => {
      const one = view().agents[agent.value];
      return t(one?.state === "available" ? "order.give.now" : "order.give.later", { agent: one?.display }) + ringing;
    } },
  ].filter(Boolean);
}

function forAgent(name, row) {
  const when = BUSY.includes(row.state) ? "later" : "now";
  const wishes = { ready: "available", pause: "paused", log_out: "logged_out" };
  return Object.entries(wishes).filter(([, state]) => state !== row.state).map(([wish]) => ({
    name: wish,
    order: () => ({ do: "force", agent: name, wish }),
    comes: () => t(wish === "ready" ? `order.ready.${row.state === "wrap_up" ? "notes" : "comes"}` : `order.${wish}.${when}`, { agent: row.display }),
  }));
}

function forQueue(name, row, view) {
  if (row.shut_until_at_ms) {
    return [{ name: "reopen", order: () => ({ do: "reopen", queue: name }), comes: () => t("order.reopen.comes", { queue: row.title }) }];
  }
  const minutes = select("order-minutes", MINUTES.map((n) => [n, clock.spoken(n * 60_000)]));
  const over = view().queues[row.overflow_to]?.title;
  const shut = (waiting) => ({
    name: waiting === "keep" ? "shut" : "shut_overflow",
    field: ["order.for", minutes],
    order: () => ({ do: "shut", queue: name, minutes: Number(minutes.value), waiting }),
    comes: () => t("order.shut.comes", { until: clock.until(clock.now() + Number(minutes.value) * 60_000) })
      + ` ${t(over ? "order.shut.overflow" : "order.shut.callback", { queue: over })} ${t(waiting === "keep" ? "order.shut.keep" : "order.shut.goes", { waiting: row.waiting, queue: over })}`,
  });
  return over ? [shut("keep"), shut("overflow")] : [shut("keep")];
}

function form(choices, dialog) {
  const comes = h("p", { class: "comes", role: "status" });
  const doubt = h("p", { class: "said", role: "alert" });
  const reason = h("input", { id: "order-why", maxlength: 200, minlength: 3, required: true, autocomplete: "off", "aria-describedby": "order-why-hint" });
  const confirm = h("button", { type: "submit", class: "main" });
  const fields = new Map();
  for (const choice of choices) {
    if (choice.field) fields.set(choice.field[1], choice.field[0]);
  }
  const held = [...fields].map(([input, label]) => [input, h("div", {}, h("label", { for: input.id }, t(label)), input)]);
  let chosen = choices[0];
  let anyway = false;
  /** Another wish is another thought. */
  function fit() {
    anyway = false;
    doubt.textContent = "";
    for (const [input, place] of held) place.hidden = chosen.field?.[1] !== input;
    comes.textContent = chosen.comes();
    confirm.textContent = t(`order.${chosen.name}`);
  }
  const radios = h("fieldset", {}, h("legend", {}, t("order.what")), choices.map((choice, at) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name: "order-what", checked: at === 0, on: { change: () => { chosen = choice; fit(); } } }), h("span", {}, t(`order.${choice.name}`)))));
  for (const [input] of held) input.addEventListener("change", fit);
  fit();
  return h("form", { method: "dialog", on: { submit: async (event) => {
    event.preventDefault();
    confirm.disabled = true;
    const answer = await ask("POST", "/api/instruction", { order: chosen.order(), reason: reason.value, anyway });
    confirm.disabled = false;
    if (answer.status === 200 && answer.body.done !== false) {
      dialog.close();
      return;
    }
    const why = answer.body?.reason ?? "away";
    anyway = DOUBTS.includes(why);
    doubt.textContent = t(`order.refused.${why}`);
    confirm.textContent = t(anyway ? "order.anyway" : `order.${chosen.name}`);
  } } },
    choices.length > 1 ? radios : null,
    held.map(([, place]) => place),
    h("div", {}, h("label", { for: "order-why" }, t("order.why")), reason, h("p", { class: "hint", id: "order-why-hint" }, t("order.why.hint"))),
    comes, doubt,
    h("div", { class: "acts" }, confirm, h("button", { type: "button", on: { click: () => dialog.close() } }, t("order.cancel"))));
}
