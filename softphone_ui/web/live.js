/** What a screen reader is told: one sentence in a fixed order, and keys to hear it again.  The focus never moves. */

import { t, tongue } from "./texts.js";
import * as clock from "./clock.js";
import { called } from "./card.js";

const OFF = "allo.shortcuts.off";
const live = document.getElementById("live");
let flip = false;

function say(text) {
  flip = !flip;
  live.textContent = flip ? text : `${text}\u00a0`; // the same words twice are said twice
}

/** Service, urgency, name, wait; then the language, if it is another. */
export function sentence(contact) {
  const waited = clock.spoken(clock.now() - (contact.queued_at_ms ?? contact.arrived_at_ms));
  const offer = t("live.offer", {
    service: contact.service,
    tenant: contact.tenant,
    urgency: t(contact.urgent ? "urgent" : "ordinary"),
    name: who(contact),
    wait: waited,
  });
  return contact.language ? `${offer} ${t("live.language", { language: tongue(contact.language) })}` : offer;
}

/** The person's name as far as it is known. */
export function who(contact) {
  const { record } = contact;
  if (record?.state === "here") return called(record);
  return t(`who.${contact.found || "none"}`);
}

export function announce(contact) {
  say(sentence(contact));
}

export function announceTask(task) {
  say(t("live.brought", { what: t(`task.${task.kind}`), service: task.service, since: clock.short(task.since_at_ms) }));
}

/** 1: who, 2: how long, 3: my state. */
export function hearAgain(which, { me, contact }) {
  if (which === "1") say(contact ? sentence(contact) : t("live.nobody"));
  else if (which === "2") say(contact ? t("live.since", { wait: clock.spoken(clock.now() - (contact.connected_at_ms ?? contact.arrived_at_ms)) }) : t("live.nobody"));
  else say(t("live.state", { state: t(`state.${me.state}`), wait: clock.spoken(clock.now() - me.since_ms) }));
}

export const shortcutsOff = () => localStorage.getItem(OFF) === "1";
export const switchShortcuts = (off) => localStorage.setItem(OFF, off ? "1" : "");

/** Alt + 1, 2, 3, unless switched off. */
export function shortcuts(last, hear) {
  const listen = (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || shortcutsOff() || !last()) return;
    const which = event.code.replace("Digit", "");
    if (["1", "2", "3"].includes(which)) {
      event.preventDefault();
      hear(which, last());
    }
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}
