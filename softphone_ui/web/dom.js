/** Making elements, and changing a place of the page only when what it shows has changed. */

/**
 * An element with attributes and children; a `null` child is left out, text is always text.
 * @param {string} name
 * @param {Record<string, any>} [attributes] `on` holds listeners by event; false and null attributes are left out
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false).map(
    (child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return element;
}

/**
 * A place that is drawn anew only when `shown` differs from last time, so that what has the focus keeps it.
 * @param {HTMLElement} place
 */
export function drawn(place) {
  let last;
  return (shown, draw) => {
    const now = JSON.stringify(shown);
    if (now === last) return false;
    last = now;
    place.replaceChildren(...[draw()].flat().filter(Boolean));
    return true;
  };
}

/**
 * Rows by name, each drawn anew only when it has changed: whoever acts on a row keeps the focus while others come and go.
 * The first button of a row that is drawn anew has the focus that the old one had; of one that went, `lost` says what has.
 * @param {HTMLElement} place
 * @param {(name: string, row: any) => HTMLElement} draw
 * @param {() => HTMLElement | null} lost
 */
export function keyed(place, draw, lost) {
  const known = new Map();
  return (rows) => {
    const focused = document.activeElement;
    const holder = [...known].find(([, { element }]) => element.contains(focused))?.[0];
    const names = new Set(rows.map(([name]) => name));
    for (const [name, { element }] of known) {
      if (names.has(name)) continue;
      element.remove();
      known.delete(name);
    }
    let before = place.firstElementChild;
    for (const [name, row] of rows) {
      const shown = JSON.stringify(row);
      const had = known.get(name);
      if (had?.shown === shown && had.element === before) {
        before = before.nextElementSibling;
        continue;
      }
      const element = had?.shown === shown ? had.element : draw(name, row);
      if (had && had.element !== element) {
        if (had.element === before) before = before.nextElementSibling;
        had.element.remove();
      }
      place.insertBefore(element, before);
      known.set(name, { element, shown });
    }
    if (holder === undefined || document.activeElement === focused) return;
    const now = known.get(holder)?.element;
    (now ? now.querySelector("button") : lost())?.focus();
  };
}
