# `agent-paste serve` without root, on a read-only root file system if wanted:
#   docker build -t agent-paste . && docker run --read-only -p 8787:8787 -v state:/state agent-paste
# Another published port, or a name of a service, is a Host header to allow: `… agent-paste serve --allow-host api:8787`.
FROM node:24.21.0-slim AS build
WORKDIR /source
COPY . .
RUN npm ci && mkdir /package && npm pack --pack-destination /package

FROM node:24.21.0-slim
COPY --from=build /package /package
RUN npm install --global --ignore-scripts --no-audit --no-fund /package/*.tgz && install -d -o node -g node -m 0700 /state
# Other machines, which are those of the container's network, reach it: publish the port for this machine alone if it must be.
ENV AGENT_PASTE_HOST=0.0.0.0 AGENT_PASTE_ALLOW_REMOTE=true AGENT_PASTE_STATE_DIR=/state
USER node
WORKDIR /state
VOLUME /state
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["agent-paste", "wait", "--timeout", "3s"]
ENTRYPOINT ["agent-paste"]
CMD ["serve"]
