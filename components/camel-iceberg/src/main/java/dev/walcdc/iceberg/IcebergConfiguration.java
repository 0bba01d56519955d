package dev.walcdc.iceberg;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.catalog.Catalog;

/**
 * Which catalog to use. Every option is the property of Iceberg's own of nearly the same name; what
 * has no option here is given in {@code catalogProperties}.
 */
@UriParams
public class IcebergConfiguration {

  private static final String S3_FILE_IO = "org.apache.iceberg.aws.s3.S3FileIO";

  @UriParam(label = "catalog", defaultValue = "lake")
  private String catalogName = "lake";

  @UriParam(label = "catalog", defaultValue = "jdbc", enums = "jdbc,rest,glue,hive,hadoop,nessie")
  private String type = CatalogUtil.ICEBERG_CATALOG_TYPE_JDBC;

  @UriParam(label = "catalog")
  private String catalogImpl;

  @UriParam(label = "catalog")
  private String uri;

  @UriParam(label = "catalog")
  private String warehouse;

  @UriParam(label = "catalog")
  private String ioImpl;

  @UriParam(label = "security")
  private String jdbcUser;

  @UriParam(label = "security", secret = true)
  private String jdbcPassword;

  @UriParam(label = "s3")
  private String s3Endpoint;

  @UriParam(label = "s3,security", secret = true)
  private String s3AccessKeyId;

  @UriParam(label = "s3,security", secret = true)
  private String s3SecretAccessKey;

  @UriParam(label = "s3")
  private boolean s3PathStyleAccess;

  @UriParam(label = "s3")
  private String clientRegion;

  @UriParam(label = "catalog", prefix = "catalogProperties.", multiValue = true)
  private Map<String, Object> catalogProperties;

  /** The properties that Iceberg makes the catalog from. */
  public Map<String, String> toCatalogProperties() {
    Map<String, String> properties = new LinkedHashMap<>();
    if (catalogImpl == null) {
      put(properties, CatalogUtil.ICEBERG_CATALOG_TYPE, type);
    } else {
      put(properties, CatalogProperties.CATALOG_IMPL, catalogImpl);
    }
    put(properties, CatalogProperties.URI, uri);
    put(properties, CatalogProperties.WAREHOUSE_LOCATION, warehouse);
    put(properties, CatalogProperties.FILE_IO_IMPL, ioImpl == null ? impliedFileIo() : ioImpl);
    put(properties, "jdbc.user", jdbcUser);
    put(properties, "jdbc.password", jdbcPassword);
    if (catalogImpl == null && CatalogUtil.ICEBERG_CATALOG_TYPE_JDBC.equals(type)) {
      // Trino reads no other.
      put(properties, "jdbc.schema-version", "V1");
    }
    put(properties, "s3.endpoint", s3Endpoint);
    put(properties, "s3.access-key-id", s3AccessKeyId);
    put(properties, "s3.secret-access-key", s3SecretAccessKey);
    if (s3PathStyleAccess) {
      put(properties, "s3.path-style-access", "true");
    }
    put(properties, "client.region", clientRegion);
    // The one HTTP client that comes with this component; Iceberg's default is another.
    put(properties, "http-client.type", "urlconnection");
    if (catalogProperties != null) {
      catalogProperties.forEach((name, value) -> put(properties, name, String.valueOf(value)));
    }
    return properties;
  }

  /** Opens the catalog; one that can be closed is closed by the caller. */
  public Catalog openCatalog() {
    return CatalogOpener.open(catalogName, toCatalogProperties());
  }

  private String impliedFileIo() {
    return warehouse != null && warehouse.startsWith("s3") ? S3_FILE_IO : null;
  }

  private static void put(Map<String, String> properties, String name, String value) {
    // An empty value comes of a placeholder that nobody filled, and means "not given".
    if (value != null && !value.isBlank()) {
      properties.put(name, value);
    }
  }

  public String getCatalogName() {
    return catalogName;
  }

  /** Name of the catalog. A JDBC catalog keeps its tables under it. */
  public void setCatalogName(String catalogName) {
    this.catalogName = catalogName;
  }

  public String getType() {
    return type;
  }

  /** Kind of the catalog; not used where {@code catalogImpl} is given. */
  public void setType(String type) {
    this.type = type;
  }

  public String getCatalogImpl() {
    return catalogImpl;
  }

  /** Class of the catalog, for kinds that have no type. */
  public void setCatalogImpl(String catalogImpl) {
    this.catalogImpl = catalogImpl;
  }

  public String getUri() {
    return uri;
  }

  /** Where the catalog is: a JDBC URL, or the address of a REST catalog. */
  public void setUri(String uri) {
    this.uri = uri;
  }

  public String getWarehouse() {
    return warehouse;
  }

  /** Where tables are laid, e.g. {@code s3://lake/warehouse}. */
  public void setWarehouse(String warehouse) {
    this.warehouse = warehouse;
  }

  public String getIoImpl() {
    return ioImpl;
  }

  /** Class that reads and writes files. S3FileIO where the warehouse is on S3. */
  public void setIoImpl(String ioImpl) {
    this.ioImpl = ioImpl;
  }

  public String getJdbcUser() {
    return jdbcUser;
  }

  /** User of a JDBC catalog's database. */
  public void setJdbcUser(String jdbcUser) {
    this.jdbcUser = jdbcUser;
  }

  public String getJdbcPassword() {
    return jdbcPassword;
  }

  /** Password of a JDBC catalog's database. */
  public void setJdbcPassword(String jdbcPassword) {
    this.jdbcPassword = jdbcPassword;
  }

  public String getS3Endpoint() {
    return s3Endpoint;
  }

  /** Address of an S3 service other than AWS. */
  public void setS3Endpoint(String s3Endpoint) {
    this.s3Endpoint = s3Endpoint;
  }

  public String getS3AccessKeyId() {
    return s3AccessKeyId;
  }

  /** Access key for S3. Without one, the AWS SDK's chain of credentials is used. */
  public void setS3AccessKeyId(String s3AccessKeyId) {
    this.s3AccessKeyId = s3AccessKeyId;
  }

  public String getS3SecretAccessKey() {
    return s3SecretAccessKey;
  }

  /** Secret of the access key for S3. */
  public void setS3SecretAccessKey(String s3SecretAccessKey) {
    this.s3SecretAccessKey = s3SecretAccessKey;
  }

  public boolean isS3PathStyleAccess() {
    return s3PathStyleAccess;
  }

  /** Whether buckets are named in the path, not in the host. */
  public void setS3PathStyleAccess(boolean s3PathStyleAccess) {
    this.s3PathStyleAccess = s3PathStyleAccess;
  }

  public String getClientRegion() {
    return clientRegion;
  }

  /** AWS region. Without one, the AWS SDK finds it. */
  public void setClientRegion(String clientRegion) {
    this.clientRegion = clientRegion;
  }

  public Map<String, Object> getCatalogProperties() {
    return catalogProperties;
  }

  /**
   * Further properties of the catalog by Iceberg's names, e.g. {@code jdbc.schema-version}, {@code
   * table-default.write.target-file-size-bytes}. They go before the options.
   */
  public void setCatalogProperties(Map<String, Object> catalogProperties) {
    this.catalogProperties = catalogProperties;
  }
}
