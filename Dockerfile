# The app in a container: built like `npm start` builds it, then only what it needs to run. The database is elsewhere
# (DATABASE_URL, DATABASE_SYSTEM_URL, DATABASE_ADMIN_URL).

FROM node:20-slim AS build
WORKDIR /app
COPY . .
RUN node scripts/build.mjs
# What is left are the packages that the programs load: no compilers, no test tools, no own Postgres.
RUN npm exec --yes --package=@yarnpkg/cli-dist@$(node -p "require('./package.json').packageManager.split('@')[1]") -- \
      yarn workspaces focus --production api worker admin-cli \
    && rm -rf packages/dashboard/.next packages/*/dist dist/types

FROM node:20-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
COPY --from=build /app/dist ./dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The administrator's commands: docker compose exec app node dist/admin.js --help
CMD ["node", "--enable-source-maps", "dist/host.js"]
