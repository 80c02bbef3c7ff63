/** Every snippet of the README as a program. Each has a main method and prints what it found. */
package io.jcontainer.examples;
