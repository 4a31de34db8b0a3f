/** The statements of each table. `schema.ts` creates the tables with their constraints. */
import * as tables from '../tables.ts';
import { statementsOf } from './table.ts';

export const WORKSPACES = statementsOf(tables.WORKSPACES);
export const MEMBERS = statementsOf(tables.MEMBERS);
export const API_KEYS = statementsOf(tables.API_KEYS);
export const EVENTS = statementsOf(tables.EVENTS);
export const ARTIFACTS = statementsOf(tables.ARTIFACTS);
export const CALLBACK_RECORDS = statementsOf(tables.CALLBACK_RECORDS);
export const ATTEMPTS = statementsOf(tables.ATTEMPTS);
export const USERS = statementsOf(tables.USERS);
