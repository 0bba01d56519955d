package dev.walcdc.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SharedStackIT {
  @Test
  void startsWhatIsAskedForAndOnlyOnce() {
    LocalStack first = SharedStack.with(Server.CATALOG);
    assertThat(first.isRunning(Server.CATALOG)).isTrue();
    assertThat(first.isRunning(Server.KAFKA)).isFalse();
    assertThat(first.options().home()).startsWith(Path.of("target/stacks").toAbsolutePath());

    first.kill(Server.CATALOG);
    LocalStack second = SharedStack.with(Server.CATALOG, Server.S3);
    assertThat(second).isSameAs(first);
    assertThat(second.isRunning(Server.CATALOG)).isTrue();
    assertThat(second.isRunning(Server.S3)).isTrue();
  }
}
