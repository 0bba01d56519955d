select
    order_id,
    line,
    product_id,
    quantity,
    price,
    cast(price as decimal(38, 2)) * quantity as amount,
    {{ row_version() }} as row_version
from {{ current_rows(source('app', 'order_items')) }}
