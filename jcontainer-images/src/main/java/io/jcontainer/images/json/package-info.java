/**
 * JSON from strangers, and how what strangers have written is shown. Of images it knows only how to
 * refuse one.
 */
@NullMarked
package io.jcontainer.images.json;

import org.jspecify.annotations.NullMarked;
