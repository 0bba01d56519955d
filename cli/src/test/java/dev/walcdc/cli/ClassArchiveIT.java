package dev.walcdc.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The archive that the build leaves fits the command, which would be slow in silence otherwise. */
class ClassArchiveIT {

  @Test
  void thePipelineStartsFromTheArchive() throws Exception {
    List<String> command = new ArrayList<>(PipelineProcess.command());
    assertThat(command).contains("-Xshare:auto");
    command.replaceAll(word -> word.equals("-Xshare:auto") ? "-Xshare:on" : word); // or fails
    command.add("-help");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    assertThat(output).contains("Apache Camel Runner");
  }
}
