/** The differences between the SQL of the engines. Lists, names and promises are declared once, and use them. */
import type { Form } from './tables.ts';

/** The form in which a value is shown: bytes in hexadecimal, every time in ISO 8601. */
export type ShownForm = Exclude<Form, 'bytes' | 'expiry'> | 'hex' | 'until';

export interface Dialect {
  /** Version of the schema that is read: a reader does not migrate it. */
  readonly version: number;
  /** As statements name it. */
  table(name: string): string;
  /** The n-th value that a statement is given, from 1. */
  parameter(n: number): string;
  /** An expression whose value `read` can read. */
  select(column: string, form: ShownForm): string;
  read(value: unknown, form: ShownForm): unknown;
  /** An expression that is compared and ordered without regard to the case of ASCII letters. */
  folded(text: string): string;
  /** A clause after a table: read it through this index. */
  indexed(index: string): string;
  /** An expression that identifies a row within its table. */
  rowOf(alias: string): string;
  isTrue(column: string): string;
}
