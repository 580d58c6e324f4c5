/** A place beside the call that is opened for one thing and left again: Escape leads back to where one was. */

/**
 * @param {HTMLElement} place
 * @param {() => HTMLElement} first what gets the focus
 * @returns {{open: () => void, close: (back: boolean) => void}}
 */
export function panel(place, first) {
  let opener = null;
  const close = (back) => {
    if (place.hidden) return;
    place.hidden = true;
    if (back && opener?.isConnected) opener.focus();
  };
  place.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close(true);
  });
  return {
    close,
    open: () => {
      opener = document.activeElement;
      place.hidden = false;
      first().focus();
    },
  };
}
