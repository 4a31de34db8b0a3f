/** What an invariant is: a sentence that every right server keeps, and a way to find out. */
import type { Judgement } from './judgement.ts';
import type { Need } from './target.ts';
import type { Trial } from './trial.ts';

export interface Invariant {
  /** What must be true, one sentence. */
  readonly meaning: string;
  readonly needs: Need;
  /** Sends callbacks that arrive together: worth repeating. */
  readonly concurrent?: true;
  /** Changes what the others rely on, so it runs when they are done. */
  readonly alone?: true;
  readonly run: (trial: Trial) => Promise<Judgement>;
}
