package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.InvalidSpecException;
import org.junit.jupiter.api.Test;

class CommitTest {
  @Test
  void an_image_is_called_by_no_digest() {
    assertThat(Commit.name("app")).hasToString("docker.io/library/app:latest");
    assertThatThrownBy(() -> Commit.name("app@sha256:" + "0".repeat(64)))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("has a digest");
  }
}
