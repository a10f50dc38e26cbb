// Numbers and instants as people read them.

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** Write a duration in seconds with one unit or two: `40 s`, `12 min`, `3 h 12 min`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[first] ?? ["s", 1];
  const [lower, part] = UNITS[first + 1] ?? ["s", 1];
  const rest = Math.floor((whole % size) / part);
  // Seconds matter in the first minute only.
  return `${Math.floor(whole / size)} ${unit}` + (rest && lower !== "s" ? ` ${rest} ${lower}` : "");
}

/** Write how long an instant is ago, seen from another one, both ISO 8601. */
export function since(instant, now) {
  return duration((Date.parse(now) - Date.parse(instant)) / 1000);
}

/** Write the time of day of an instant, in UTC. */
export function clock(instant) {
  return `${instant.slice(11, 19)} UTC`;
}

/** Write a whole number with commas. */
export function count(number) {
  return Math.round(number).toLocaleString("en-US");
}

/** Write a rate: exact where it is small. */
export function rate(number) {
  return number !== 0 && number < 10 ? number.toFixed(1) : count(number);
}

/** Write a time in seconds as milliseconds or microseconds. */
export function latency(seconds) {
  if (seconds === null) return "–";
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.1) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

/** Write a part of a whole. */
export function percent(part, whole) {
  if (!whole) return "–";
  const share = (part / whole) * 100;
  if (share > 0 && share < 0.1) return "< 0.1 %";
  if (share < 100 && share > 99.9) return "> 99.9 %";
  return `${share < 10 || (share > 99 && share < 100) ? share.toFixed(1) : Math.round(share)} %`;
}

/** Write a number of octets. */
export function size(octets) {
  if (octets === null) return "–";
  const power = Math.min(4, Math.floor(Math.log2(Math.max(octets, 1)) / 10));
  const scaled = octets / 2 ** (10 * power);
  return `${scaled < 100 ? Number(scaled.toPrecision(3)) : Math.round(scaled)} ${["octets", "KiB", "MiB", "GiB", "TiB"][power]}`;
}
