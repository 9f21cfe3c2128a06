/** What can be done next about a target by the one who asks. */
export interface NextStep {
  readonly target: string;
  /** For people: what it does; where no command is given, why there is none, or who may. */
  readonly message: string;
  /** A command line that is taken as it stands; null: none of this reader is. */
  readonly command: string | null;
}
