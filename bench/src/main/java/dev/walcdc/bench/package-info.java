/**
 * A program that measures the stages of the pipeline on a fresh local stack, and the peers beside
 * them on the same data. A figure is printed only after the result that it stands for was checked.
 */
package dev.walcdc.bench;
