package dev.walcdc.systemtest;

import java.util.List;

/** PostgreSQL's types with values at their edges. */
final class TypeSamples {

  /** Made before the tables are. */
  static final List<String> DEFINITIONS =
      List.of(
          "CREATE EXTENSION IF NOT EXISTS citext",
          "CREATE EXTENSION IF NOT EXISTS hstore",
          "CREATE EXTENSION IF NOT EXISTS ltree",
          "CREATE TYPE app.mood AS ENUM ('so so', 'fine')",
          "CREATE TYPE app.pair AS (a int, b text)",
          "CREATE DOMAIN app.small AS int2",
          "CREATE DOMAIN app.price AS numeric(9,2)",
          "CREATE DOMAIN app.day AS date",
          "CREATE DOMAIN app.span AS interval",
          "CREATE DOMAIN app.list AS int4[]");

  /**
   * A type.
   *
   * @param type as it is declared
   * @param key whether it is tried as a part of a primary key too
   * @param values SQL literals, which are cast to the type
   */
  record Sample(String type, boolean key, List<String> values) {}

  private static final boolean KEY = true;
  private static final boolean VALUE = false;

  /** A number in JSON may be as long as one likes. */
  private static final String LONG_NUMBER = "1234567890".repeat(100);

  /** Values that the types of both sinks hold. */
  static final List<Sample> ORDINARY =
      List.of(
          of(KEY, "boolean", "true", "false"),
          of(KEY, "smallint", "-32768", "32767"),
          of(KEY, "integer", "-2147483648", "2147483647"),
          of(KEY, "bigint", "-9223372036854775808", "9223372036854775807"),
          of(KEY, "oid", "0", "4294967295"),
          of(VALUE, "real", "'NaN'", "'-Infinity'", "'-0'", "3.4028235e38", "1e-45"),
          of(VALUE, "double precision", "'NaN'", "'Infinity'", "'-0'", "5e-324", "1e23"),
          of(KEY, "numeric(9,2)", "-9999999.99", "0"),
          of(KEY, "numeric(18,0)", "999999999999999999"),
          of(KEY, "numeric(38,19)", "-9999999999999999999.9999999999999999999"),
          of(KEY, "numeric", "'NaN'", "'-Infinity'", "1." + "9".repeat(77), "1e40", "1.500"),
          of(KEY, "numeric(78,10)", "1e67"),
          of(KEY, "numeric(3,-2)", "12345"),
          of(KEY, "money", "'-92233720368547758.08'", "1.5"),
          of(KEY, "text", "''", "E'\\t\\n\\\\ \"q\" \\x01\\x7f'", "U&'\\00e9\\4e16\\+01F600'"),
          of(KEY, "character varying(9)", "' v '"),
          of(KEY, "character(5)", "'ab'", "''"),
          of(KEY, "\"char\"", "'x'"),
          of(KEY, "name", "'a name'"),
          of(KEY, "bytea", "'\\x'", "'\\x00275cff'"),
          of(KEY, "date", "'1900-01-01'", "'1969-12-31'", "'2299-12-31'"),
          of(KEY, "time", "'00:00'", "'24:00:00'", "'23:59:59.999999'", "'01:02:03.04'"),
          of(KEY, "time with time zone", "'24:00:00+15:59'", "'12:00:00-05:30:15'"),
          of(KEY, "timestamp", "'1900-01-01 00:00:00'", "'2299-12-31 23:59:59.999999'"),
          of(
              KEY,
              "timestamp with time zone",
              "'1900-01-01 00:00:00+00'",
              "'2299-12-31 23:59:59.999999+00'",
              "'2026-03-29 02:30:00+02'"),
          of(
              KEY,
              "interval",
              "'1 year 2 mons -3 days +04:05:06.789'",
              "'-00:00:00.000001'",
              "'178000000 years'",
              "'infinity'"),
          of(KEY, "uuid", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"),
          of(VALUE, "json", "'{\"a\" :  1, \"a\": null}'", "'null'", "'" + LONG_NUMBER + "'"),
          of(VALUE, "jsonb", "'{\"b\": [1, {\"c\": null}], \"a\": 1.10}'", "'null'"),
          of(VALUE, "xml", "'<a b=\"c\">&amp;</a>'"),
          of(KEY, "inet", "'10.1.2.3'", "'10.1.2.3/8'", "'::1'"),
          of(KEY, "cidr", "'10.0.0.0/8'"),
          of(KEY, "macaddr", "'08:00:2b:01:02:03'"),
          of(KEY, "macaddr8", "'08:00:2b:01:02:03:04:05'"),
          of(KEY, "bit(3)", "B'101'", "B'000'"),
          of(KEY, "bit varying", "B''", "B'0001'"),
          of(KEY, "int4range", "'[1,3)'", "'empty'", "'(,)'"),
          of(KEY, "numrange", "'(1.50,2.0]'"),
          of(KEY, "tsrange", "'[2024-01-01 00:00:00,infinity)'"),
          of(KEY, "tstzrange", "'[2024-07-01 00:00:00+02,)'"),
          of(KEY, "daterange", "'[2024-01-01,2024-02-01)'"),
          of(KEY, "int8multirange", "'{[1,3),[5,)}'"),
          of(VALUE, "point", "'(0.1,-1e300)'", "'(NaN,Infinity)'"),
          of(VALUE, "line", "'{1,2.5,-3}'"),
          of(VALUE, "lseg", "'[(1,2),(3,4)]'"),
          of(VALUE, "box", "'(1,2),(0.30000000000000004,0)'"),
          of(VALUE, "path", "'((1,2),(3,4))'", "'[(1,2),(3,4)]'"),
          of(VALUE, "polygon", "'((0,0),(1,1),(1,0))'"),
          of(VALUE, "circle", "'<(1,2),3.3>'"),
          of(KEY, "tsvector", "'a:1 fat:2B,4C'"),
          of(KEY, "tsquery", "'fat & (rat | !cat:*A)'"),
          of(KEY, "pg_lsn", "'FFFFFFFF/1'"),
          of(KEY, "xid8", "'18446744073709551615'"),
          of(VALUE, "xid", "'4294967295'"),
          of(KEY, "tid", "'(1,2)'"),
          of(VALUE, "regclass", "'pg_class'", "'app.users'"),
          of(VALUE, "jsonpath", "'$.a[*] ? (@ > 1)'"),
          of(VALUE, "pg_snapshot", "'10:20:10,14,15'"),
          of(VALUE, "txid_snapshot", "'10:20:10'"),
          of(KEY, "integer[]", "'{{1,2},{3,NULL}}'", "'{}'", "'[0:1]={5,6}'"),
          of(KEY, "text[]", "'{\"a,\\\"b\",NULL,\"NULL\",\"\"}'"),
          of(KEY, "numeric(9,2)[]", "'{1.5,NaN}'"),
          of(KEY, "timestamp with time zone[]", "'{2024-07-01 00:00:00+02,infinity}'"),
          of(KEY, "time with time zone[]", "'{24:00:00+01}'"),
          of(KEY, "interval[]", "'{1 mon,-1 day}'"),
          of(KEY, "bytea[]", "ARRAY['\\x00ff'::bytea]"),
          of(KEY, "double precision[]", "'{0.1,NaN,-0}'"),
          of(KEY, "jsonb[]", "ARRAY['{\"a\": \"b,c\"}'::jsonb]"),
          of(VALUE, "point[]", "ARRAY['(1,2)'::point]"),
          of(KEY, "citext", "'CaSe'"),
          of(VALUE, "hstore", "'\"b\"=>NULL, \"a\"=>\"x\\\"y\"'"),
          of(KEY, "ltree", "'Top.Science'"),
          of(KEY, "app.mood", "'so so'", "'fine'"),
          of(KEY, "app.mood[]", "'{so so,fine}'"),
          of(KEY, "app.pair", "'(1,\"a,b\")'", "'(,)'", "'(3,)'"),
          of(KEY, "app.small", "7"),
          of(KEY, "app.price", "1.25"),
          of(KEY, "app.day", "'2024-02-29'"),
          of(KEY, "app.span", "'1 mon'"),
          of(KEY, "app.list", "'{1,NULL}'"));

  /** Values that not every sink's type holds: in columns that are kept as text. */
  static final List<Sample> WIDE =
      List.of(
          of(KEY, "date", "'4714-11-24 BC'", "'5874897-12-31'", "'infinity'", "'-infinity'"),
          of(KEY, "app.day", "'0044-03-15 BC'"),
          of(
              KEY,
              "timestamp",
              "'4714-11-24 00:00:00 BC'",
              "'0001-01-01 00:00:00.1'",
              "'294246-12-31 23:59:59.999999'",
              "'infinity'",
              "'-infinity'"),
          of(
              KEY,
              "timestamp with time zone",
              "'0044-03-15 12:00:00.000001+00 BC'",
              "'10000-01-01 00:00:00+00'",
              "'infinity'",
              "'-infinity'"),
          of(KEY, "numeric(9,2)", "'NaN'", "-1.5"));

  private TypeSamples() {}

  private static Sample of(boolean key, String type, String... values) {
    return new Sample(type, key, List.of(values));
  }
}
