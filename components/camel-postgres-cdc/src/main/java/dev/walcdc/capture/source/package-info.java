/**
 * What capture asks the source database itself: its catalogs, and whether it is fit for capture.
 */
package dev.walcdc.capture.source;
