package dev.walcdc.capture.source;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What PostgreSQL says of a table in the stream before the first change under a definition: the one
 * thing that is true of a change however far the catalog has moved on.
 *
 * @param oid {@code pg_class.oid}, unsigned
 * @param name the table as it was called at that time
 * @param identity {@code pg_class.relreplident}: d, n, f or i
 * @param columns in their order; generated and dropped ones, and those that are not published, are
 *     not among them
 * @see <a href="https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html">
 *     Logical replication message formats, Relation</a>
 */
public record Relation(
    long oid, SourceCatalog.TableName name, char identity, List<Attribute> columns) {

  /** The first byte of such a message. */
  public static final byte MESSAGE = 'R';

  private static final int OF_IDENTITY = 1;

  /**
   * A column.
   *
   * @param ofIdentity whether it is part of the replica identity
   * @param type {@code pg_type.oid}, unsigned
   * @param typmod {@code pg_attribute.atttypmod}
   */
  public record Attribute(String name, boolean ofIdentity, long type, int typmod) {}

  /** Reads a message from its first byte on; the buffer's own position stays. */
  public static Relation read(ByteBuffer message) {
    ByteBuffer in = message.duplicate();
    if (in.get() != MESSAGE) {
      throw new IllegalArgumentException("Not a Relation message");
    }
    long oid = Integer.toUnsignedLong(in.getInt());
    String schema = text(in);
    // PostgreSQL leaves out the name of the one schema that everything else builds on.
    SourceCatalog.TableName name =
        new SourceCatalog.TableName(schema.isEmpty() ? "pg_catalog" : schema, text(in));
    char identity = (char) in.get();
    int count = in.getShort();
    List<Attribute> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      boolean ofIdentity = (in.get() & OF_IDENTITY) != 0;
      columns.add(
          new Attribute(text(in), ofIdentity, Integer.toUnsignedLong(in.getInt()), in.getInt()));
    }
    return new Relation(oid, name, identity, List.copyOf(columns));
  }

  private static String text(ByteBuffer in) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte b = in.get(); b != 0; b = in.get()) {
      bytes.write(b);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
