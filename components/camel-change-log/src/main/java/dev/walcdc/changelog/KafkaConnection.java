package dev.walcdc.changelog;

import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SaslConfigs;

/**
 * How a client reaches the brokers.
 *
 * @param brokers {@code host1:port1,host2:port2}
 * @param securityProtocol as Kafka names it
 * @param saslMechanism null without SASL
 * @param saslJaasConfig null without SASL; a secret
 */
public record KafkaConnection(
    String brokers, String securityProtocol, String saslMechanism, String saslJaasConfig) {

  /** A connection without encryption and login. */
  public static KafkaConnection plaintext(String brokers) {
    return new KafkaConnection(brokers, "PLAINTEXT", null, null);
  }

  /** The properties that every Kafka client needs to connect; a new object each time. */
  public Properties properties() {
    Properties properties = new Properties();
    properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, brokers);
    properties.put(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, securityProtocol);
    if (saslMechanism != null) {
      properties.put(SaslConfigs.SASL_MECHANISM, saslMechanism);
    }
    if (saslJaasConfig != null) {
      properties.put(SaslConfigs.SASL_JAAS_CONFIG, saslJaasConfig);
    }
    return properties;
  }

  /** Leaves the login out: it is a secret. */
  @Override
  public String toString() {
    return securityProtocol + "://" + brokers;
  }
}
