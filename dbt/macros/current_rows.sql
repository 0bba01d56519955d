{#- The rows of a table of a sink that are there now, each with the version of its latest change. -#}
{% macro current_rows(table) %}
  {{- return(adapter.dispatch('current_rows')(table)) -}}
{% endmacro %}

{#- FINAL is the latest version of each key, without deleted ones. Not the view `<table>_current`:
    that one has no version. -#}
{% macro clickhouse__current_rows(table) %}{{ table }} final{% endmacro %}

{% macro trino__current_rows(table) %}{{ table }}{% endmacro %}


{#- A row's version as text: the place of its latest change in the WAL. Two states of a row never
    share one, so "another version" is all that may be asked of it; it has no order as text. -#}
{% macro row_version() %}
  {{- return(adapter.dispatch('row_version')()) -}}
{% endmacro %}

{% macro clickhouse__row_version() %}toString(_version){% endmacro %}

{% macro trino__row_version() -%}
concat(cast(_epoch as varchar), '/', cast(_last_commit_lsn as varchar), '/', cast(_lsn as varchar))
{%- endmacro %}
