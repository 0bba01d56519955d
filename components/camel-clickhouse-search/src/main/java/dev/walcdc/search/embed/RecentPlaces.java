package dev.walcdc.search.embed;

import dev.walcdc.search.embed.TextEntry.Place;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The texts that were seen at their rows last, so that a row which changes all the time but for its
 * texts costs no question to ClickHouse. Forgets the oldest. One thread's at a time.
 */
final class RecentPlaces {

  /** About 10 MB, for short keys. */
  private static final int CAPACITY = 50_000;

  private final Map<Place, Boolean> places =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Boolean> eldest) {
          return size() > CAPACITY;
        }
      };

  /** Whether it was seen; counts as seeing it again. */
  boolean has(Place place) {
    return places.get(place) != null;
  }

  void add(Place place) {
    places.put(place, Boolean.TRUE);
  }
}
