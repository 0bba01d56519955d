package dev.walcdc.capture;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.impl.DefaultCamelContext;

/** A capture in a process of its own, to be killed. */
final class CaptureProcess {

  private CaptureProcess() {}

  /** Starts one with a capture's options. */
  static Process start(String name, Map<String, String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", CaptureProcess.class.getName(), name));
    options.forEach((option, value) -> command.add(option + "=" + value));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/capture-process.log")))
        .start();
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 1; i < args.length; i++) {
      String[] option = args[i].split("=", 2);
      options.put(option[0], option[1]);
    }
    try (DefaultCamelContext context = new DefaultCamelContext()) {
      context.addRoutes(new CaptureRoute(args[0], options, exchange -> {}, exchange -> {}));
      context.start();
      new CountDownLatch(1).await();
    }
  }
}
