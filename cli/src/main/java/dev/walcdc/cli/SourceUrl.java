package dev.walcdc.cli;

import dev.walcdc.capture.source.SourceConnection;
import dev.walcdc.local.ConnectionSettings;
import java.net.URI;
import java.net.URISyntaxException;

/** Reads {@code postgresql://user@host:port/database}, whose password comes by the environment. */
final class SourceUrl {

  private static final int DEFAULT_PORT = 5432;

  private SourceUrl() {}

  /** The database that the URL names; the password is that of variable {@code PGPASSWORD}. */
  static SourceConnection parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw malformed(url);
    }
    boolean known = "postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme());
    String path = uri.getPath();
    if (!known
        || uri.getHost() == null
        || uri.getUserInfo() == null
        || path == null
        || path.length() < 2) {
      throw malformed(url);
    }
    if (uri.getUserInfo().contains(":")) {
      throw new CliException(
          "A password on a command line can be read by everybody on this machine; leave it out of `--source` and set the variable PGPASSWORD.");
    }
    int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    return new SourceConnection(
        uri.getHost(), port, path.substring(1), uri.getUserInfo(), System.getenv("PGPASSWORD"));
  }

  private static CliException malformed(String url) {
    String shown = url.replaceAll(":[^:@/]*@", ":***@");
    return new CliException(
        "`%s` is not a source; write it as postgresql://USER@HOST:PORT/DATABASE.".formatted(shown));
  }

  /** The source of a home: the one that was given, else its own PostgreSQL. */
  static SourceConnection of(String url, ConnectionSettings settings) {
    if (url != null) {
      return parse(url);
    }
    ConnectionSettings.Postgres own = settings.postgres();
    return new SourceConnection(own.host(), own.port(), own.database(), own.user(), own.password());
  }
}
