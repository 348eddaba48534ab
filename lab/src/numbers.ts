// Numbers for people: always with a point, never more digits than help.

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

/** 0.08312, 12.5, 1,234,567, 3.1e-7; a dash for what is not there. */
export function figure(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 10 ** digits && size < 1e12) return grouped.format(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return value.toExponential(Math.max(0, digits - 2));
  return String(Number(value.toPrecision(digits)));
}

/** The same beside an axis: 20K, 0.001, 1e-5. */
export function tick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4) return compact.format(value);
  if (size !== 0 && size < 1e-3) return value.toExponential().replace("e+", "e");
  return String(Number(value.toPrecision(6)));
}

/** 40 ms, 0.4 s, 12 s, 3:05 min, 2:10:00 h. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.1) return `${figure(seconds * 1000, 2)} ms`;
  if (seconds < 10) return `${figure(seconds, 2)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)} min`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)} h`;
}
