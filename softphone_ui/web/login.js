/** The log-in form. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

/**
 * @param {HTMLElement} root
 * @param {string} reason why the form is shown: left, session, or nothing
 * @param {(me: any) => void} enter
 * @returns {() => void} leave
 */
export function logIn(root, reason, enter) {
  const said = h("p", { class: "said", role: "alert", id: "said" });
  const name = h("input", { id: "name", name: "name", autocomplete: "username", required: true, spellcheck: "false", autocapitalize: "none", maxlength: 80 });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 200 });
  const button = h("button", { type: "submit", class: "main" }, t("login.enter"));
  const form = h("form", { class: "login", "aria-labelledby": "welcome", "aria-describedby": "said", novalidate: true, on: { submit: send } },
    h("img", { src: "/web/icon.svg", alt: "", width: 56, height: 56 }),
    h("h1", { id: "welcome" }, t("login.welcome")),
    reason ? h("p", { class: "note" }, t(`login.${reason}`)) : null,
    h("label", { for: "name" }, t("login.name")), name,
    h("label", { for: "password" }, t("login.password")), password,
    said, button,
    h("p", { class: "hint" }, t("login.hint")));
  root.replaceChildren(h("main", { id: "main", tabindex: "-1", class: "outside" }, form));

  async function send(event) {
    event.preventDefault();
    said.textContent = "";
    const empty = [name, password].find((field) => !field.value);
    if (empty) {
      said.textContent = t(empty === name ? "login.no_name" : "login.no_password");
      empty.focus();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    const answer = await ask("POST", "/api/session", { name: name.value.trim(), password: password.value });
    button.removeAttribute("aria-disabled");
    if (answer.status === 200) {
      enter(answer.body);
      document.getElementById("main").focus();
      return;
    }
    said.textContent = t(answer.status === 429 ? "login.wait" : answer.status === 401 ? "login.wrong" : "refused.away", { seconds: answer.retry });
    password.value = "";
    password.focus();
  }
  return () => {};
}
