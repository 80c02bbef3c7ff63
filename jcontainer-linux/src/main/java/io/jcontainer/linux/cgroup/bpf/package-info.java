/**
 * An assembler for the BPF programs that decide about a cgroup's devices: as much of the kernel's
 * instruction set as these need.
 */
@NullMarked
package io.jcontainer.linux.cgroup.bpf;

import org.jspecify.annotations.NullMarked;
