{#- How what `only_changes` found gets into a mart: readers see all of it or nothing. -#}

{#- Trino: one MERGE, which is one commit of the table. dbt's own strategy `merge` cannot delete. -#}
{% macro get_incremental_apply_changes_sql(arg_dict) %}
{%- set key = [arg_dict.unique_key] if arg_dict.unique_key is string else arg_dict.unique_key -%}
{%- set columns = arg_dict.dest_columns | map(attribute='quoted') | list -%}
merge into {{ arg_dict.target_relation }} as mart
using {{ arg_dict.temp_relation }} as change
on {% for column in key %}mart.{{ column }} = change.{{ column }}{% if not loop.last %} and {% endif %}{% endfor %}
when matched and change.is_deleted then delete
when matched then update set
    {% for column in columns %}{{ column }} = change.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
when not matched and not change.is_deleted then insert ({{ columns | join(', ') }})
    values ({% for column in columns %}change.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %})
{% endmacro %}


{#- ClickHouse: in place of the macro of this name in dbt-clickhouse, which deletes and then inserts,
    so that readers miss the changed rows in between, and which keeps the marks of deleted rows. Here
    both happen on a clone, which shares the files of the mart, and the two exchange their names. -#}
{% macro clickhouse__incremental_delete_insert(existing_relation, unique_key, incremental_predicates, is_distributed=False) %}
  {% if is_distributed or incremental_predicates %}
    {% do exceptions.raise_compiler_error(
      this ~ ' is distributed or has incremental_predicates; macros/apply_changes.sql knows neither.') %}
  {% endif %}
  {%- set changes = existing_relation.incorporate(path={"identifier": existing_relation.identifier ~ '__dbt_changes'}) -%}
  {%- set next = existing_relation.incorporate(path={"identifier": existing_relation.identifier ~ '__dbt_next'}) -%}
  {%- set columns = adapter.get_columns_in_relation(existing_relation) | map(attribute='quoted') | join(', ') -%}
  {% call statement('forget_changes') %}
    drop table if exists {{ changes }}
  {% endcall %}
  {% call statement('forget_next') %}
    drop table if exists {{ next }}
  {% endcall %}
  {% call statement('main') %}
    create table {{ changes }} engine = MergeTree order by tuple() as {{ sql }}
  {% endcall %}
  {% call statement('clone_mart') %}
    create table {{ next }} clone as {{ existing_relation }}
  {% endcall %}
  {% call statement('delete_what_changed') %}
    delete from {{ next }} where ({{ unique_key }}) in (select {{ unique_key }} from {{ changes }})
  {% endcall %}
  {% call statement('insert_what_is_there') %}
    insert into {{ next }} ({{ columns }}) select {{ columns }} from {{ changes }} where not is_deleted
  {% endcall %}
  {% do exchange_tables_atomic(next, existing_relation) %}
  {% call statement('drop_old_mart') %}
    drop table {{ next }}
  {% endcall %}
  {% call statement('drop_changes') %}
    drop table {{ changes }}
  {% endcall %}
{% endmacro %}
