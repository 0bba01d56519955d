-- Of each product one row of its history is open at most, and no period ends before it begins.
select product_id
from {{ ref('product_history') }}
group by product_id
having sum(case when dbt_valid_to is null then 1 else 0 end) > 1
    or sum(case when dbt_valid_to < dbt_valid_from then 1 else 0 end) > 0
