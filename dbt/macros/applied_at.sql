{#- When a sink last applied a change to a table, for freshness: dbt's `loaded_at_query`. -#}
{% macro applied_at(table) %}
  {{- return(adapter.dispatch('applied_at')(table)) -}}
{% endmacro %}

{% macro clickhouse__applied_at(table) -%}
select max(applied_at)
from walcdc.applied final
where source_schema = '{{ table.schema }}' and source_table = '{{ table.identifier }}'
{%- endmacro %}

{#- Each of the sink's commits says it in its summary; others' commits (a compaction) do not. -#}
{% macro trino__applied_at(table) -%}
select max(from_iso8601_timestamp(element_at(summary, 'walcdc.applied-at')))
from "{{ table.database }}"."{{ table.schema }}"."{{ table.identifier }}$snapshots"
{%- endmacro %}
