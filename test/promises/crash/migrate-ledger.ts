/** A program to be killed: takes a database of an invented family from its first version to its third. */
import { openDatabase } from '../../../src/store/sqlite/file/open.ts';
import { LEDGER } from './ledger.ts';

openDatabase(process.argv[2] ?? '', LEDGER, { synchronous: 'FULL' }).close();
