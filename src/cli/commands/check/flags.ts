/** The flags of `check`, as commander reads them. */

export interface TargetFlags {
  /** The token, @file, or - for stdin. */
  readonly token?: string;
  /** A file with a token per line. */
  readonly tokens?: string;
  /** Milliseconds. */
  readonly patience?: number;
  /** Leave users and keys at the issuer. */
  readonly keep?: boolean;
}

export interface CheckFlags extends TargetFlags {
  readonly list?: boolean;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** `seed` is another name of it. */
  readonly randomSeed?: number;
  readonly seed?: number;
  readonly repeat?: number;
  readonly report?: readonly string[];
  readonly selfTest?: boolean;
  readonly strict?: boolean;
  readonly verbose?: boolean;
}
