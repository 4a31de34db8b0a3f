/** The page of the inspector begins here. */
import { render } from 'preact';
import { followLinks, go } from './browser/address.ts';
import { denied, Refusal } from './browser/client.ts';
import { startTicking } from './browser/clock.ts';
import { copy } from './browser/copy.ts';
import { key, takeKey } from './browser/key.ts';
import { onKeys, startKeyboard } from './browser/keyboard.ts';
import { link } from './browser/link.ts';
import { startTheme } from './browser/theme.ts';
import { paused, startLive } from './state/live.ts';
import { watchChanges } from './state/resource.ts';
import { endSendingWithTab } from './state/sending.ts';
import { generation, loadServer } from './state/server.ts';
import { helpShown } from './views/help.tsx';
import { Page } from './views/page.tsx';

startTheme();
takeKey();
denied.value = key.value === null;
followLinks();
startKeyboard();
startTicking();
watchChanges();
endSendingWithTab();
addEventListener('hashchange', () => {
  takeKey();
  generation.value++;
  void begin();
});
onKeys({
  '?': () => {
    helpShown.value = true;
  },
  c: () => void copy(location.href, 'the link of this page'),
  l: () => {
    paused.value = !paused.value;
  },
  'g o': () => go(link([])),
  'g c': () => go(link(['callbacks'])),
  'g m': () => go(link(['members'])),
  'g r': () => go(link(['records'])),
  'g s': () => go(link(['signing-keys'])),
});
const root = document.getElementById('page');
if (root !== null) render(<Page />, root);
startLive();
void begin();

async function begin(): Promise<void> {
  if (key.value === null) return;
  try {
    await loadServer();
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Error)) throw error;
    // What went wrong stands in the page already; the stream tries again.
  }
}
