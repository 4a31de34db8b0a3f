/** An answer of the inspector that is no data. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** Names that may be meant. */
  readonly candidates: readonly string[];

  constructor(status: number, code: string, message: string, candidates: readonly string[] = []) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.candidates = candidates;
  }
}
