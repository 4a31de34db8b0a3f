/** An address or an id that names nothing, with what may have been meant. */
import { address } from '../browser/address.ts';
import type { Refusal } from '../browser/client.ts';
import { link } from '../browser/link.ts';
import { Foreign, Id } from '../parts/text.tsx';

export function NotFound() {
  return (
    <main class="empty" id="main" tabIndex={-1}>
      <h1>There is no such page</h1>
      <p>
        No page has the address <bdi class="mono">/{address.value.path.join('/').slice(0, 200)}</bdi>.
      </p>
      <p>
        <a href={link([])}>Overview</a>
      </p>
    </main>
  );
}

interface NotThereProps {
  readonly error: Refusal;
  /** What the page is about, such as `callbacks`. */
  readonly page: string;
}

/** The server's sentence, and whole ids that the short one may stand for. */
export function NotThere({ error, page }: NotThereProps) {
  return (
    <div class="empty">
      <h1>{error.status === 404 ? 'Nothing has this name' : 'This cannot be shown'}</h1>
      <p>
        <Foreign text={error.message} />
      </p>
      {error.candidates.length > 0 && (
        <>
          <p class="note">It may be one of these:</p>
          <ul>
            {error.candidates.map((candidate) => (
              <li key={candidate}>
                <Id id={candidate} href={link([page, candidate])} room={60} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
