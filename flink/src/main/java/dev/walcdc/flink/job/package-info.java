/** Reads the SQL files, decides where each one's job begins, submits it, and says how far it is. */
package dev.walcdc.flink.job;
