/** Single keys; a switch turns them off, since some people speak to their machine. */
import { signal } from '@preact/signals';

const NAME = 'agent-paste-inspector-keys';

export const singleKeys = signal(true);

/** By key, such as `j` or `g o`. What was registered last comes first. */
type Actions = Readonly<Record<string, () => void>>;

const registered: Actions[] = [];

/** How long a first `g` waits for the second key. */
const SEQUENCE_MS = 1200;

/** @returns a function that takes them away */
export function onKeys(actions: Actions): () => void {
  registered.push(actions);
  return () => void registered.splice(registered.indexOf(actions), 1);
}

export function startKeyboard(): void {
  singleKeys.value = stored() !== 'off';
  let first = { key: '', at: 0 };
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const isNamed = event.key.length > 1;
    if (isTyping(event.target) || (isNamed && isControl(event.target))) return;
    if (!isNamed && !singleKeys.value) return;
    const isSecond = first.key !== '' && event.timeStamp - first.at < SEQUENCE_MS;
    const name = isSecond ? `${first.key} ${event.key}` : event.key;
    first = { key: event.key === 'g' && !isSecond ? 'g' : '', at: event.timeStamp };
    const action = registered.findLast((actions) => name in actions)?.[name];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}

export function switchSingleKeys(on: boolean): void {
  singleKeys.value = on;
  try {
    localStorage.setItem(NAME, on ? 'on' : 'off');
  } catch {
    // Without storage the choice lasts as long as the tab.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select, dialog') !== null;
}

/** Enter and the arrows belong to a button or a link that has the focus. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a[href], summary') !== null;
}
