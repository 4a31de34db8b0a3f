/** Numbers, sizes and ids as short as they can be read. */

/** An id is known by its ends: `req_01M8…JZFSDN`. By code point, so that no letter is halved. */
export function shortened(id: string, room: number): string {
  const letters = [...id];
  if (letters.length <= room) return id;
  const end = Math.min(6, Math.floor((room - 1) / 2));
  return `${letters.slice(0, room - 1 - end).join('')}…${letters.slice(-end).join('')}`;
}

/** One decimal, as many digits before it as there are: `5003.8`, `0.9`. */
export function milliseconds(value: number): string {
  return value.toFixed(1);
}

/** `0.3 ms`, `2.1 s`. @param us microseconds */
export function duration(us: number): string {
  if (us < 1000) return `${(us / 1000).toFixed(2)} ms`;
  if (us < 10_000_000) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

/** `6 callbacks`, `1 callback`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `100,000`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
