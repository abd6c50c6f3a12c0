-- What an engineer sets on a server that is there for these searches: everything fits into memory,
-- random reads cost about as much as others, and compiling a statement takes longer than running it.
ALTER SYSTEM SET shared_buffers = '2GB';
ALTER SYSTEM SET effective_cache_size = '6GB';
ALTER SYSTEM SET work_mem = '64MB';
ALTER SYSTEM SET maintenance_work_mem = '512MB';
ALTER SYSTEM SET random_page_cost = 1.1;
ALTER SYSTEM SET jit = off;
-- As servers commit that are not thrown away: what has returned is in the log, and on its way to whoever
-- follows.
ALTER SYSTEM SET synchronous_commit = on;
