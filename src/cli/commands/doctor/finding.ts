/** All subjects of `doctor`. */
import { type Diagnosis, STORE_DIAGNOSIS_CODES } from '../../../store/diagnosis.ts';

/** In the order in which they are printed. */
export const FINDING_CODES = [
  'node_version',
  'sqlite_version',
  'configuration',
  'state_directory',
  'free_space',
  'pepper_file',
  ...STORE_DIAGNOSIS_CODES,
  'shared_addresses',
  'signing_keys',
  'signing_key_age',
  'state_clock',
  'leftovers',
  'port',
  'host_names',
  'jwks',
  'user_endpoint',
  'clock',
] as const;

export type Finding = Diagnosis<(typeof FINDING_CODES)[number]>;
