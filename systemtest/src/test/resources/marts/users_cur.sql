SELECT id AS user_id, name, email FROM app.users
