package dev.walcdc.changelog;

import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What a {@link BatchDelivery} does at each of its tries, until one ends well. */
interface DeliveryTask {

  /** One try; returns when its effect is durable. */
  void run() throws Exception;

  /** Bytes in memory that it holds. */
  long bytes();

  /** Offsets to go on from once it has succeeded; empty where the position stays. */
  Map<TopicPartition, OffsetAndMetadata> nextOffsets();
}
