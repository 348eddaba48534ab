// The map as a file of its own: what the page's style says is written into every element.
import { s } from "../dom";
import { colourOf, dashOf, mapHeight, mapWidth } from "./map";

const properties = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-linejoin", "stroke-linecap", "opacity", "font-size", "font-family",
];
const row = 46;

/** `entries`: a line of text for each contender. */
export function mapAsSvg(svg: SVGSVGElement, title: string, entries: string[]): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll<SVGElement>("*");
  copy.querySelectorAll<SVGElement>("*").forEach((element, index) => {
    const style = getComputedStyle(originals[index]!);
    element.removeAttribute("style");
    for (const property of properties) {
      const value = style.getPropertyValue(property);
      if (value !== "") element.setAttribute(property, value);
    }
    for (const name of ["class", "tabindex", "role", "aria-label", "data-map"]) element.removeAttribute(name);
  });
  const page = getComputedStyle(document.body);
  const ink = getComputedStyle(document.documentElement).color;
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  const [left, top] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number) as [number, number];
  const bottom = top + mapHeight;
  const height = mapHeight + row * (entries.length + 1.5);
  const legend = entries.map((entry, index) => {
    const y = bottom + row * (index + 1.9);
    const line = s("path", { d: `M0 ${y - 9}h70`, fill: "none", "stroke-width": 6, "stroke-dasharray": dashOf(index) });
    line.setAttribute("stroke", resolved(svg, colourOf(index)));
    return s("g", {}, line, s("text", { x: 90, y, fill: ink, "font-size": 28 }, entry));
  });
  copy.prepend(s("title", {}, title), s("rect", { x: left, y: top, width: mapWidth, height, fill: ground }));
  copy.append(s("g", { "font-family": page.fontFamily }, s("text", { x: 0, y: bottom + row * 0.8, fill: ink, "font-size": 28 }, title), ...legend));
  copy.setAttribute("viewBox", `${left} ${top} ${mapWidth} ${height}`);
  copy.setAttribute("width", String(mapWidth / 1.5));
  copy.setAttribute("height", String(height / 1.5));
  copy.removeAttribute("class");
  return new XMLSerializer().serializeToString(copy);
}

/** var(--line-1) as a colour. */
function resolved(within: SVGSVGElement, colour: string): string {
  const probe = s("path");
  probe.style.stroke = colour;
  within.append(probe);
  const found = getComputedStyle(probe).stroke;
  probe.remove();
  return found;
}

export function saveFile(text: string, type: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
