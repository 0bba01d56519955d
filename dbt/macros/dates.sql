{#- The day of a moment in UTC. ClickHouse's Date ends in 2149, Date32 in 2299 as the sink's do. -#}
{% macro utc_date(moment) %}
  {{- return(adapter.dispatch('utc_date')(moment)) -}}
{% endmacro %}

{% macro clickhouse__utc_date(moment) %}toDate32({{ moment }}, 'UTC'){% endmacro %}

{% macro trino__utc_date(moment) %}cast({{ moment }} at time zone 'UTC' as date){% endmacro %}


{#- One row a day, column `date_day`, from 2020 on. -#}
{% macro days(count) %}
  {{- return(adapter.dispatch('days')(count)) -}}
{% endmacro %}

{% macro clickhouse__days(count) -%}
select toDate32('2020-01-01') + number as date_day
from numbers({{ count }})
{%- endmacro %}

{% macro trino__days(count) -%}
select date_add('day', n, date '2020-01-01') as date_day
from unnest(sequence(0, {{ count - 1 }})) as days (n)
{%- endmacro %}
