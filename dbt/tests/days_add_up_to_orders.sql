-- Every order is in one day of sales_by_day, with all of its units and its whole total. Both marts are
-- of one run, the second made of the first, so this holds while rows flow.
with days as (
    select sum(orders) as orders, sum(units) as units, sum(revenue) as revenue
    from {{ ref('sales_by_day') }}
), orders as (
    select count(*) as orders, sum(units) as units, sum(total) as revenue
    from {{ ref('fct_orders') }}
)
select days.orders, orders.orders as expected_orders
from days
cross join orders
where days.orders <> orders.orders
    or days.units <> orders.units
    or days.revenue <> orders.revenue
