select
    id as product_id,
    name,
    description,
    price,
    stock,
    attributes,
    {{ row_version() }} as row_version
from {{ current_rows(source('app', 'products')) }}
