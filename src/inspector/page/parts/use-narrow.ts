import { useEffect, useState } from 'preact/hooks';

/** Whether the window is narrower than so many pixels. */
export function useNarrow(width: number): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(`(max-width: ${width - 1}px)`).matches);
  useEffect(() => {
    const query = matchMedia(`(max-width: ${width - 1}px)`);
    const update = () => setNarrow(query.matches);
    query.addEventListener('change', update);
    update();
    return () => query.removeEventListener('change', update);
  }, [width]);
  return narrow;
}
