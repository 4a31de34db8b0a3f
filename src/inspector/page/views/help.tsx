/** All keys, and the switch that turns single ones off. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { singleKeys, switchSingleKeys } from '../browser/keyboard.ts';

export const helpShown = signal(false);

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [['j', 'k', '↓', '↑'], 'next, previous callback'],
  [['Enter', 'Esc'], 'open, back to the list'],
  [['[', ']'], 'previous, next callback of the same key'],
  [['1', '…', '6'], 'only callbacks of one outcome: provisioned, seen, replayed, refused, in flight, unavailable'],
  [['/'], 'search'],
  [['r'], 'replay the callback'],
  [['c'], 'copy the link of the page'],
  [['l'], 'live or paused'],
  [['g', 'o'], 'Overview; then c Callbacks, m Members, r Records, s Signing keys'],
  [['?'], 'this list'],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = helpShown.value;
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      onClose={() => {
        helpShown.value = false;
      }}
    >
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <>
            <dt>
              {keys.map((name) => (
                <>
                  <kbd>{name}</kbd>{' '}
                </>
              ))}
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <label>
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => switchSingleKeys(event.currentTarget.checked)}
        />{' '}
        single keys are on
      </label>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  );
}
