with spending as (
    select
        user_id,
        count(*) as orders,
        sum(total) as spent,
        min(placed_at) as first_order_at,
        max(placed_at) as last_order_at
    from {{ ref('fct_orders') }}
    group by user_id
)
select
    users.user_id as user_id,
    users.name as name,
    users.email as email,
    cast(coalesce(spending.orders, 0) as bigint) as orders,
    cast(coalesce(spending.spent, 0) as decimal(38, 2)) as spent,
    spending.first_order_at as first_order_at,
    spending.last_order_at as last_order_at
from {{ ref('users_cur') }} as users
left join spending on spending.user_id = users.user_id
