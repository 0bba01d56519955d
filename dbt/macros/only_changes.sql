{#- The end of an incremental model: of `rows`, those that the mart has not or has in another
    version, and for keys of the mart that `rows` has no more, the key with `is_deleted`. At the first
    run all rows.

    Versions are compared for equality, never for "greater than the last run's greatest": rows that
    are read again (a resync, a snapshot) come with versions lower than others that are there already,
    and a deleted row of the lake has no version at all. So nothing can come too late to be seen, at
    the price of reading key and version of every row. One join, so that each side is read once and no
    key can be both changed and gone.

    rows: a relation or the name of a CTE with the columns below and `row_version`, never NULL.
    key, columns: lists of names. -#}
{% macro only_changes(rows, key, columns) %}
{% if is_incremental() %}
select
    {%- for column in key %}
    {{ not_null('coalesce(latest.' ~ column ~ ', mart.' ~ column ~ ')') }} as {{ column }},
    {%- endfor %}
    {%- for column in columns %}
    latest.{{ column }} as {{ column }},
    {%- endfor %}
    latest.row_version as row_version,
    latest.row_version is null as is_deleted
from {{ rows }} as latest
full join {{ this }} as mart
    on {% for column in key %}latest.{{ column }} = mart.{{ column }}{% if not loop.last %} and {% endif %}{% endfor %}
where latest.row_version is null
    or mart.row_version is null
    or latest.row_version <> mart.row_version
{% else %}
select {{ (key + columns) | join(', ') }}, row_version
from {{ rows }}
{% endif %}
{% endmacro %}


{#- ClickHouse sorts by no column that may be NULL, and an outer join makes all columns such. -#}
{% macro not_null(expression) %}
  {{- return(adapter.dispatch('not_null')(expression)) -}}
{% endmacro %}

{% macro default__not_null(expression) %}{{ expression }}{% endmacro %}

{% macro clickhouse__not_null(expression) %}assumeNotNull({{ expression }}){% endmacro %}
