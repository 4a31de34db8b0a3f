/** The files of a store that a reset removes, if the engine has files. */
export interface Removal {
  /**
   * The existing files, in an order in which a removal may be interrupted.
   * @throws Failure state_unwritable if a directory cannot be read
   */
  files(): readonly string[];
  /**
   * Applies the same rule as a server that opens them.
   * @throws Failure state_corrupt for a file of another program, state_locked for a file in use; nothing was changed
   */
  refuse(): void;
}
