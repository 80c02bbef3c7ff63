package io.jcontainer;

import java.util.Optional;

/**
 * What a {@link ContainerPool} has and has done, at one moment.
 *
 * @param parked how many containers are parked
 * @param parking how many are being made, in the background
 * @param used how many parked containers were started
 * @param unparked how many starts found none parked, and were those of {@link
 *     ContainerRuntime#start}
 * @param failure why the last one could not be parked, or what has happened to it when it was;
 *     empty once one was parked again, and at first
 * @since 0.1.0
 */
public record PoolStatus(
    int parked, int parking, long used, long unparked, Optional<ContainerException> failure) {}
