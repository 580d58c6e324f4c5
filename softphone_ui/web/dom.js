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
