package dev.walcdc.search;

import dev.langchain4j.model.embedding.EmbeddingModel;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** Makes tables in ClickHouse searchable by meaning, and searches them. */
@Component("clickhouse-search")
public class ClickHouseSearchComponent extends DefaultComponent {

  @Metadata(
      autowired = true,
      label = "advanced",
      description =
          "The model that turns texts into vectors. Without it one for English sentences that comes"
              + " with the component, and that runs in this process.")
  private EmbeddingModel embeddingModel;

  private TextModel model;

  @Override
  protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
      throws Exception {
    ClickHouseSearchEndpoint endpoint = new ClickHouseSearchEndpoint(uri, this);
    endpoint.setOperation(SearchOperation.valueOf(remaining));
    setProperties(endpoint, parameters);
    return endpoint;
  }

  /** The model of all endpoints; loaded when the first text comes. */
  synchronized TextModel model() {
    if (model == null) {
      model = embeddingModel == null ? TextModel.standard() : TextModel.of(embeddingModel);
    }
    return model;
  }

  public EmbeddingModel getEmbeddingModel() {
    return embeddingModel;
  }

  /** See the option of this name. */
  public void setEmbeddingModel(EmbeddingModel embeddingModel) {
    this.embeddingModel = embeddingModel;
  }
}
