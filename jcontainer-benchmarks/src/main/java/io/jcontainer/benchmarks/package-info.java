/**
 * What a start costs: {@link io.jcontainer.benchmarks.StartBench} beside its peers, and JMH
 * benchmarks of the same calls. Never published.
 */
@NullMarked
package io.jcontainer.benchmarks;

import org.jspecify.annotations.NullMarked;
