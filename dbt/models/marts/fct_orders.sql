{{ config(materialized='incremental', unique_key='order_id', order_by='order_id') }}

with lines as (
    select
        order_id,
        count(*) as lines,
        sum(quantity) as units,
        sum(amount) as lines_total,
        {{ dbt.listagg('row_version', "','", 'order by line') }} as row_versions
    from {{ ref('stg_order_items') }}
    group by order_id
), orders as (
    select
        orders.order_id as order_id,
        orders.user_id as user_id,
        orders.status as status,
        orders.total as total,
        orders.placed_at as placed_at,
        orders.placed_on as placed_on,
        orders.shipped_on as shipped_on,
        cast(coalesce(lines.lines, 0) as bigint) as lines,
        cast(coalesce(lines.units, 0) as bigint) as units,
        cast(coalesce(lines.lines_total, 0) as decimal(38, 2)) as lines_total,
        -- An order is another one when any of its lines is, or when one is gone.
        {{ dbt.hash(dbt.concat(['orders.row_version', "','", "coalesce(lines.row_versions, '')"])) }} as row_version
    from {{ ref('stg_orders') }} as orders
    left join lines on lines.order_id = orders.order_id
)
{{ only_changes(
    'orders',
    key=['order_id'],
    columns=['user_id', 'status', 'total', 'placed_at', 'placed_on', 'shipped_on', 'lines', 'units', 'lines_total']
) }}
