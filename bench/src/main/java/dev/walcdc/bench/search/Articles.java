package dev.walcdc.bench.search;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What the articles of a made-up shop say, and what people ask for. A question has no word that is
 * in an article, so that it is answered by meaning alone.
 */
final class Articles {

  private static final String[] QUALITIES = {
    "Waterproof",
    "Light",
    "Warm",
    "Folding",
    "Rechargeable",
    "Leather",
    "Wooden",
    "Steel",
    "Padded",
    "Insulated",
    "Compact",
    "Heavy",
    "Red",
    "Blue",
    "Organic",
    "Handmade",
    "Silent",
    "Cordless",
    "Adjustable",
    "Breathable"
  };
  private static final String[] THINGS = {
    "boots",
    "shoes",
    "jacket",
    "tent",
    "stove",
    "torch",
    "socks",
    "rope",
    "grinder",
    "kettle",
    "backpack",
    "bottle",
    "gloves",
    "bicycle",
    "helmet",
    "guitar",
    "piano stool",
    "lamp",
    "desk",
    "chair",
    "sofa",
    "drill",
    "saw",
    "hammer",
    "camera",
    "tripod",
    "headphones",
    "keyboard",
    "novel",
    "atlas",
    "puzzle",
    "doll",
    "football",
    "racket",
    "skis",
    "blanket",
    "pillow",
    "saucepan",
    "knife",
    "vase"
  };
  private static final String[] FEATURES = {
    "with a ten year warranty", "that dries fast", "for left-handed people", "made of wool",
    "with a spare battery", "that packs to two litres", "with soft lining", "in three sizes",
    "that does not slip", "with a quiet motor", "from recycled plastic", "with brass fittings",
    "that keeps heat for hours", "with a leather strap", "that folds flat", "with a mirror",
    "for steep slopes", "with reflective stripes", "that needs no tools", "with a glass lid"
  };
  private static final String[] USES = {
    "rocky trails",
    "the office",
    "small kitchens",
    "children",
    "long flights",
    "winter nights",
    "the garden",
    "concerts",
    "the workshop",
    "rainy days",
    "beginners",
    "the beach",
    "night shifts",
    "old houses",
    "weddings",
    "the gym",
    "students",
    "dog owners",
    "sailing",
    "the camp fire"
  };
  private static final String[] WISHES = {
    "footwear",
    "a present",
    "gear",
    "an instrument",
    "clothing",
    "furniture",
    "equipment",
    "something cosy",
    "a gadget",
    "kitchenware",
    "a toy",
    "a machine",
    "stuff to read",
    "something sturdy",
    "an appliance",
    "protection",
    "accessories",
    "a cheap thing",
    "something elegant",
    "hardware",
    "bedding",
    "cutlery",
    "electronics",
    "something portable",
    "luggage"
  };
  private static final String[] OCCASIONS = {
    "climbing a mountain",
    "making music",
    "a toddler's birthday",
    "brewing coffee",
    "staying dry in a storm",
    "commuting by bike",
    "repairing a fence",
    "taking pictures",
    "sleeping outdoors",
    "working from home",
    "cooking pasta",
    "a marathon",
    "skiing holidays",
    "reading in bed",
    "a picnic",
    "moving house",
    "playing tennis",
    "cold feet",
    "a power cut",
    "my grandmother",
    "hiking in snow",
    "decorating the living room",
    "learning chords",
    "chopping vegetables",
    "a safari"
  };

  private final Random random;

  /**
   * @param seed the texts are a function of it
   */
  Articles(long seed) {
    random = new Random(seed);
  }

  /** Texts of articles, no two alike. */
  List<String> texts(int count) {
    Set<String> texts = new LinkedHashSet<>();
    while (texts.size() < count) {
      texts.add(
          "%s %s %s, for %s".formatted(one(QUALITIES), one(THINGS), one(FEATURES), one(USES)));
    }
    return new ArrayList<>(texts);
  }

  /** Questions, no two alike; 625 at most. */
  List<String> questions(int count) {
    Set<String> questions = new LinkedHashSet<>();
    while (questions.size() < Math.min(count, WISHES.length * OCCASIONS.length)) {
      questions.add("%s for %s".formatted(one(WISHES), one(OCCASIONS)));
    }
    return new ArrayList<>(questions);
  }

  private String one(String[] words) {
    return words[random.nextInt(words.length)];
  }
}
