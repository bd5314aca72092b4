/** A kind of names that other systems know a person by: `email`. */
export const IDENTIFIER_KIND = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
