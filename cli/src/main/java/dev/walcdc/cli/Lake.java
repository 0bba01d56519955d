package dev.walcdc.cli;

import dev.walcdc.iceberg.IcebergConfiguration;
import dev.walcdc.local.ConnectionSettings;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.jdbc.JdbcCatalog;

/** Opens the local stack's Iceberg catalog as the pipeline does. */
public final class Lake {

  private Lake() {}

  /** The catalog; the caller closes it. */
  public static JdbcCatalog open(ConnectionSettings servers) {
    IcebergConfiguration configuration = new IcebergConfiguration();
    configuration.setType(CatalogUtil.ICEBERG_CATALOG_TYPE_JDBC);
    configuration.setUri(servers.catalog().jdbcUrl());
    configuration.setJdbcUser(servers.catalog().user());
    configuration.setJdbcPassword(servers.catalog().password());
    configuration.setWarehouse("s3://" + servers.s3().bucket() + "/warehouse");
    configuration.setS3Endpoint(servers.s3().endpoint().toString());
    configuration.setS3AccessKeyId(servers.s3().accessKey());
    configuration.setS3SecretAccessKey(servers.s3().secretKey());
    configuration.setClientRegion(servers.s3().region());
    configuration.setS3PathStyleAccess(true);
    return (JdbcCatalog) configuration.openCatalog();
  }
}
