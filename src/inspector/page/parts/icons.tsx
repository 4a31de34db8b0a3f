/** Small drawings for buttons; each stands beside a word. */
const PATHS = {
  search: 'M6.2 10.4a4.2 4.2 0 1 0 0-8.4 4.2 4.2 0 0 0 0 8.4zM9.3 9.3 12.5 12.5',
  pause: 'M4.5 3v8M9.5 3v8',
  play: 'M4.5 2.8v8.4L11 7z',
  copy: 'M5 4.5h6.5V12H5zM3 9.5V2.2h6.3',
  replay: 'M2.5 2.5v3.3h3.3M2.8 5.6A4.8 4.8 0 1 1 2.3 8',
  unlock: 'M3.5 6.5h7V12h-7zM5 6.3V4.6a2 2 0 0 1 3.9-.6',
  down: 'M3.5 5.5 7 9l3.5-3.5',
  lock: 'M3.5 6.5h7V12h-7zM5 6.3V4.6a2 2 0 0 1 4 0v1.7',
  moon: 'M11.5 8.2A5 5 0 0 1 5.8 2.5a4.9 4.9 0 1 0 5.7 5.7z',
  sun: 'M7 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM7 1v1.4M7 11.6V13M1 7h1.4M11.6 7H13M2.8 2.8l1 1M10.2 10.2l1 1M11.2 2.8l-1 1M3.8 10.2l-1 1',
  check: 'M2.8 7.4 5.8 10.3 11.2 4',
  cross: 'M3.5 3.5l7 7M10.5 3.5l-7 7',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 14 14" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
