#!/bin/bash
# Runs once, when the volume of the compose file's Postgres is new: the three logins, and the database that the owner
# migrates. What each may do with the tables is the migrations' business.
set -euo pipefail

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set=owner_password="$OWNER_PASSWORD" \
  --set=app_password="$APP_PASSWORD" \
  --set=system_password="$SYSTEM_PASSWORD" <<'SQL'
CREATE ROLE dittofeed_owner LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE ROLE dittofeed_app LOGIN PASSWORD :'app_password';
CREATE ROLE dittofeed_system LOGIN PASSWORD :'system_password';
-- The job queue's tables are the system role's; the owner has to be able to drop them.
GRANT dittofeed_system TO dittofeed_owner;
-- `admin isolation verify` plays both parts in one transaction; the app role may do less than the owner.
GRANT dittofeed_app TO dittofeed_owner WITH INHERIT FALSE, SET TRUE;
CREATE DATABASE dittofeed OWNER dittofeed_owner;
REVOKE ALL ON DATABASE dittofeed FROM PUBLIC;
GRANT CONNECT ON DATABASE dittofeed TO dittofeed_app, dittofeed_system;
SQL

# What Postgres lets every login see of the others and do to them.
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname dittofeed \
  --file=/etc/dittofeed/serverRights.sql
