-- How did the lake's orders come to be, and how fresh was each commit?
-- Every commit of the sink says in its summary how far on the log it is and when the source committed
-- the latest change that it has; what others committed (compaction, say) has no such entry.
SELECT s.snapshot_id, h.made_current_at, h.is_current_ancestor,
       json_extract_scalar(s.summary['walcdc.next-offsets'], '$["0"]') AS next_offset,
       CAST(s.summary['walcdc.records'] AS bigint) AS records,
       CAST(element_at(s.summary, 'added-records') AS bigint) AS rows_written,
       date_diff('millisecond',
         from_iso8601_timestamp(element_at(s.summary, 'walcdc.committed-at')),
         from_iso8601_timestamp(element_at(s.summary, 'walcdc.applied-at'))) AS fresh_ms
FROM iceberg.app."orders$snapshots" s
JOIN iceberg.app."orders$history" h ON h.snapshot_id = s.snapshot_id
WHERE contains(map_keys(s.summary), 'walcdc.next-offsets')
ORDER BY h.made_current_at DESC
LIMIT 20
