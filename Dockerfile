# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS front
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY requirements/fonts/package.json requirements/fonts/package-lock.json requirements/fonts/
RUN npm ci --ignore-scripts && npm --prefix requirements/fonts ci --ignore-scripts

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=wastetransfer.settings.production VAR_DIR=/srv/var
WORKDIR /srv/app
COPY requirements/runtime.txt requirements/runtime.txt
RUN pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps -r requirements/runtime.txt
COPY . .
COPY --from=front /build/node_modules node_modules
COPY --from=front /build/requirements/fonts/node_modules requirements/fonts/node_modules
# Settings want their secrets even here; these sign nothing and stay in no layer's environment.
RUN python wastetransfer/bootstrap.py vendor && rm -rf node_modules requirements/fonts/node_modules \
    && SECRET_KEY=build-only-build-only-build-only-build-only-build-only \
       DATABASE_URL=postgresql://none@localhost/none REDIS_URL=redis://localhost/0 \
       ALLOWED_HOSTS=localhost CSRF_TRUSTED_ORIGINS=https://localhost SITE_URL=https://localhost EMAIL_URL=smtp://localhost DEFAULT_FROM_EMAIL=nobody@localhost \
       python manage.py collectstatic --no-input \
    && useradd --system --no-create-home --uid 10001 app \
    && install -d -o app -g app /srv/var /srv/var/attachments
USER app
EXPOSE 8000
CMD ["gunicorn", "wastetransfer.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4"]
