package dev.walcdc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Each Kamelet is what Camel's own catalogue would accept, and no property of it is dead. */
class KameletCatalogTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{\\??([A-Za-z]+)}}");

  static List<Path> kamelets() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("..", "kamelets"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("kamelets")
  void isWellFormed(Path file) throws IOException {
    JsonNode kamelet = read(Files.readString(file));
    String name = file.getFileName().toString().replace(".kamelet.yaml", "");
    assertThat(kamelet.at("/apiVersion").asText()).isEqualTo("camel.apache.org/v1");
    assertThat(kamelet.at("/kind").asText()).isEqualTo("Kamelet");
    assertThat(kamelet.at("/metadata/name").asText()).isEqualTo(name);
    String type = kamelet.at("/metadata/labels").get("camel.apache.org/kamelet.type").asText();
    assertThat(name).endsWith("-" + type);
    for (String annotation : List.of("provider", "kamelet.group", "kamelet.support.level")) {
      assertThat(kamelet.at("/metadata/annotations").get("camel.apache.org/" + annotation))
          .as(annotation)
          .isNotNull();
    }
    JsonNode definition = kamelet.at("/spec/definition");
    for (String field : List.of("title", "description", "type")) {
      assertThat(definition.get(field)).as(field).isNotNull();
    }
    definition
        .path("properties")
        .properties()
        .forEach(
            property -> {
              for (String field : List.of("title", "description", "type")) {
                assertThat(property.getValue().get(field))
                    .as(property.getKey() + " " + field)
                    .isNotNull();
              }
              assertThat(property.getValue().get("description").asText()).endsWith(".");
            });
    definition
        .path("required")
        .forEach(
            required ->
                assertThat(definition.path("properties").has(required.asText()))
                    .as(required.asText())
                    .isTrue());
    assertThat(kamelet.at("/spec/dependencies")).isNotEmpty();
    assertThat(kamelet.at("/spec/template/from/uri").asText()).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("kamelets")
  void usesEachOfItsPropertiesAndNoOther(Path file) throws IOException {
    String text = Files.readString(file);
    JsonNode kamelet = read(text);
    List<String> used =
        PLACEHOLDER
            .matcher(text)
            .results()
            .map(match -> match.group(1))
            .distinct()
            .sorted()
            .filter(name -> !name.equals("userEvents"))
            .toList();
    List<String> defined = new ArrayList<>();
    kamelet.at("/spec/definition/properties").fieldNames().forEachRemaining(defined::add);
    defined.sort(null);
    assertThat(used).isEqualTo(defined);
  }

  @ParameterizedTest
  @MethodSource("kamelets")
  void hidesItsSecrets(Path file) throws IOException {
    JsonNode kamelet = read(Files.readString(file));
    kamelet
        .at("/spec/definition/properties")
        .properties()
        .forEach(
            property -> {
              Matcher secret = Pattern.compile("(?i)password|secret").matcher(property.getKey());
              if (secret.find()) {
                assertThat(property.getValue().path("format").asText()).isEqualTo("password");
              }
            });
  }

  private static JsonNode read(String yaml) {
    return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(yaml));
  }
}
