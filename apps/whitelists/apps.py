from django.apps import AppConfig


class WhitelistsConfig(AppConfig):
    name = "apps.whitelists"
    verbose_name = "名单"
