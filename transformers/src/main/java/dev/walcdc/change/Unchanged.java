package dev.walcdc.change;

/**
 * Stands for a value that the source did not send because the change left it alone and PostgreSQL
 * keeps it out of line (TOAST). It must be replaced by the row's present value before a row is
 * written; it is never NULL.
 */
public enum Unchanged {
  TOAST
}
