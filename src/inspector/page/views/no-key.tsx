/** What is shown without a key, or with the key of an earlier run. */
import { key } from '../browser/key.ts';

export function NoKey() {
  return (
    <main class="empty" id="main" tabIndex={-1}>
      <h1>
        {key.value === null ? 'This page needs the key of the running inspector' : 'The key is of an earlier run'}
      </h1>
      <p>
        Each run of the inspector has a key of its own, in the link that it prints. Open the line that begins with{' '}
        <code>inspector</code> in the terminal of <code>agent-paste serve</code>: it ends in <code>/#key=…</code>.
      </p>
      <p>
        Without that terminal, in the same directory, this command prints the link, or opens the page beside the
        database:
      </p>
      <pre class="block">agent-paste inspect --web</pre>
      <p class="second">
        The page keeps the key for its address, {location.host}, and removes it from the address bar. Then this link
        works too: <bdi class="mono">{location.pathname + location.search}</bdi>
      </p>
    </main>
  );
}
