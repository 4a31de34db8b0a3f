import { useEffect, useRef } from 'preact/hooks';
import { onKeys } from '../browser/keyboard.ts';

/** Keys of a view, for as long as it is shown. @param actions may change each time; their keys may not */
export function useKeys(actions: Readonly<Record<string, () => void>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(
    () => onKeys(Object.fromEntries(Object.keys(latest.current).map((name) => [name, () => latest.current[name]?.()]))),
    [],
  );
}
