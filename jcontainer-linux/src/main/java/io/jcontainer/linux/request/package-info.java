/** What a plan is made of: the spec, facts about the host, and what was decided from both. */
@NullMarked
package io.jcontainer.linux.request;

import org.jspecify.annotations.NullMarked;
