/** What a reset does to a store, if the engine has files: it removes them, or a server that has them open empties them. */
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
  /**
   * Deletes every row while a server has the files open; what shows the pepper stays.
   * @throws Failure state_locked if another process writes for a second
   */
  empty(): void;
}
