package dev.walcdc.search;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Turns texts into vectors. The model is loaded when the first text comes (a process without one
 * never does), and computes in this process. Safe to share.
 */
public final class TextModel {

  /** Name of the model that {@link #standard()} has, for what is kept of it. */
  public static final String STANDARD = "all-minilm-l6-v2-q";

  /** Characters of a text that count: about what the model takes at once, and time is bounded. */
  private static final int LONGEST_TEXT = 2_000;

  private final String name;
  private final Supplier<EmbeddingModel> loader;
  private final AtomicLong computed = new AtomicLong();
  private EmbeddingModel model;

  private TextModel(String name, Supplier<EmbeddingModel> loader) {
    this.name = name;
    this.loader = loader;
  }

  /** The model that comes with this component: sentences in English, 384 dimensions. */
  public static TextModel standard() {
    return new TextModel(STANDARD, AllMiniLmL6V2QuantizedEmbeddingModel::new);
  }

  /**
   * Another model.
   *
   * @param model safe for use by several threads
   */
  public static TextModel of(EmbeddingModel model) {
    return new TextModel(model.modelName(), () -> model);
  }

  /** What tells its vectors from those of other models. */
  public String name() {
    return name;
  }

  /** How many numbers a vector has. */
  public int dimension() {
    return model().dimension();
  }

  /** How many vectors were computed. */
  public long computed() {
    return computed.get();
  }

  /**
   * A vector for each text, in their order. Of a long text its beginning counts.
   *
   * @param texts none of them blank
   */
  public List<float[]> vectors(List<String> texts) {
    List<TextSegment> segments =
        texts.stream().map(TextModel::beginning).map(TextSegment::from).toList();
    List<float[]> vectors =
        model().embedAll(segments).content().stream().map(Embedding::vector).toList();
    computed.addAndGet(vectors.size());
    return vectors;
  }

  /** Never half of a surrogate pair. */
  private static String beginning(String text) {
    String words = text.strip();
    if (words.length() <= LONGEST_TEXT) {
      return words;
    }
    int end = Character.isHighSurrogate(words.charAt(LONGEST_TEXT - 1)) ? 1 : 0;
    return words.substring(0, LONGEST_TEXT - end);
  }

  private synchronized EmbeddingModel model() {
    if (model == null) {
      model = loader.get();
    }
    return model;
  }
}
