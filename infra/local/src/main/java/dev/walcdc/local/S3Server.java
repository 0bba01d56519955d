package dev.walcdc.local;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** S3Proxy: S3 over a folder of this machine. */
final class S3Server extends LocalServer {
  static final String BUCKET = "lake";

  S3Server(LocalStackOptions options, Ports ports, Secrets secrets, StackState state) {
    super(Server.S3, options, ports, secrets, state);
  }

  @Override
  void prepare() {
    PrivateFiles.write(
        folder().resolve("logback.xml"), PrivateFiles.resource("logback-server.xml"));
    PrivateFiles.write(
        properties(),
        PrivateFiles.resource("s3proxy.properties")
            .replace("@ENDPOINT@", endpoint())
            .replace("@ACCESS_KEY@", secrets.s3AccessKey())
            .replace("@SECRET_KEY@", secrets.s3SecretKey())
            .replace("@DATA@", data().toString()));
    PrivateFiles.folder(data().resolve(BUCKET)); // a folder is a bucket
  }

  @Override
  List<String> command() {
    return Programs.java(
        options.programsFolder(),
        "s3proxy",
        List.of("-Xmx256m", "-Dlogback.configurationFile=" + folder().resolve("logback.xml")),
        "org.gaul.s3proxy.Main",
        "--properties",
        properties().toString());
  }

  @Override
  void probe() throws Exception {
    URI signed = sign("GET", "/" + BUCKET, Instant.now().plusSeconds(60));
    HttpCall.send("GET", signed, Map.of(), "");
  }

  @Override
  void initialize() {}

  /** A request's address with its signature (version 2: all of it is in the query). */
  URI sign(String method, String path, Instant expires) throws GeneralSecurityException {
    String text = "%s\n\n\n%d\n%s".formatted(method, expires.getEpochSecond(), path);
    Mac mac = Mac.getInstance("HmacSHA1");
    mac.init(new SecretKeySpec(secrets.s3SecretKey().getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
    String signature =
        Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    return URI.create(
        "%s%s?AWSAccessKeyId=%s&Expires=%d&Signature=%s"
            .formatted(
                endpoint(),
                path,
                secrets.s3AccessKey(),
                expires.getEpochSecond(),
                URLEncoder.encode(signature, StandardCharsets.UTF_8)));
  }

  private String endpoint() {
    return "http://" + ConnectionSettings.HOST + ":" + ports.get(Port.S3);
  }

  /** Absolute: below a relative folder S3Proxy serves objects but lists none. */
  private Path data() {
    return folder().resolve("data").toAbsolutePath();
  }

  private Path properties() {
    return folder().resolve("s3proxy.properties");
  }
}
