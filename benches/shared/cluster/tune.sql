-- Settings for a server dedicated to these searches: everything fits into memory, random reads cost
-- about as much as sequential ones, and compiling a statement takes longer than running it.
ALTER SYSTEM SET shared_buffers = '2GB';
ALTER SYSTEM SET effective_cache_size = '6GB';
ALTER SYSTEM SET work_mem = '64MB';
ALTER SYSTEM SET maintenance_work_mem = '512MB';
ALTER SYSTEM SET random_page_cost = 1.1;
ALTER SYSTEM SET jit = off;
-- Commits are durable as on a production server: a returned commit is in the WAL and on its way to
-- followers.
ALTER SYSTEM SET synchronous_commit = on;
