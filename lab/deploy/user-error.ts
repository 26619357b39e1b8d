/** Something the person can mend: shown as it is, without a stack trace. */
export class UserError extends Error {}
