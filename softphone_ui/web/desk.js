/** An agent's page: the interaction that is theirs, their own state, what is left to do. */

import { ask, follow } from "./net.js";
import { drawn, h } from "./dom.js";
import { t } from "./texts.js";
import * as clock from "./clock.js";
import { announce, announceTask, hearAgain, shortcuts } from "./live.js";
import { call, stage as stageOf } from "./call.js";
import { callback } from "./callback.js";
import { wrapUp } from "./wrapup.js";
import { states } from "./states.js";
import { brought, tasks } from "./tasks.js";
import { keypad } from "./dial.js";
import { seek } from "./seek.js";
import { transfer } from "./transfer.js";

/**
 * @param {HTMLElement} main
 * @param {any} me
 * @param {{line: (up: boolean) => void, over: () => void}} tell
 * @returns {() => void} leave
 */
export function desk(main, me, tell) {
  const stage = h("section", { class: "stage", "aria-labelledby": "stage" });
  const onward = h("section", { class: "onward", "aria-labelledby": "transfer", hidden: true });
  const search = h("section", { class: "seek", "aria-labelledby": "seek", hidden: true });
  const notes = h("section", { class: "notes", "aria-labelledby": "notes", hidden: true });
  const own = h("section", { class: "own", "aria-labelledby": "own" });
  const pad = h("section", { class: "pad", "aria-labelledby": "dial" });
  const todo = h("section", { class: "todo", "aria-labelledby": "todo" });
  const said = h("p", { class: "said aloud", role: "alert" });
  const later = callback(me);
  main.replaceChildren(h("div", { class: "wide" }, stage, said, onward, search, notes), h("div", { class: "side" }, own, pad, todo), later.element);
  const drawStage = drawn(stage);
  keypad(pad, me, later.number);
  const handing = transfer(onward);
  const seeking = seek(search);
  const showStates = states(own, me);
  const showNotes = wrapUp(notes, me);
  const showTasks = tasks(todo, later.task, me.codes);
  let last = null;
  let painted = "";
  let announced = "";

  function news(message) {
    clock.set(message.now_ms);
    last = message;
    const { contact } = message;
    drawStage([contact, message.me.pulled, contact ? null : [message.me.state, message.offer]], () => (message.offer ? brought(message.offer, message.me) : contact ? [message.me.pulled ? h("p", { class: "later" }, t("idle.pulled")) : null, call(contact, { transfer: handing.open, consult, help: handing.help, helped, seek: seeking.open, later: () => later.contact(last.contact) }, me)].flat() : idle(message.me)));
    showStates({ ...message.me, brought: Boolean(message.offer) });
    handing.show(contact);
    seeking.show(contact);
    showNotes(contact);
    showTasks(message.tasks.filter((task) => task.task !== message.offer?.task));
    document.title = title(message);
    if (message.offer && announced !== message.offer.task) {
      announced = message.offer.task;
      announceTask(message.offer);
    }
    if (contact?.phase === "offered" && known(contact)) {
      tellPainted(contact);
      if (announced !== contact.offer) {
        announced = contact.offer;
        announce(contact);
      }
    }
  }

  /** What cannot be done is said where one looks: beside the state. */
  async function consult(wish) {
    const answer = await ask("POST", "/api/consult", { interaction: last.contact.interaction, wish });
    const done = answer.status === 200 && answer.body.done !== false;
    said.textContent = done ? "" : t(`refused.${answer.body?.reason ?? "away"}`);
  }

  /** The emergency service in the conversation is called off, or has the citizen and the agent leaves. */
  async function helped(wish) {
    const answer = await ask("POST", "/api/help", { interaction: last.contact.interaction, wish });
    const done = answer.status === 200 && answer.body.done !== false;
    said.textContent = done ? "" : t(`refused.${answer.body?.reason ?? "away"}`);
  }

  /** Once the browser has really drawn it: two frames later the first is on the screen. */
  function tellPainted(contact) {
    if (painted === contact.offer) return;
    painted = contact.offer;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      performance.mark("allo-painted", { detail: contact.offer });
      ask("POST", "/api/shown", { interaction: contact.interaction, offer: contact.offer });
    }));
  }

  const unbind = shortcuts(() => last, hearAgain);
  const leave = follow("desk", { news, ...tell });
  return () => {
    unbind();
    leave();
  };
}

/** Whether all that there is to know before the answer has come: of whom we called, it came while they were rung. */
function known(contact) {
  return contact.outgoing || contact.found !== "" && (contact.found !== "one" || contact.record !== null);
}

function idle(me) {
  return h("div", { class: `idle ${me.state}` },
    h("h1", { id: "stage" }, t(`idle.${me.state}`)),
    h("p", {}, t(me.pulled ? "idle.pulled" : `idle.${me.state}.then`)));
}

function title({ me, contact, offer }) {
  if (offer) return t("title.brought", { what: t(`task.${offer.kind}`) });
  if (contact) return t(`title.${stageOf(contact)}`, { service: contact.service });
  return t("title.state", { state: t(`state.${me.state}`) });
}
