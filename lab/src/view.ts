// A part of the page: one word in the menu, one address after the '#'.

export interface View {
  /** In the address and, capitalised, in the menu. */
  name: string;
  title: string;
  /** Fills `root`. `query` is what follows the '?' in the address. Returns what ends it. */
  show(root: HTMLElement, query: URLSearchParams): () => void;
  /** The address changed by the user's hand within the view; without it the view is shown anew. */
  update?(query: URLSearchParams): void;
}

/**
 * Keeps the state of a view in the address, without a new entry in the history. Nothing happens where the user has already
 * gone on to another one.
 */
export function keepInAddress(name: string, query: URLSearchParams): void {
  const shown = location.hash.slice(1).split("?", 1)[0];
  if (shown !== "" && shown !== name) return;
  const text = query.toString();
  history.replaceState(null, "", `#${name}${text === "" ? "" : `?${text}`}`);
}
