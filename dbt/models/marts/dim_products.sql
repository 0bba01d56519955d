with sales as (
    select
        product_id,
        count(distinct order_id) as orders,
        sum(quantity) as units,
        sum(amount) as revenue
    from {{ ref('fct_order_lines') }}
    group by product_id
)
select
    products.product_id as product_id,
    products.name as name,
    products.price as price,
    products.stock as stock,
    cast(coalesce(sales.orders, 0) as bigint) as orders,
    cast(coalesce(sales.units, 0) as bigint) as units_sold,
    cast(coalesce(sales.revenue, 0) as decimal(38, 2)) as revenue
from {{ ref('stg_products') }} as products
left join sales on sales.product_id = products.product_id
