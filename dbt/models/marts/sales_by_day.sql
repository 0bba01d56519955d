select
    placed_on,
    cast(count(*) as bigint) as orders,
    cast(sum(case when status = 'shipped' then 1 else 0 end) as bigint) as shipped,
    cast(sum(units) as bigint) as units,
    cast(sum(total) as decimal(38, 2)) as revenue
from {{ ref('fct_orders') }}
group by placed_on
