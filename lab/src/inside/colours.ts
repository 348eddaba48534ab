// Colours of pictures: those of the page's style sheet, which change with the theme, and one scale for numbers.

export type Colour = [number, number, number];

function parsed(text: string): Colour {
  const digits = text.trim().replace("#", "");
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as Colour;
}

export function variable(name: string): Colour {
  return parsed(getComputedStyle(document.documentElement).getPropertyValue(name));
}

export function mixed(from: Colour, to: Colour, share: number): Colour {
  return [0, 1, 2].map((part) => from[part]! + (to[part]! - from[part]!) * share) as Colour;
}

export function css([red, green, blue]: Colour, alpha = 1): string {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)} / ${alpha})`;
}

/** One colour for each class. Beyond eight they are paler ones again: regions bear their class as text, too. */
export function classColours(count: number): Colour[] {
  const ground = variable("--ground");
  return Array.from({ length: count }, (_, k) => {
    const round = Math.floor(k / 8);
    return mixed(variable(`--line-${(k % 8) + 1}`), ground, Math.min(0.45 * round, 0.8));
  });
}

// Cividis, made for colour-blind eyes: dark blue, grey in the middle, yellow, lighter all the way.
const stops: Colour[] = [
  [0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115],
  [138, 134, 120], [165, 156, 116], [195, 179, 105], [254, 232, 56],
];

/** `share` from 0 to 1. */
export function cividis(share: number): Colour {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const stop = Math.min(Math.floor(place), stops.length - 2);
  return mixed(stops[stop]!, stops[stop + 1]!, place - stop);
}

/** `redraw` whenever the theme changes, until the returned function is called. */
export function onThemeChange(redraw: () => void): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);
  return () => dark.removeEventListener("change", redraw);
}
